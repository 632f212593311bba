"""What the readers of all formats share: a reader of a file's head, and the limits to how long it works.

In a gunicorn worker nobody else is served while this code computes. So work is counted in steps, it stops at a limit,
and it pauses on the way.
"""

import re
import time
from collections.abc import Iterator
from typing import Final, Literal

from app.errors import NotAnImage

#: The first read: enough for nearly every file.
HEAD_BYTES: Final = 64 * 1024
#: The longest head. A file with larger EXIF, ICC or XMP in front of its dimensions is refused.
MAX_HEAD_BYTES: Final = 4 * 1024 * 1024
#: How much of the end of a PNG or WebP is searched for metadata.
TAIL_BYTES: Final = 4 * HEAD_BYTES
#: How many fields are read: 4 MiB of one-byte parts would otherwise keep a worker busy for seconds.
MAX_STEPS: Final = 100_000
#: Other requests get a turn after so many steps,
STEPS_BETWEEN_PAUSES: Final = 2_000
#: or after so many bytes that a pattern was searched in.
BYTES_BETWEEN_PAUSES: Final = 256 * 1024


class MoreBytesNeeded(Exception):
    """The file goes on behind the given head, and what is asked for lies there."""


class Unsearchable(Exception):
    """The metadata can't be searched within our limits."""


def count_steps() -> Iterator[int]:
    """Count to MAX_STEPS, with pauses."""
    for step in range(MAX_STEPS):
        if step % STEPS_BETWEEN_PAUSES == STEPS_BETWEEN_PAUSES - 1:
            time.sleep(0)
        yield step


def take_step(steps: Iterator[int]) -> None:
    """Take one step of a search for metadata.

    Raises:
        Unsearchable: no step is left.
    """
    if next(steps, None) is None:
        raise Unsearchable


def find_matches(pattern: re.Pattern[bytes], data: bytes, longest: int) -> Iterator[re.Match[bytes]]:
    """Find as `finditer` does, with pauses; no match may be longer than `longest` bytes."""
    for start in range(0, len(data), BYTES_BETWEEN_PAUSES):
        time.sleep(0)
        yield from pattern.finditer(data, start, start + BYTES_BETWEEN_PAUSES + longest - 1)


def refuse_longer(side: int, limit: int) -> None:
    """Refuse a picture that is wider or higher than browsers show."""
    if side > limit:
        raise NotAnImage(f"The picture is {side:,} pixels wide or high; browsers show at most {limit:,} of its type.")


class Reader:
    """Reads a head forwards; tells a broken file from a head that is merely too short.

    `at` is the position of the next byte, `size` the length of the whole file, in bytes. Every method raises
    NotAnImage where the file would have to be longer than `size`, or is made of too many parts.
    """

    __slots__ = ("at", "head", "size", "steps")

    def __init__(self, head: bytes, size: int, start: int = 0, steps: Iterator[int] | None = None) -> None:
        self.head = head
        self.size = size
        self.at = start
        self.steps = count_steps() if steps is None else steps

    def take(self, count: int) -> bytes:
        """Return the next bytes.

        Raises:
            MoreBytesNeeded: the head ends before them.
        """
        self.skip(count)
        if self.at > len(self.head):
            raise MoreBytesNeeded
        return self.head[self.at - count : self.at]

    def skip(self, count: int) -> None:
        """Pass over the next bytes, which need not be in the head."""
        if self.at + count > self.size:
            raise NotAnImage("The file is cut off, or its header lies about a length.")
        if next(self.steps, None) is None:
            raise NotAnImage("The file has too many parts in front of its picture.")
        self.at += count

    def unsigned(self, count: int, order: Literal["big", "little"] = "big") -> int:
        """Return the next bytes as a number."""
        return int.from_bytes(self.take(count), order)

    def find(self, part: bytes) -> None:
        """Move behind the next `part`.

        Raises:
            MoreBytesNeeded: it is not in the head.
        """
        found = self.head.find(part, self.at, self.size)
        if found < 0 and len(self.head) < self.size:
            raise MoreBytesNeeded
        self.skip((found if found >= 0 else self.size) - self.at + len(part))

    def window(self, count: int) -> "Reader":
        """Return a reader of the next `count` bytes alone, and move behind them."""
        inner = Reader(self.head, self.at + count, self.at, self.steps)
        self.skip(count)
        return inner

    def __bool__(self) -> bool:
        return self.at < self.size
