"""What only the owner of a bucket can try of it, for `flask storage check`: signed calls, and nothing else."""

from collections.abc import Iterable
from typing import Any, Final

from botocore import exceptions as boto

from app.errors import StoreUnavailable
from app.storage import albums, objects
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
        #: What the objects of a picture and of an album are called.
        self.staged_name, self.public_name, self.mark_name = objects.staged, objects.public, objects.mark
        self.album_name = albums.object_name
        #: The bucket's address for this server; browsers may have another.
        self.bucket_url = f"{endpoint}/{config.s3_bucket}" if endpoint else storage.links.bucket_url

    def ask(self) -> None:
        """Ask for one name in the bucket; a GET, because the answer to a HEAD names no cause."""
        with store_errors():
            self._s3.list_objects_v2(Bucket=self._bucket, MaxKeys=1)

    def put(self, name: str, body: bytes) -> None:
        """Write an object."""
        with store_errors():
            self._s3.put_object(Bucket=self._bucket, Key=name, Body=body)

    def ignored_conditions(self, key: str) -> list[str]:
        """Copy the staged object on conditions that are false; return those that the store ignored."""
        with store_errors():
            ignored = ["If-Match of the source"] if self._copies(key, CopySourceIfMatch=_ANOTHER_ETAG) else []
            self._s3.put_object(Bucket=self._bucket, Key=objects.public(key), Body=b"first")
            ignored += ["If-None-Match of the target"] if self._copies(key, IfNoneMatch="*") else []
        return ignored

    def _copies(self, key: str, **condition: Any) -> bool:
        source = f"{self._bucket}/{objects.staged(key)}"
        try:
            self._client.call("CopyObject", objects.public(key), CopySource=source, **condition)
        except boto.ClientError as error:
            if error_code(error) != "PreconditionFailed":
                raise
            return False
        return True

    def has(self, name: str) -> bool:
        """Say whether there is such an object."""
        with store_errors():
            return self._client.head(name) is not None

    def clear(self, names: Iterable[str]) -> list[str]:
        """Remove objects; return the names of those that could not be removed."""
        left = []
        for name in names:
            try:
                with store_errors():
                    self._client.remove(name)
            except StoreUnavailable:
                left.append(name)
        return left
