"""The bucket: signing, staging, publishing. The only importer of boto3, for every S3 there is."""

import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import boto3
from botocore import exceptions as boto
from botocore.config import Config as ClientConfig
from botocore.parsers import ResponseParserError

from app.errors import StoreUnavailable, UploadChanged, UploadMissing
from app.pictures import HEAD_BYTES, Image
from app.presigner import Presigner
from app.tokens import Upload
from config import VERSION, Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, ObjectTypeDef

#: Expiry classes and their days: a prefix under `uploads/` with a lifecycle rule each; where the store applies none,
#: `Storage.expire` does the same.
EXPIRY_DAYS: Final = {"1d": 1, "7d": 7, "30d": 30}
#: Seconds a browser may keep a picture that has no expiry.
FOREVER: Final = 365 * 24 * 60 * 60

#: Calls that wait for the store at one time, in a process: a store that hangs is not asked more and more.
CALLS: Final = 16
#: Seconds that a call waits for its turn.
TURN_TIMEOUT: Final = 1
#: Seconds to connect, and between two pieces of an answer.
CONNECT_TIMEOUT: Final = 1
READ_TIMEOUT: Final = 3
#: A call that fails within so many seconds is made once more, after a pause.
HICCUP: Final = 1
PAUSE: Final = 0.05

_INCOMING: Final = "incoming/"
_UPLOADS: Final = "uploads/"
#: The marks of deletes: this, and the public key's part after `uploads/`. No URL that we sign can write here.
_MARKS: Final = f"{_INCOMING}deleted/"
_DELETED: Final = "deleted"
_REFUSED: Final = "refused"
# How a store says that a condition does not hold. The second one: another write to the same key is under way (AWS).
_GONE_OR_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})
# The MD5 of no bytes; a range of them can't be had, nor the ETag with it.
_ETAG_OF_NOTHING: Final = '"d41d8cd98f00b204e9800998ecf8427e"'

#: Days that an object lives under each prefix.
_LIFETIMES: Final = {_INCOMING: 1} | {f"{_UPLOADS}{name}/": days for name, days in EXPIRY_DAYS.items()}
#: How far our clock and the store's can differ: with more between them it refuses our signatures.
CLOCK_SKEW: Final = timedelta(minutes=15)
#: Paths that CloudFront takes in one invalidation.
MAX_INVALIDATED: Final = 3000

# What follows `uploads/`, also of a type or an expiry that is no longer offered.
_KEY: Final = re.compile(r"(\d{1,4}d/)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class SignedPut:
    """Where to PUT a picture, and the headers to echo."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Staged:
    """What arrived: `head` is its first bytes, `size` the whole in bytes."""

    etag: str
    size: int
    head: bytes
    deleted: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A public picture. `created` is false when it was public before."""

    image: Image
    size: int
    created: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """What the bucket's listing says of a public object: `key` after `uploads/`, `size` in bytes."""

    key: str
    size: int
    modified: datetime


def expires_at(upload: Upload) -> datetime | None:
    """Return until when a picture stays; None: for good."""
    days = EXPIRY_DAYS.get(upload.key.rpartition("/")[0])
    return datetime.fromtimestamp(upload.created, UTC) + timedelta(days) if days else None


class Storage:
    """Speaks to one bucket. Thread-safe; one for each process.

    Every call but `sign_upload` raises StoreUnavailable when the store is down, slow or refuses us, within
    TURN_TIMEOUT + HICCUP + PAUSE + CONNECT_TIMEOUT + READ_TIMEOUT seconds and a body's READ_TIMEOUT.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._bucket = config.s3_bucket
        access_key, secret_key = config.credentials or (None, None)
        session = boto3.session.Session(aws_access_key_id=access_key, aws_secret_access_key=secret_key)
        self._credentials = session.get_credentials()
        self._client = _connect(session, config, config.s3_endpoint_url)
        public = config.s3_public_endpoint_url
        self._signer = _connect(session, config, public) if public else self._client
        endpoint = urlsplit(self._signer.meta.endpoint_url)
        if public or config.s3_endpoint_url:
            host, path = endpoint.netloc, f"/{self._bucket}"
        else:
            host, path = f"{self._bucket}.{endpoint.netloc}", ""
        #: The origin that browsers PUT to.
        self.upload_origin = f"{endpoint.scheme}://{host}"
        self._bucket_base = f"{self.upload_origin}{path}/uploads"
        self._public_base = config.public_base_url or self._bucket_base
        self._turns = threading.BoundedSemaphore(CALLS)
        self._stalled = False

    @property
    def public_origin(self) -> str:
        """The origin of the public links."""
        parts = urlsplit(self._public_base)
        return f"{parts.scheme}://{parts.netloc}"

    def public_url(self, key: str) -> str:
        """Return the permanent link."""
        return f"{self._public_base}/{key}"

    def sign_upload(self, key: str, content_type: str, size: int, sha256: str | None = None) -> SignedPut:
        """Sign a PUT of exactly these bytes to the staging prefix, offline.

        `If-None-Match: *` makes it good for one object only; the browser itself sends the signed length.

        Raises:
            StoreUnavailable: there are no credentials, or they can't be refreshed.
        """
        headers = {"Content-Type": content_type, "If-None-Match": "*"}
        if sha256:
            headers["x-amz-checksum-sha256"] = sha256
        with _store_errors():
            if self._credentials is None:
                raise boto.NoCredentialsError
            url = self._presigner.presign(
                "PUT",
                _staged(key),
                {**headers, "Content-Length": str(size)},
                # Asked for each time: those of a role are renewed in here.
                self._credentials.get_frozen_credentials(),  # type: ignore[arg-type]
                self._config.upload_url_ttl,
                datetime.now(UTC),
            )
        return SignedPut(url, headers)

    @cached_property
    def _presigner(self) -> Presigner:
        # How the bucket is addressed is boto3's to say; it says it of an object, and only with credentials.
        url = self._signer.generate_presigned_url("put_object", Params={"Bucket": self._bucket, "Key": "key"})
        return Presigner(url.partition("?")[0].removesuffix("key"), self._signer.meta.region_name)

    def read_staged(self, key: str) -> Staged:
        """Fetch the head of what was uploaded.

        Raises:
            UploadMissing: nothing was, or not yet.
        """
        with self._call():
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=_staged(key), Range=f"bytes=0-{HEAD_BYTES - 1}"
                )
            except boto.ClientError as error:
                if _code(error) == "NoSuchKey":
                    raise UploadMissing(
                        "The picture has not arrived in the store yet. PUT it to uploadURL first."
                    ) from error
                if _code(error) == "InvalidRange":
                    return Staged(etag=_ETAG_OF_NOTHING, size=0, head=b"", deleted=False)
                raise
            if _REFUSED in answer["Metadata"]:
                raise UploadMissing("What was in the store was no such picture, and is being deleted.")
            return Staged(
                etag=answer["ETag"],
                size=int(answer["ContentRange"].rpartition("/")[2]),
                head=answer["Body"].read(),
                deleted=_DELETED in answer["Metadata"],
            )

    def read_on(self, key: str, staged: Staged, end: int, start: int = 0) -> bytes:
        """Return the staged bytes from `start` up to `end`, for the rare file whose head does not say enough.

        Raises:
            UploadChanged: they are no longer the ones that `staged` began with.
        """
        with self._call():
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket,
                    Key=_staged(key),
                    Range=f"bytes={max(start, len(staged.head))}-{end - 1}",
                    IfMatch=staged.etag,
                )
            except boto.ClientError as error:
                if _code(error) in _GONE_OR_CHANGED:
                    raise _changed() from error
                raise
            return staged.head[start:] + answer["Body"].read()

    def discard(self, key: str, staged: Staged) -> None:
        """Delete the staged bytes, unless others have come in their place: these may be good, or the mark of a delete.

        Not every store deletes on condition (Ceph 16 does not), so a mark takes their place on condition first: nobody
        but the caller who put it there removes it.
        """
        with self._call():
            try:
                mark = self._client.put_object(
                    Bucket=self._bucket,
                    Key=_staged(key),
                    Body=_REFUSED.encode(),
                    Metadata={_REFUSED: "1"},
                    IfMatch=_bare(staged.etag),
                )
                self._client.delete_object(Bucket=self._bucket, Key=_staged(key), IfMatch=_bare(mark["ETag"]))
            except boto.ClientError as error:
                if _code(error) not in _GONE_OR_CHANGED:
                    raise

    def publish(self, upload: Upload, staged: Staged, image: Image) -> Published:
        """Copy the staged bytes to their public key, if they are still the ones that were looked at.

        A public key is never written twice: `If-None-Match` on the copy leaves the first one as it is, and a repeated
        call returns that one. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

        A store may ignore the conditions of a copy (Ceph 16 does), but not hide what it copied. No store promises that
        nothing happens between its look at the source and its write: ask `is_deleted` afterwards.

        Raises:
            UploadChanged: they are not.
        """
        with self._call():
            try:
                answer = self._client.copy_object(
                    Bucket=self._bucket,
                    Key=_UPLOADS + upload.key,
                    CopySource={"Bucket": self._bucket, "Key": _staged(upload.key)},
                    CopySourceIfMatch=staged.etag,
                    IfNoneMatch="*",
                    MetadataDirective="REPLACE",
                    TaggingDirective="REPLACE",
                    ContentType=image.content_type,
                    ContentDisposition=f"inline; filename*=UTF-8''{quote(upload.filename, safe='')}",
                    **_caching(upload),
                    Metadata={"width": str(image.width), "height": str(image.height)},
                )
            except boto.ClientError as error:
                if _code(error) not in _GONE_OR_CHANGED:
                    raise
                refused = error
            else:
                copied = answer["CopyObjectResult"]["ETag"]
                # Where a store encrypts with keys of its own, the ETag of a copy is never that of its source.
                if _bare(copied) != _bare(staged.etag) and not self._is_still_staged(upload.key, staged):
                    self._withdraw(upload.key)
                    raise _changed()
                return Published(image, staged.size, created=True)
        if published := self.find_published(upload.key):
            return published
        if _code(refused) == "ConditionalRequestConflict":
            raise StoreUnavailable("The picture is being published by another call. Try again soon.") from refused
        raise _changed() from refused

    def _is_still_staged(self, key: str, staged: Staged) -> bool:
        found = self._head(_staged(key))
        return found is not None and found["ETag"] == staged.etag

    def _withdraw(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=_UPLOADS + key)

    def _head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)
        except boto.ClientError as error:
            if _code(error) == "404":
                return None
            raise

    def find_published(self, key: str) -> Published | None:
        """Return the public picture; None where there is none."""
        with self._call():
            answer = self._head(_UPLOADS + key)
            if answer is None:
                return None
            metadata = answer["Metadata"]
            if not metadata.keys() >= {"width", "height"}:
                raise ResponseParserError("HeadObject was answered without the metadata that publish gave")
        image = Image(answer["ContentType"], int(metadata["width"]), int(metadata["height"]))
        return Published(image, answer["ContentLength"], created=False)

    def delete(self, key: str) -> None:
        """Take a picture from the public for good.

        Two marks come first, and last as long as any upload token does. The one that no client can write over tells a
        copy that is under way. The other takes the place of the staged object: it refuses a replayed PUT, and a
        replayed complete sees it before it copies anything.
        """
        with self._call():
            for mark in (_MARKS + key, _staged(key)):
                self._client.put_object(Bucket=self._bucket, Key=mark, Body=_DELETED.encode(), Metadata={_DELETED: "1"})
            self._withdraw(key)

    def is_deleted(self, key: str) -> bool:
        """Look for the mark that a delete leaves first.

        A delete that begins after this look removes the copy that was made before it.
        """
        with self._call():
            found = self._head(_MARKS + key)
            if found and _DELETED not in found["Metadata"]:
                raise ResponseParserError("HeadObject was answered without the metadata that delete gave")
        return found is not None

    def withdraw(self, key: str) -> None:
        """Remove the public picture again: a copy ended behind its delete."""
        with self._call():
            self._withdraw(key)

    def check(self) -> None:
        """Ask the store whether it is there and lets us in."""
        with self._call():
            self._client.head_bucket(Bucket=self._bucket)

    def prepare(self, origins: list[str]) -> None:
        """Make the bucket what the design needs: CORS for `origins`, readable `uploads/`, expiry. Repeatable.

        Ends by writing something and by reading a picture, where there is one: a store that has just started may answer
        before it can do either.
        """
        with self._call():
            self._create_bucket()
            self._client.put_bucket_cors(
                Bucket=self._bucket,
                CORSConfiguration={
                    "CORSRules": [
                        {
                            "AllowedOrigins": origins,
                            "AllowedMethods": ["PUT", "GET", "HEAD"],
                            "AllowedHeaders": [
                                "content-type",
                                "if-none-match",
                                "x-amz-checksum-sha256",
                            ],
                            "ExposeHeaders": ["ETag"],
                            "MaxAgeSeconds": 3600,
                        }
                    ]
                },
            )
            self._client.put_bucket_policy(
                Bucket=self._bucket,
                Policy=json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": "*",
                                "Action": "s3:GetObject",
                                "Resource": f"arn:aws:s3:::{self._bucket}/{_UPLOADS}*",
                            }
                        ],
                    }
                ),
            )
            self._client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket,
                LifecycleConfiguration={
                    "Rules": [
                        {
                            "ID": prefix,
                            "Status": "Enabled",
                            "Filter": {"Prefix": prefix},
                            "Expiration": {"Days": days},
                        }
                        for prefix, days in _LIFETIMES.items()
                    ]
                },
            )
            self._client.put_object(Bucket=self._bucket, Key=f"{_INCOMING}ready", Body=b"?")
            self._client.delete_object(Bucket=self._bucket, Key=f"{_INCOMING}ready")
            listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=_UPLOADS, MaxKeys=1)
            for found in listed.get("Contents", []):
                self._client.get_object(Bucket=self._bucket, Key=found["Key"], Range="bytes=0-0")["Body"].read()

    @contextmanager
    def _call(self) -> Iterator[None]:
        """Wait for a turn, then translate what goes wrong.

        Who waits in vain says so to the others: they are refused at once, until the store has answered somebody.
        """
        if not self._turns.acquire(timeout=0 if self._stalled else TURN_TIMEOUT):
            self._stalled = True
            raise StoreUnavailable("The store is slow to answer. Try again soon.") from TimeoutError(
                f"{CALLS} calls wait for the store already"
            )
        try:
            with _store_errors():
                yield
            self._stalled = False
        finally:
            self._turns.release()

    def _create_bucket(self) -> None:
        region = self._client.meta.region_name
        try:
            if region == "us-east-1":  # The one region that must not be named.
                self._client.create_bucket(Bucket=self._bucket)
            else:
                self._client.create_bucket(
                    Bucket=self._bucket,
                    CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
                )
        except boto.ClientError as error:
            if _code(error) != "BucketAlreadyOwnedByYou":
                raise
        try:
            self._client.put_public_access_block(
                Bucket=self._bucket,
                PublicAccessBlockConfiguration={
                    # Ceph 16 would refuse every PUT, as if each had a public ACL. To ignore these is enough.
                    "BlockPublicAcls": not self._config.s3_endpoint_url,
                    "IgnorePublicAcls": True,
                    "BlockPublicPolicy": False,
                    "RestrictPublicBuckets": False,
                },
            )
        except boto.ClientError as error:
            # Only AWS must have it: SeaweedFS and others don't know it, and have no account-wide block either.
            if _code(error) != "NotImplemented" or not self._config.s3_endpoint_url:
                raise

    def find_key(self, text: str) -> str | None:
        """Return the key that a link of ours, or a key with or without its `uploads/`, names; None for all else."""
        _, link, address = text.partition("://")
        if not link:
            key = text.removeprefix(_UPLOADS)
            return key if _KEY.fullmatch(key) else None
        address = address.partition("#")[0].partition("?")[0]
        for base in (self._public_base, self._bucket_base):
            prefix = base.partition("://")[2] + "/"
            if address.startswith(prefix) and _KEY.fullmatch(key := address.removeprefix(prefix)):
                return key
        return None

    def list_public(self) -> Iterator[Listed]:
        """Yield what is public, in the order of the keys; holds one page of the listing at a time."""
        for found in self._list(_UPLOADS):
            yield Listed(found["Key"].removeprefix(_UPLOADS), found["Size"], found["LastModified"])

    def take_down(self, key: str) -> bool:
        """Delete a picture for good, as `delete` does; return whether it was public."""
        with _store_errors():
            was_public = self._head(_UPLOADS + key) is not None
        self.delete(key)
        return was_public

    def invalidate(self, keys: list[str]) -> None:
        """Have the CloudFront distribution forget these links, MAX_INVALIDATED of them at most.

        Raises:
            StoreUnavailable: CloudFront can't be reached or refuses us.
        """
        paths = [urlsplit(self.public_url(key)).path for key in keys]
        with _store_errors():
            # The credentials are those that boto3 finds: ones for another S3 mean nothing here.
            cloudfront = boto3.session.Session().client("cloudfront", region_name="us-east-1")
            cloudfront.create_invalidation(
                DistributionId=self._config.cloudfront_distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": len(paths), "Items": paths},
                    "CallerReference": str(uuid.uuid4()),
                },
            )

    def expire(self, now: datetime) -> int:
        """Delete what has outlived its days, for a store that applies no lifecycle rules; return how many objects.

        Safe at any time, also twice at once: nothing that is due can come back, for the upload token of it has expired
        too. CLOCK_SKEW is waited on top, so that a clock that is wrong takes nothing early.
        """
        deleted = 0
        for prefix, days in _LIFETIMES.items():
            due = now - timedelta(days) - CLOCK_SKEW
            for found in self._list(prefix):
                if found["LastModified"] <= due:
                    with _store_errors():
                        self._client.delete_object(Bucket=self._bucket, Key=found["Key"])
                    deleted += 1
        return deleted

    def withdraw_deleted(self) -> int:
        """Remove what is public in spite of a delete's mark; return how many pictures.

        That is left where a process dies, or its store hangs, after a copy that ended behind the delete. Safe at any
        time: nothing that has a mark may be public.
        """
        withdrawn = 0
        for found in self._list(_MARKS):
            key = found["Key"].removeprefix(_MARKS)
            with _store_errors():
                if self._head(_UPLOADS + key):
                    self._withdraw(key)
                    withdrawn += 1
        return withdrawn

    def _list(self, prefix: str) -> "Iterator[ObjectTypeDef]":
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with _store_errors():
            for page in pages:
                yield from page.get("Contents", [])


def _connect(session: boto3.session.Session, config: Config, endpoint_url: str | None) -> "S3Client":
    client = session.client(
        "s3",
        endpoint_url=endpoint_url,
        config=ClientConfig(
            region_name=config.aws_region,
            # The default presigns by SigV2 on the global host, which signs no length.
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if endpoint_url else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            # botocore would ask again after a time-out as well, and wait longer than our own client does: `_again`.
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=CALLS,
            tcp_keepalive=True,
            # botocore would put its own together anew for each request, of what it runs on; stores log this one.
            user_agent=f"image-host/{VERSION}",
            # mypy checks them.
            parameter_validation=False,
        ),
    )
    client.meta.events.register("before-call.s3", _begin)
    client.meta.events.register("needs-retry.s3", _again)  # type: ignore[arg-type]
    client.meta.events.register("after-call.s3", _check_answer)
    client.meta.events.register("after-call.s3", _tell_the_time)
    return client


def _begin(params: dict[str, Any], **_: Any) -> None:
    params["context"]["began"] = time.monotonic()


def _again(attempts: int, response: Any, caught_exception: Any, request_dict: dict[str, Any], **_: Any) -> float | None:
    """Ask once more after a hiccup, as a closed connection or a 500; a store that is slow is left to our client."""
    hiccup = isinstance(caught_exception, (boto.ConnectionError, boto.HTTPClientError)) or (
        response is not None and response[0].status_code >= 500
    )
    soon = time.monotonic() - request_dict["context"]["began"] < HICCUP
    return PAUSE if attempts == 1 and hiccup and soon else None


def _check_answer(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Believe no success that lacks what S3 says with it: something else may have answered in its place."""
    if http_response.status_code >= 300:
        return
    match model.name:
        case "GetObject":
            sound = "ContentRange" in parsed  # No call asks for a whole object.
        case "CopyObject":
            sound = "ETag" in parsed.get("CopyObjectResult", {})
        case "PutObject":
            sound = "ETag" in parsed
        case "DeleteObject":
            sound = http_response.status_code == 204
        case _:
            sound = True
    if not sound:
        raise ResponseParserError(f"{model.name} was answered {http_response.status_code}, and not as by an S3")


def _tell_the_time(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Add both clocks to a refusal: a HEAD is refused without a reason, and a wrong clock is a common one."""
    if http_response.status_code == 403 and (date := http_response.headers.get("Date")):
        error = parsed["Error"]
        error["Message"] = (
            f"{error.get('Message', '')} (The store's clock says {date}, ours {formatdate(usegmt=True)}.)"
        )


@contextmanager
def _store_errors() -> Iterator[None]:
    """Translate what the store or the way to it does wrong; a mistake of ours stays what it is."""
    try:
        yield
    except (
        boto.ClientError,
        boto.ConnectionError,
        boto.HTTPClientError,
        boto.IncompleteReadError,
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        ResponseParserError,
        RuntimeError,
    ) as error:
        # botocore has no class for new credentials that are over already, as where our clock is hours ahead.
        if isinstance(error, RuntimeError) and "credentials are still expired" not in str(error):
            raise
        raise StoreUnavailable("The store can't be reached or refuses us. Try again soon.") from error


def _code(error: boto.ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _bare(etag: str) -> str:
    """Return an ETag without its quotes, which SeaweedFS leaves out of a copy's, and Ceph 16 can't compare in a PUT."""
    return etag.strip('"')


def _changed() -> UploadChanged:
    return UploadChanged("The picture changed in the store while it was checked. Upload it again.")


def _staged(key: str) -> str:
    return _INCOMING + key.rpartition("/")[2]


def _caching(upload: Upload) -> dict[str, Any]:
    """Say how long a picture may be kept by browsers and CDNs: no longer than it lasts.

    The store sends what was stored: `max-age` would count anew from each GET, up to the last; `Expires` is the same
    moment for all (RFC 9111, 4.2.1), by the store's clock and not by the browser's.
    """
    expires = expires_at(upload)
    if expires is None:
        return {"CacheControl": f"public, max-age={FOREVER}, immutable"}
    return {"CacheControl": "public, immutable", "Expires": expires}
