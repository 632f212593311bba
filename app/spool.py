"""A picture on its way through the server: a file on disk that has no name, and is gone when it is closed."""

import errno
import hashlib
import mmap
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.errors import StoreFull

#: Bytes between two pauses, in which other requests get a turn.
BYTES_BETWEEN_PAUSES: Final = 1024**2
#: How a system says that a disk, or a user's share of it, is full.
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


class Spool:
    """Bytes on disk; `size` counts them.

    `folder` is where they lie, None for the system's folder of temporary files. If the process dies, the system frees
    their room.
    """

    def __init__(self, folder: Path | None) -> None:
        if folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Unbuffered: what is written is on the disk, or the disk is full, before the next bytes come.
        with _room():
            self.file = tempfile.TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Add `data` at the end.

        Raises:
            StoreFull: the disk is full.
        """
        view = memoryview(data).cast("B")
        while view:
            with _room():
                written = self.file.write(view[:BYTES_BETWEEN_PAUSES])
            self.size += written
            view = view[written:]
            time.sleep(0)

    def head(self, count: int) -> bytes:
        """Return the first bytes."""
        self.file.seek(0)
        return self.file.read(count)

    def map(self) -> mmap.mmap:
        """Return the bytes as memory that the disk stands behind; there must be some."""
        return mmap.mmap(self.file.fileno(), self.size, access=mmap.ACCESS_READ)

    def sha256(self) -> bytes:
        """Return the digest of the bytes."""
        digest = hashlib.sha256()
        self.file.seek(0)
        while data := self.file.read(BYTES_BETWEEN_PAUSES):
            digest.update(data)
            time.sleep(0)
        return digest.digest()

    def close(self) -> None:
        """Give the bytes up."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@contextmanager
def _room() -> Iterator[None]:
    """Say so where the block fails because the disk is full.

    Raises:
        StoreFull: the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StoreFull("The server has no room to take pictures in. Try again later.") from error
