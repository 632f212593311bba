"""What the bucket knows of the pictures that people look at, asked no more often than needed."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from app.pictures import Image
from app.storage import Record, Storage, Upload

#: Seconds for which an answer of the store counts: a deleted picture's page is gone then, on every worker.
TTL: Final = 5
#: How many answers a process remembers. Each is about 8 KB, with the page that was drawn of it.
SIZE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store said of a picture, and until when that counts by the monotonic clock.

    `drawn` is its page under each address of the server, as soon as somebody has looked at it.
    """

    record: Record
    until: float
    drawn: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Upload, Image] | None:
        """What there is to say of the picture; None if it is not to be shown, or is none that we published."""
        upload, metadata = self.record.upload, self.record.metadata
        if self.record.state != "public" or upload is None or not metadata.keys() >= {"width", "height"}:
            return None
        return upload, Image(upload.content_type, int(metadata["width"]), int(metadata["height"]))

    @property
    def seconds_left(self) -> int:
        """The whole seconds for which others may remember it as well."""
        return max(0, int(self.until - time.monotonic()))


class Catalog:
    """Asks the store about a picture, and remembers the answer for TTL seconds. Thread-safe."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        #: The one that was looked at last is the last.
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def look_up(self, key: str) -> Entry:
        """Ask about a picture, or take the last answer.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        # From before the question: a delete that ends while the answer is on its way may not be in it.
        now = time.monotonic()
        with self._lock:
            entry = self._entries.get(key)
            if entry and entry.until > now:
                self._entries.move_to_end(key)
                return entry
        entry = Entry(self._storage.look_up(key, datetime.now(UTC)), now + TTL)
        with self._lock:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            if len(self._entries) > SIZE:
                self._entries.popitem(last=False)
        return entry
