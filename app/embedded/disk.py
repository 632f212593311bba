"""The room on the disk of the embedded store: a warning before it is full, and a refusal where it is."""

import logging
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.errors import StoreFull, StoreUnavailable

#: Seconds for which a look at the disk counts.
TTL: Final = 5
#: The disk counts as full where less than one of the store's volumes is free: SeaweedFS makes no new one then, and
#: needs as much to compact one, which is how the room of deleted pictures comes back. Below LOW volumes we warn.
LOW: Final = 4
#: Bytes of a volume, where SeaweedFS's own file does not say.
VOLUME_BYTES: Final = 1024**3

_log = logging.getLogger(__name__)


class Disk:
    """The disk under `folder`, the embedded store's; None stands for another store, whose room nobody knows.

    Thread-safe.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._looking = threading.Lock()
        self._until = 0.0
        self._free = 0
        self._volume = VOLUME_BYTES
        self._warning: str | None = None
        self._full = False

    def check(self, size: int) -> None:
        """Make sure that there is room for a picture of `size` bytes.

        Raises:
            StoreFull: there is none.
        """
        self._look()
        # Twice: what was uploaded stays for a day beside what was published.
        if self._folder and self._free - 2 * size < self._volume:
            raise StoreFull(
                "The server's disk is full, so it takes no pictures. Those that it has can be seen and deleted."
            )

    @contextmanager
    def to_blame(self, size: int = 0) -> Iterator[None]:
        """Say that the disk is full where the block fails for that reason; SeaweedFS itself answers 500.

        Raises:
            StoreFull: the store failed, and there is no room for a picture of `size` bytes.
        """
        try:
            yield
        except StoreUnavailable:
            self.check(size)
            raise

    def warning(self) -> str | None:
        """Return a sentence for the operator where the disk is nearly full."""
        self._look()
        return self._warning

    def is_full(self) -> bool:
        """Say whether the store takes no more pictures."""
        self._look()
        return self._full

    def usage(self) -> dict[str, int] | None:
        """Return the disk's free and total bytes, and those that are kept free; None for another store."""
        if self._folder is None:
            return None
        self._look()
        return {"free": self._free, "total": shutil.disk_usage(self._folder).total, "kept": self._volume}

    def _look(self) -> None:
        """Look at the disk, at most every TTL seconds; log when it becomes low."""
        if self._folder is None or time.monotonic() < self._until:
            return
        with self._looking:
            before = self._warning
            self._free, self._volume = shutil.disk_usage(self._folder).free, _volume_bytes(self._folder)
            self._until = time.monotonic() + TTL if self._volume else 0
            self._warning, self._full = None, self._free < self._volume
            if self._free < LOW * self._volume:
                what = "is full, so uploads are refused" if self._full else "is nearly full"
                self._warning = (
                    f"The disk of the pictures {what}: {self._free // 1024**2} MiB are free, and the store needs"
                    f" {self._volume // 1024**2} of them to work."
                )
        if self._warning and not before:
            _log.warning("%s", self._warning)


def _volume_bytes(folder: Path) -> int:
    """Read how large a volume becomes: SeaweedFS chooses by the size of the disk, and writes its choice down.

    0 before it has: it writes in its first second, and may take pictures before that.
    """
    try:
        options = (folder / "data" / "mini.options").read_text()
    except FileNotFoundError:
        return 0
    except OSError:
        return VOLUME_BYTES
    found = re.search(r"^master\.volumeSizeLimitMB=(\d+)$", options, re.MULTILINE)
    return int(found[1]) * 1024**2 if found else VOLUME_BYTES
