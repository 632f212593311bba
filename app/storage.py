"""The bucket: signing, staging, publishing. The only importer of boto3, for every S3 there is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import boto3
from botocore import exceptions as boto
from botocore.config import Config as ClientConfig
from botocore.parsers import ResponseParserError

from app.errors import StoreUnavailable, UploadChanged, UploadMissing
from app.images import HEAD_BYTES, Image
from app.tokens import Upload
from config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Expiry classes and their days: a prefix under `uploads/` with a lifecycle rule each, so that no scheduler is needed.
EXPIRY_DAYS: Final = {"1d": 1, "7d": 7, "30d": 30}
#: Seconds a browser may keep a picture that has no expiry.
FOREVER: Final = 365 * 24 * 60 * 60

_INCOMING: Final = "incoming/"
_UPLOADS: Final = "uploads/"
_DELETED: Final = "deleted"
_REFUSED: Final = "refused"
# How a store says that a condition does not hold. The second one: another write to the same key is under way (AWS).
_GONE_OR_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})
# The MD5 of no bytes; a range of them can't be had, nor the ETag with it.
_ETAG_OF_NOTHING: Final = '"d41d8cd98f00b204e9800998ecf8427e"'


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


class Storage:
    """Speaks to one bucket. Thread-safe; one for each process.

    Every call but `sign_upload` raises StoreUnavailable when the store is down, slow or refuses us.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._bucket = config.s3_bucket
        self._client = _connect(config, config.s3_endpoint_url)
        public = config.s3_public_endpoint_url
        self._signer = _connect(config, public) if public else self._client
        endpoint = urlsplit(self._signer.meta.endpoint_url)
        if public or config.s3_endpoint_url:
            host, path = endpoint.netloc, f"/{self._bucket}"
        else:
            host, path = f"{self._bucket}.{endpoint.netloc}", ""
        #: The origin that browsers PUT to.
        self.upload_origin = f"{endpoint.scheme}://{host}"
        self._public_base = config.public_base_url or f"{self.upload_origin}{path}/uploads"

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
        params: dict[str, str | int] = {
            "Bucket": self._bucket,
            "Key": _staged(key),
            "ContentType": content_type,
            "ContentLength": size,
            "IfNoneMatch": "*",
        }
        if sha256:
            headers["x-amz-checksum-sha256"] = params["ChecksumSHA256"] = sha256
        with _store_errors():
            url = self._signer.generate_presigned_url(
                "put_object", Params=params, ExpiresIn=self._config.upload_url_ttl
            )
        return SignedPut(url, headers)

    def read_staged(self, key: str) -> Staged:
        """Fetch the head of what was uploaded.

        Raises:
            UploadMissing: nothing was, or not yet.
        """
        with _store_errors():
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

    def read_on(self, key: str, staged: Staged, end: int) -> bytes:
        """Return the staged bytes up to `end`, for the rare file whose dimensions lie behind its head.

        Raises:
            UploadChanged: they are no longer the ones that `staged` began with.
        """
        with _store_errors():
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket,
                    Key=_staged(key),
                    Range=f"bytes={len(staged.head)}-{end - 1}",
                    IfMatch=staged.etag,
                )
            except boto.ClientError as error:
                if _code(error) in _GONE_OR_CHANGED:
                    raise _changed() from error
                raise
            return staged.head + answer["Body"].read()

    def discard(self, key: str, staged: Staged) -> None:
        """Delete the staged bytes, unless others have come in their place: these may be good, or the mark of a delete.

        Not every store deletes on condition (Ceph 16 does not), so a mark takes their place on condition first: nobody
        but the caller who put it there removes it.
        """
        with _store_errors():
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

        A store may ignore the conditions of a copy (Ceph 16 does), but not hide what it copied.

        Raises:
            UploadChanged: they are not.
        """
        with _store_errors():
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
                    CacheControl=f"public, max-age={_max_age(upload.key)}, immutable",
                    Metadata={"width": str(image.width), "height": str(image.height)},
                )
            except boto.ClientError as error:
                if _code(error) not in _GONE_OR_CHANGED:
                    raise
                if published := self.find_published(upload.key):
                    return published
                raise _changed() from error
            copied = answer["CopyObjectResult"]["ETag"]
            if _bare(copied) != _bare(staged.etag) and not self._is_unchanged(upload.key, staged):
                self._client.delete_object(Bucket=self._bucket, Key=_UPLOADS + upload.key)
                raise _changed()
        return Published(image, staged.size, created=True)

    def _is_unchanged(self, key: str, staged: Staged) -> bool:
        # Where a store encrypts with keys of its own, the ETag of a copy is never that of its source.
        try:
            return self._client.head_object(Bucket=self._bucket, Key=_staged(key))["ETag"] == staged.etag
        except boto.ClientError as error:
            if _code(error) == "404":
                return False
            raise

    def find_published(self, key: str) -> Published | None:
        """Return the public picture; None where there is none."""
        with _store_errors():
            try:
                answer = self._client.head_object(Bucket=self._bucket, Key=_UPLOADS + key)
            except boto.ClientError as error:
                if _code(error) == "404":
                    return None
                raise
        metadata = answer["Metadata"]
        image = Image(answer["ContentType"], int(metadata["width"]), int(metadata["height"]))
        return Published(image, answer["ContentLength"], created=False)

    def delete(self, key: str) -> None:
        """Take a picture from the public for good.

        The staged object becomes a mark first: it refuses a replayed PUT and tells a replayed complete; it lasts as
        long as any upload token does.
        """
        with _store_errors():
            self._client.put_object(
                Bucket=self._bucket, Key=_staged(key), Body=_DELETED.encode(), Metadata={_DELETED: "1"}
            )
            self._client.delete_object(Bucket=self._bucket, Key=_UPLOADS + key)

    def check(self) -> None:
        """Ask the store whether it is there and lets us in."""
        with _store_errors():
            self._client.head_bucket(Bucket=self._bucket)

    def prepare(self, origins: list[str]) -> None:
        """Make the bucket what the design needs: CORS for `origins`, readable `uploads/`, expiry. Repeatable.

        Ends by reading a picture, where there is one: a store that has just started may know its keys before its bytes.
        """
        with _store_errors():
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
            prefixes = {_INCOMING: 1} | {f"{_UPLOADS}{name}/": days for name, days in EXPIRY_DAYS.items()}
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
                        for prefix, days in prefixes.items()
                    ]
                },
            )
            listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=_UPLOADS, MaxKeys=1)
            for found in listed.get("Contents", []):
                self._client.get_object(Bucket=self._bucket, Key=found["Key"], Range="bytes=0-0")["Body"].read()

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


def _connect(config: Config, endpoint_url: str | None) -> "S3Client":
    access_key, secret_key = config.credentials or (None, None)
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
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
            # At worst about 15 s, inside gunicorn's 30.
            connect_timeout=1,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=32,
            tcp_keepalive=True,
        ),
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
    ) as error:
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


def _max_age(key: str) -> int:
    days = EXPIRY_DAYS.get(key.rpartition("/")[0])
    return days * 24 * 60 * 60 if days else FOREVER
