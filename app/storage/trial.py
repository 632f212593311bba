"""What only the owner of a bucket can try of it, for `flask storage check`: signed calls, and nothing else."""

from typing import Any, Final

from botocore import exceptions as boto

from app.storage import objects
from app.storage.client import error_code, store_errors
from app.storage.storage import Storage
from config import Config

# No object has it.
_ANOTHER_ETAG: Final = '"00000000000000000000000000000000"'


class Trial:
    """Of one bucket. Every method raises StoreUnavailable if the store is down, slow or refuses us."""

    def __init__(self, config: Config, storage: Storage) -> None:
        self._client = storage.client
        self._s3 = storage.client.s3
        self._bucket = config.s3_bucket
        endpoint = config.s3_endpoint_url
        #: The names of a key's two objects, staged and public.
        self.staged_name, self.public_name = objects.staged, objects.public
        #: The bucket's address for this server; browsers may have another.
        self.bucket_url = f"{endpoint}/{config.s3_bucket}" if endpoint else storage.links.bucket_url

    def ask(self) -> None:
        """Ask for one name in the bucket; a GET, because the answer to a HEAD names no cause."""
        with store_errors():
            self._s3.list_objects_v2(Bucket=self._bucket, MaxKeys=1)

    def put(self, key: str, body: bytes) -> None:
        """Write a staged object."""
        with store_errors():
            self._s3.put_object(Bucket=self._bucket, Key=objects.staged(key), Body=body)

    def ignored_conditions(self, key: str) -> list[str]:
        """Copy the staged object on conditions that are false; return those that the store ignored."""
        with store_errors():
            ignored = ["If-Match of the source"] if self._copies(key, CopySourceIfMatch=_ANOTHER_ETAG) else []
            self._s3.put_object(Bucket=self._bucket, Key=objects.public(key), Body=b"first")
            ignored += ["If-None-Match of the target"] if self._copies(key, IfNoneMatch="*") else []
        return ignored

    def _copies(self, key: str, **condition: str) -> bool:
        source: Any = {"Bucket": self._bucket, "Key": objects.staged(key)}
        try:
            self._s3.copy_object(
                Bucket=self._bucket,
                Key=objects.public(key),
                CopySource=source,
                **condition,  # type: ignore[arg-type]
            )
        except boto.ClientError as error:
            if error_code(error) != "PreconditionFailed":
                raise
            return False
        return True

    def is_staged(self, key: str) -> bool:
        """Say whether there is a staged object."""
        with store_errors():
            return self._client.head(objects.staged(key)) is not None

    def is_public(self, key: str) -> bool:
        """Say whether there is a published object."""
        with store_errors():
            return self._client.head(objects.public(key)) is not None

    def clear(self, key: str) -> None:
        """Remove all that an upload and its delete leave."""
        with store_errors():
            for name in (objects.staged(key), objects.public(key), objects.mark(key)):
                self._client.remove(name)
