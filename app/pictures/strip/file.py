"""What all formats share: a file that is read with limits, and the parts that make the new one."""

import re
from typing import Final, Literal


class BrokenPicture(Exception):
    """The file breaks the rules of its format."""


class NotShown(Exception):
    """No browser shows this kind of picture."""


class TooLong(BrokenPicture):
    """To read the file takes more work than allowed."""


#: A part of the new file: bytes that are written, or where the bytes of the old file are that are kept.
Part = bytes | range

#: How many steps of work it takes to read a part of a file (a chunk, a box, a segment), a field of a table, a number.
PART_STEPS: Final = 16
FIELD_STEPS: Final = 8
NUMBER_STEPS: Final = 4
#: How often all bytes may be searched: for other pictures, for what to keep, and once more in what was appended or, if
#: there is no end, for restarts.
_SEARCHES: Final = 3


class Limits:
    """What is left of the work that one file may take."""

    __slots__ = ("_bytes", "_steps")

    def __init__(self, steps: int, length: int) -> None:
        self._steps = steps
        self._bytes = _SEARCHES * length

    def take(self, steps: int = PART_STEPS) -> None:
        """Count steps of work.

        Raises:
            TooLong: too few are left.
        """
        self._steps -= steps
        if self._steps < 0:
            raise TooLong("too many parts")

    def search(self, count: int) -> None:
        """Count bytes that were searched.

        Raises:
            TooLong: they were searched too often.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise TooLong("too many pictures in one another")


class File:
    """Reads numbers and text of a file, or of a stretch of it, whose positions count from its own start.

    Reading past its end raises BrokenPicture.
    """

    __slots__ = ("_start", "_view", "length", "limits")

    def __init__(self, view: memoryview, steps: int) -> None:
        self._view = view
        self._start = 0
        self.length = len(view)
        self.limits = Limits(steps, self.length)

    def unsigned(self, at: int, size: int, order: Literal["big", "little"] = "big") -> int:
        """Return a number of any size in bytes."""
        start = self._within(at, size)
        return int.from_bytes(self._view[start : start + size], order)

    def text(self, at: int, length: int) -> bytes:
        """Return a copy of so many bytes."""
        start = self._within(at, length)
        return bytes(self._view[start : start + length])

    def starts_with(self, text: bytes, at: int = 0) -> bool:
        """Say whether `text` is at a position."""
        return at + len(text) <= self.length and self.text(at, len(text)) == text

    def slice(self, start: int, end: int | None = None) -> "File":
        """Return a stretch of the file as a file of its own, whose work counts as this one's."""
        length = (self.length if end is None else end) - start
        part = File.__new__(File)
        part._view, part._start, part.length = self._view, self._within(start, length), length
        part.limits = self.limits
        return part

    def keep(self, start: int = 0, end: int | None = None) -> range:
        """Return a stretch as a part of the new file."""
        length = (self.length if end is None else end) - start
        first = self._within(start, length)
        return range(first, first + length)

    def view(self, start: int, end: int) -> memoryview:
        """Return a stretch without copying it."""
        first = self._within(start, end - start)
        return self._view[first : first + end - start]

    def find(self, pattern: re.Pattern[bytes], start: int) -> int | None:
        """Return the position of the next match."""
        found = pattern.search(self._view, self._start + start, self._start + self.length)
        self.limits.search((found.start() - self._start if found else self.length) - start)
        return found.start() - self._start if found else None

    def run(self, pattern: re.Pattern[bytes], start: int, end: int | None = None) -> int:
        """Return where a match that begins at `start` ends; `start` itself if there is none."""
        stop = self._start + (self.length if end is None else end)
        found = pattern.match(self._view, self._start + start, stop)
        return found.end() - self._start if found else start

    def _within(self, at: int, size: int) -> int:
        """Return the position in the whole file."""
        if at < 0 or size < 0 or at + size > self.length:
            raise BrokenPicture("cut off")
        return self._start + at


def length_of(parts: list[Part]) -> int:
    """Return how many bytes parts have together."""
    return sum(map(len, parts))


def number(value: int, size: int, order: Literal["big", "little"] = "big") -> bytes:
    """Write a number.

    Raises:
        BrokenPicture: it takes more bytes.
    """
    try:
        return value.to_bytes(size, order)
    except OverflowError:
        raise BrokenPicture("too large a number") from None
