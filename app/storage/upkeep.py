"""What an operator needs of the bucket: set-up, listing, whole pictures, take-down, expiry, invalidation.

Commands run one at a time, so these calls wait for no turn.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import boto3
from botocore import exceptions as boto

from app.storage import objects
from app.storage.client import error_code, store_errors
from app.storage.configuration import Configuration
from app.storage.diagnosis import CLOCK_SKEW
from app.storage.objects import Listed, Upload
from app.storage.storage import CHUNK, Storage
from config import Config

#: Paths that CloudFront takes in one invalidation.
MAX_INVALIDATED: Final = 3000


class Upkeep:
    """The same bucket as `storage`, as commands use it.

    Every method raises StoreUnavailable if the store is down, slow or refuses us.
    """

    def __init__(self, config: Config, storage: Storage) -> None:
        self._storage = storage
        self._client = storage.client
        self._s3 = storage.client.s3
        self._bucket = config.s3_bucket
        self.configuration = Configuration(config, storage.client)
        self._distributions = config.cloudfront_distribution_id

    def set_up(self, origins: list[str]) -> None:
        """Create the bucket if it is missing, and give it CORS for `origins`, its policy and its expiry. Repeatable.

        What somebody else gave the bucket stays. Ends with a write, and with the read of a picture if there is one: a
        store that has just started may answer before it can do either.
        """
        self.configuration.create()
        for change in self.configuration.plan(origins):
            if change.is_needed:
                self.configuration.write(change.part.name, change.wanted)
        with store_errors():
            self._s3.put_object(Bucket=self._bucket, Key=f"{objects.INCOMING}ready", Body=b"?")
            self._client.remove(f"{objects.INCOMING}ready")
            listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=objects.PUBLIC, MaxKeys=1)
            for found in listed.get("Contents", []):
                self._s3.get_object(Bucket=self._bucket, Key=found["Key"], Range="bytes=0-0")["Body"].read()

    def list_public(self) -> Iterator[Listed]:
        """Yield what is public, ordered by key; at most one page of the listing is in memory."""
        for found in self._client.list(objects.PUBLIC):
            yield Listed(found["Key"].removeprefix(objects.PUBLIC), found["Size"], found["LastModified"])

    def list_staged(self) -> Iterator[Listed]:
        """Yield what was uploaded in the last days, published or not, under its whole name."""
        for found in self._client.list(objects.INCOMING):
            if not found["Key"].startswith(objects.MARKS):
                yield Listed(found["Key"], found["Size"], found["LastModified"])

    def list_deleted(self) -> Iterator[str]:
        """Yield the key of every picture whose delete has left its mark, which lasts for a day."""
        for found in self._client.list(objects.MARKS):
            yield found["Key"].removeprefix(objects.MARKS)

    def fetch(self, key: str, file: BinaryIO) -> Upload | None:
        """Write a public picture to `file`; return what its uploader declared, or None if it is public no more.

        `created` of what this returns is the moment from which an expiry counts. A picture without one has the moment
        at which it was published.
        """
        with store_errors():
            try:
                answer = self._s3.get_object(Bucket=self._bucket, Key=objects.public(key), Range="bytes=0-")
            except boto.ClientError as error:
                if error_code(error) == "NoSuchKey":
                    return None
                raise
            for chunk in answer["Body"].iter_chunks(CHUNK):
                file.write(chunk)
        return objects.declared(key, answer, file.tell())

    def take_down(self, key: str) -> bool:
        """Delete a picture for good, as its uploader can; return whether it was public."""
        with store_errors():
            was_public = self._client.head(objects.public(key)) is not None
        self._storage.delete(key)
        return was_public

    def invalidate(self, keys: list[str]) -> None:
        """Tell CloudFront to drop its copies of up to MAX_INVALIDATED pictures.

        Raises:
            StoreUnavailable: CloudFront can't be reached or refuses us.
        """
        paths = [urlsplit(self._storage.links.public_url(key)).path for key in keys]
        with store_errors():
            # With the credentials that boto3 finds by itself: those of another S3 mean nothing to CloudFront.
            cloudfront = boto3.session.Session().client("cloudfront", region_name="us-east-1")
            for distribution in self._distributions:
                cloudfront.create_invalidation(
                    DistributionId=distribution,
                    InvalidationBatch={
                        "Paths": {"Quantity": len(paths), "Items": paths},
                        "CallerReference": str(uuid.uuid4()),
                    },
                )

    def expire(self, now: datetime) -> int:
        """Delete what has outlived its prefix's days, on a store that applies no lifecycle rules; return how many.

        Safe at any time, and twice at once: an upload token expires before its picture does, so nothing comes back.
        Every object gets CLOCK_SKEW on top of its days, so that a wrong clock deletes nothing early.
        """
        deleted = 0
        for prefix, days in objects.LIFETIMES.items():
            due = now - timedelta(days) - CLOCK_SKEW
            for found in self._client.list(prefix):
                if found["LastModified"] <= due:
                    with store_errors():
                        self._client.remove(found["Key"])
                    deleted += 1
        return deleted + self._expire_restored(now)

    def _expire_restored(self, now: datetime) -> int:
        """Delete restored pictures whose own time has come: the store counts their days from the restore."""
        deleted = 0
        last = objects.reminder("", now - CLOCK_SKEW)
        for found in self._client.list(objects.RESTORED):
            moment, key = found["Key"][: len(last)], found["Key"][len(last) :]
            if moment > last:
                break
            with store_errors():
                if objects.is_key(key) and self._client.head(objects.public(key)):
                    self._client.remove(objects.public(key))
                    deleted += 1
                self._client.remove(found["Key"])
        return deleted

    def withdraw_deleted(self) -> int:
        """Remove every picture that is public although it was deleted; return how many.

        A process that dies, or loses the store, between a copy and its look for the mark can leave one. Safe at any
        time: nothing with a mark may be public.
        """
        withdrawn = 0
        for key in self.list_deleted():
            name = objects.public(key)
            with store_errors():
                if self._client.head(name):
                    self._client.remove(name)
                    withdrawn += 1
        return withdrawn
