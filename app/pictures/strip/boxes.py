"""A file of boxes in boxes: ISO 14496-12 (4.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from .file import FIELD_STEPS, NUMBER_STEPS, BrokenPicture, File, Limits, Part, length_of, number


class Box(NamedTuple):
    """A box: where it begins, where its content does, and where it ends."""

    kind: bytes
    at: int
    start: int
    end: int


#: A limit on boxes, items and samples: pictures have fewer, but a file could claim millions.
MOST: Final = 100_000


def boxes(file: File, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes in a stretch of the file."""
    at, count = start, 0
    while at + 8 <= end:
        file.limits.take()
        size, kind, content = file.unsigned(at, 4), file.text(at + 4, 4), at + 8
        if size == 1:
            size = file.unsigned(at + 8, 8)
            content += 8
        elif size == 0:
            size = end - at
        if not content <= at + size <= end:
            raise BrokenPicture("box too long or too short")
        if count == MOST:
            raise BrokenPicture("too many boxes")
        yield Box(kind, at, content, at + size)
        at += size
        count += 1


class Budget:
    """Counts the parts that are read, and refuses a file with too many."""

    def __init__(self, limits: Limits) -> None:
        self._left = MOST
        self._limits = limits

    def spend(self, parts: int = 1) -> None:
        """Count parts before they are read."""
        self._left -= parts
        if self._left < 0:
            raise BrokenPicture("too many parts")
        self._limits.take(FIELD_STEPS * parts)


def first_of_each(file: File, start: int, end: int) -> dict[bytes, Box]:
    """Return the first box of each kind: browsers ignore a second one."""
    found: dict[bytes, Box] = {}
    for each in boxes(file, start, end):
        found.setdefault(each.kind, each)
    return found


class Numbers:
    """Reads one number after the other, each of a size in bytes, up to an end."""

    __slots__ = ("_at", "_file")

    def __init__(self, file: File, start: int, end: int) -> None:
        self._file = file.slice(start, end)
        self._at = 0

    def take(self, size: int) -> int:
        """Return the next number."""
        self._file.limits.take(NUMBER_STEPS)
        self._at += size
        return self._file.unsigned(self._at - size, size)


def numbers(size: int, values: Sequence[int]) -> bytes:
    """Write numbers of so many bytes each, the highest first."""
    return b"".join([number(value, size) for value in values])


def box(kind: bytes, *content: Part) -> list[Part]:
    """Write a box."""
    return [number(length_of([*content]) + 8, 4) + kind, *content]


def full_box(kind: bytes, version: int, flags: int, *content: Part) -> list[Part]:
    """Write a box with a version, and flags."""
    return box(kind, number(version << 24 | flags, 4), *content)


def handler(kind: bytes) -> list[Part]:
    """Write a handler without its name, which tells the software that wrote the file."""
    return full_box(b"hdlr", 0, 0, bytes(4), kind, bytes(13))


@dataclass(slots=True)
class Extent:
    """A range of the file that is kept, and its position in the new file's data."""

    start: int
    end: int
    place: int = 0


def lay(file: File, extents: list[Extent]) -> list[Part]:
    """Return the bytes that the extents cover, in the file's order and each once; set each extent's place in them."""
    if len(extents) > MOST:
        raise BrokenPicture("too many extents")
    stretches: list[Part] = []
    start = end = length = 0
    for extent in sorted(extents, key=attrgetter("start")):
        if extent.end <= extent.start or extent.end > file.length:
            raise BrokenPicture("extent outside of the file")
        if length > 0 and extent.start <= end:
            extent.place = length - (end - extent.start)
            length += max(0, extent.end - end)
            end = max(end, extent.end)
            continue
        if length > 0:
            stretches.append(file.keep(start, end))
        extent.place = length
        start, end = extent.start, extent.end
        length += end - start
    return [*stretches, file.keep(start, end)] if length > 0 else []
