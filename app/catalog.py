"""What the bucket knows of the pictures that people look at, asked no more often than needed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from app.errors import Deleted
from app.memory import Memory
from app.pictures import Image
from app.storage import Record, Storage, Upload

#: How many answers a process remembers. Each is about 8 KB, with the page that was drawn of it.
SIZE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store said of a picture.

    `drawn` is its page, under the address of the server that the last look was at.
    """

    record: Record
    drawn: dict[str, bytes] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Upload, Image] | None:
        """What there is to say of the picture; None if it is not public, or is none that we published."""
        upload, metadata = self.record.upload, self.record.metadata
        if upload is None or not metadata.keys() >= {"width", "height"}:
            return None
        return upload, Image(upload.content_type, int(metadata["width"]), int(metadata["height"]))


class Catalog:
    """Asks the store about a picture, and remembers the answer. Thread-safe."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._entries: Memory[Entry] = Memory(SIZE)

    def look_up(self, key: str) -> tuple[Entry, int]:
        """Ask about a picture, or take the last answer; with the seconds for which others may remember it.

        Raises:
            Deleted: somebody deleted it, or its time is over.
            StoreUnavailable: the store does not answer.
        """
        entry, seconds = self._entries.recall(key, lambda: Entry(self._storage.look_up(key, datetime.now(UTC))))
        if entry.record.state == "deleted":
            raise Deleted("The picture was deleted.")
        if entry.record.state == "expired":
            raise Deleted("The picture was to stay until a certain day, and that day has passed.")
        return entry, seconds
