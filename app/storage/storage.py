"""What a request needs of the bucket: sign, read, publish, find, delete."""

import hashlib
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from app.errors import RefusedBefore, StoreUnavailable, Trouble, UploadChanged, UploadMissing
from app.pictures import HEAD_BYTES, Image
from app.storage import objects
from app.storage.albums import Albums
from app.storage.blocklist import Blocklist
from app.storage.client import GONE_OR_CHANGED, Client, error_code, store_errors, unquoted
from app.storage.links import Links
from app.storage.objects import KeyTaken, Published, Record, SignedPut, Staged, Upload
from config import Config

# The metadata that tells a mark from a picture: of a delete, and of what `discard` is about to remove.
_DELETED: Final = "deleted"
_REFUSED: Final = "refused"
# The MD5 of no bytes: a store refuses a range of an empty object, and so never tells its ETag.
_ETAG_OF_NOTHING: Final = '"d41d8cd98f00b204e9800998ecf8427e"'
#: Bytes of a picture that are read at a time where it is read whole.
CHUNK: Final = 256 * 1024


class Storage:
    """One bucket, as requests use it. Thread-safe; one for each process.

    Every method that asks the store raises StoreUnavailable if the store is down, slow or refuses us. Each of its calls
    does so within TURN_TIMEOUT + RETRY_WINDOW + RETRY_DELAY + CONNECT_TIMEOUT + READ_TIMEOUT seconds, and one more
    READ_TIMEOUT where it reads a body.
    """

    def __init__(self, config: Config) -> None:
        self.client = Client(config)
        self.links = Links(config, self.client.browser_endpoint)
        self.blocklist = Blocklist(self.client)
        self.albums = Albums(self.client)
        self._bucket = config.s3_bucket
        self._upload_url_ttl = config.upload_url_ttl

    def sign_upload(self, key: str, content_type: str, size: int, sha256: str | None = None) -> SignedPut:
        """Sign a PUT of exactly these bytes to the staging prefix, without asking the store.

        `If-None-Match: *` makes the URL good for one object only. The browser adds the signed length by itself.
        `size` is in bytes. `sha256` is the base64 of the body's digest: the store then compares it.

        Raises:
            StoreUnavailable: there are no credentials, or they can't be renewed.
        """
        headers = {"Content-Type": content_type, "If-None-Match": "*"}
        if sha256:
            headers["x-amz-checksum-sha256"] = sha256
        signed = {**headers, "Content-Length": str(size)}
        return SignedPut(self.client.presign_put(objects.staged(key), signed, self._upload_url_ttl), headers)

    def stage(self, upload: Upload, file: BinaryIO) -> None:
        """Put to the staging prefix what a client sent to us, all of which is in `file`.

        It waits for no turn, and takes none from other calls: the relay's own places bound how many there are.
        """
        fields = {"ChecksumSHA256": upload.sha256} if upload.sha256 else {}
        with store_errors():
            try:
                self.client.s3.put_object(
                    Bucket=self._bucket,
                    Key=objects.staged(upload.key),
                    Body=file,
                    ContentType=upload.content_type,
                    IfNoneMatch="*",
                    **fields,  # type: ignore[arg-type]
                )
            except boto.ClientError as error:
                # Nobody else knows the key: an attempt whose answer was lost has put it there.
                if error_code(error) != "PreconditionFailed":
                    raise

    def sign_read(self, key: str, ttl: int) -> str:
        """Sign a GET of the staged bytes for somebody who reaches the store as we do; asks the store nothing."""
        return self.client.presign_get(objects.staged(key), ttl)

    def read_staged(self, key: str) -> Staged:
        """Fetch the first HEAD_BYTES of what was uploaded.

        Raises:
            UploadMissing: nothing was uploaded yet.
            RefusedBefore: a call has refused what was uploaded, and is deleting it or died before it did.
        """
        with self.client.turn():
            try:
                answer = self.client.call("GetObject", objects.staged(key), Range=f"bytes=0-{HEAD_BYTES - 1}")
            except boto.ClientError as error:
                if error_code(error) == "NoSuchKey":
                    raise UploadMissing("The picture is not in the store yet. PUT it to uploadURL first.") from error
                if error_code(error) == "InvalidRange":
                    found = self.client.head(objects.staged(key))
                    return Staged(_ETAG_OF_NOTHING, 0, b"", deleted=bool(found and _DELETED in found["Metadata"]))
                raise
            if _REFUSED in answer["Metadata"]:
                raise RefusedBefore("What was uploaded was refused. Start again with /uploads/init.")
            return Staged(
                etag=answer["ETag"],
                size=int(answer["ContentRange"].rpartition("/")[2]),
                head=answer["Body"],
                deleted=_DELETED in answer["Metadata"],
            )

    def read_range(self, key: str, staged: Staged, start: int, end: int) -> bytes:
        """Return the staged bytes from `start` up to `end`, which lies behind the head; fetch those that it lacks.

        Raises:
            UploadChanged: the object in the store is no longer the one that `staged` was read from.
        """
        with self.client.turn():
            try:
                answer = self.client.call(
                    "GetObject",
                    objects.staged(key),
                    Range=f"bytes={max(start, len(staged.head))}-{end - 1}",
                    IfMatch=staged.etag,
                )
            except boto.ClientError as error:
                if error_code(error) in GONE_OR_CHANGED:
                    raise _changed() from error
                raise
            return staged.head[start:] + bytes(answer["Body"])

    def discard(self, key: str, staged: Staged) -> None:
        """Delete the staged bytes, unless something else has taken their place: a good picture, or a delete's mark.

        Not every store deletes on condition (Ceph 16 does not). So a mark replaces the bytes on condition first, and
        only the caller whose mark it is deletes it.
        """
        name = objects.staged(key)
        with self.client.turn():
            try:
                mark = self.client.call(
                    "PutObject", name, _REFUSED.encode(), Metadata={_REFUSED: "1"}, IfMatch=unquoted(staged.etag)
                )
                self.client.call("DeleteObject", name, IfMatch=unquoted(mark["ETag"]))
            except boto.ClientError as error:
                if error_code(error) not in GONE_OR_CHANGED:
                    raise

    def publish(self, upload: Upload, staged: Staged, image: Image) -> Published:
        """Copy the staged bytes to their public key, if they are still those that `staged` was read from.

        A public key is never written twice: `If-None-Match` makes the copy fail if the picture is public already, and
        this method then returns that one. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

        A store may ignore the conditions of a copy (Ceph 16 does), but it tells the ETag of what it copied. No store
        promises that nothing happens between its look at the source and its write: ask `is_deleted` afterwards.

        Raises:
            UploadChanged: the staged object was replaced or removed.
        """
        with self.client.turn():
            try:
                answer = self.client.call(
                    "CopyObject",
                    objects.public(upload.key),
                    CopySource=f"{self._bucket}/{objects.staged(upload.key)}",
                    CopySourceIfMatch=staged.etag,
                    IfNoneMatch="*",
                    MetadataDirective="REPLACE",
                    TaggingDirective="REPLACE",
                    **objects.public_fields(upload, image),
                )
            except boto.ClientError as error:
                if error_code(error) not in GONE_OR_CHANGED:
                    raise
                refused = error
            else:
                # A store that encrypts with keys of its own gives each copy another ETag: ask for the source's again.
                if unquoted(answer["ETag"]) != unquoted(staged.etag) and not self._is_still_staged(upload.key, staged):
                    self.client.remove(objects.public(upload.key))
                    raise _changed()
                return Published(image, staged.size, created=True)
        if published := self.find_published(upload.key):
            return published
        if error_code(refused) == "ConditionalRequestConflict":
            raise StoreUnavailable("The picture is being published already. Try again soon.", Trouble.SLOW) from refused
        raise _changed() from refused

    def _is_still_staged(self, key: str, staged: Staged) -> bool:
        found = self.client.head(objects.staged(key))
        return found is not None and found["ETag"] == staged.etag

    def put_back(self, upload: Upload, image: Image, file: BinaryIO) -> bool:
        """Write a picture that was verified, all of which is in `file`, to its public key; return whether it was new.

        A public key is never written twice, as in `publish`, and the same holds afterwards: ask `is_deleted`. The store
        counts the picture's days from now: a reminder, which comes first, tells `Upkeep.expire` when they really end.

        Raises:
            KeyTaken: other bytes are public there.
        """
        name = objects.public(upload.key)
        fields = objects.public_fields(upload, image)
        fields["Metadata"]["created"] = str(upload.created)
        with self.client.turn() as s3:
            public = self.client.head(name)
            if public is None:
                if upload.expires_at:
                    s3.put_object(Bucket=self._bucket, Key=objects.reminder(upload.key, upload.expires_at), Body=b"")
                file.seek(0)
                try:
                    s3.put_object(Bucket=self._bucket, Key=name, Body=file, IfNoneMatch="*", **fields)
                except boto.ClientError as error:
                    if error_code(error) not in GONE_OR_CHANGED:
                        raise
                else:
                    return True
            # Most stores give the MD5 as the ETag; where one does not, only the bytes can tell.
            file.seek(0)
            md5 = hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()  # type: ignore[arg-type]
            if not public or unquoted(public["ETag"]) != md5:
                answer = s3.get_object(Bucket=self._bucket, Key=name, Range="bytes=0-")
                file.seek(0)
                same = all(chunk == file.read(len(chunk)) for chunk in answer["Body"].iter_chunks(CHUNK))
                if not same or file.read(1):
                    raise KeyTaken(upload.key)
        return False

    def find_published(self, key: str) -> Published | None:
        """Return the public picture; None if there is none."""
        with self.client.turn():
            answer = self.client.head(objects.public(key))
            if answer is None:
                return None
            metadata = answer["Metadata"]
            if not metadata.keys() >= {"width", "height"}:
                raise ResponseParserError("HeadObject was answered without the metadata that publish gave")
        image = Image(answer["ContentType"], int(metadata["width"]), int(metadata["height"]))
        return Published(image, answer["ContentLength"], created=False, filename=objects.read_filename(key, answer))

    def look_up(self, key: str, now: datetime) -> Record:
        """Return what the bucket knows of a picture; one request, if the picture is public."""
        with self.client.turn():
            if found := self.client.head(objects.public(key)):
                upload = objects.declared(key, found, found["ContentLength"])
                state = "expired" if upload.expires_at and upload.expires_at <= now else "public"
                return Record(state, upload, found["Metadata"], found["LastModified"])
            # A delete also marks what is staged, so it is asked for first.
            for state, name in (("deleted", objects.mark(key)), ("unpublished", objects.staged(key))):
                if self.client.head(name):
                    return Record(state)
        return Record("gone")

    def delete(self, key: str) -> None:
        """Take a picture from the public for good.

        Two marks come first, and last as long as any upload token. No client can write over the first one: it tells a
        copy that is under way. The second replaces the staged object: it refuses a replayed PUT, and a replayed
        `complete` finds it before it copies anything. Both are empty: SeaweedFS then needs no room for their bytes, so
        people can delete pictures where its disk is full.
        """
        with self.client.turn():
            for name in (objects.mark(key), objects.staged(key)):
                self.client.call("PutObject", name, Metadata={_DELETED: "1"})
            self.client.remove(objects.public(key))

    def is_deleted(self, key: str) -> bool:
        """Look for the mark that a delete writes first.

        A delete that begins after this look removes any copy made before it.
        """
        with self.client.turn():
            found = self.client.head(objects.mark(key))
            if found and _DELETED not in found["Metadata"]:
                raise ResponseParserError("HeadObject was answered without the metadata that delete gave")
        return found is not None

    def withdraw(self, key: str) -> None:
        """Remove a public picture whose copy ended after its delete; the marks are there already."""
        with self.client.turn():
            self.client.remove(objects.public(key))

    def check(self) -> None:
        """Ask whether the store is there and lets us in."""
        with self.client.turn():
            self.client.check(self._upload_url_ttl)


def _changed() -> UploadChanged:
    return UploadChanged("The picture changed in the store while it was checked. Upload it again.")
