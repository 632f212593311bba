"""Which bytes nobody may publish again: an empty object in the bucket, named for the digest of each."""

import time
from collections.abc import Iterator
from typing import Final

from app.storage import objects
from app.storage.client import Client
from app.storage.objects import Listed

#: Seconds for which it counts that the list is empty, or is not. So the first block holds no later than this, and any
#: other at once.
REFRESH: Final = 30


class Blocklist:
    """Digests in hexadecimal: of the SHA-256 of whole files. Thread-safe.

    Every method raises StoreUnavailable if the store is down, slow or refuses us.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._empty = True
        self._until = 0.0

    def __contains__(self, sha256: str) -> bool:
        """Ask the store about one digest."""
        with self._client.turn():
            return self._client.head(objects.block(sha256)) is not None

    def __iter__(self) -> Iterator[Listed]:
        """Yield each digest as `key`, with the time of its block; at most one page of the listing is in memory."""
        for found in self._client.list(objects.BLOCKED):
            yield Listed(found["Key"].removeprefix(objects.BLOCKED), found["Size"], found["LastModified"])

    def is_empty(self) -> bool:
        """Say whether nothing is blocked, as it was at most REFRESH seconds ago: most servers never block anything."""
        asked = time.monotonic()
        if asked >= self._until:
            with self._client.turn() as s3:
                found = s3.list_objects_v2(Bucket=self._client.bucket, Prefix=objects.BLOCKED, MaxKeys=1)
            self._empty, self._until = not found.get("Contents"), asked + REFRESH
        return self._empty

    def add(self, sha256: str) -> None:
        """Block a digest; it may be blocked already."""
        with self._client.turn() as s3:
            s3.put_object(Bucket=self._client.bucket, Key=objects.block(sha256), Body=b"")
        self._until = 0.0

    def remove(self, sha256: str) -> bool:
        """Unblock a digest; return whether it was blocked."""
        was_blocked = sha256 in self
        with self._client.turn():
            self._client.remove(objects.block(sha256))
        return was_blocked
