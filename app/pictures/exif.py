"""EXIF: which way up a picture is shown, and whether its block holds a position.

A block is a TIFF: directories of fields, which name each other by offsets (TIFF 6.0, section 2; EXIF 2.32, 4.5 and
4.6). Where a block breaks the standard, readers differ, so two rules walk the same fields. Orientation is what browsers
take, because width and height are as a browser shows them. A position is what exiftool finds.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Literal

from app.pictures.reader import Unsearchable, count_steps, find_matches, take_step

#: Tag, type, number of values, and the place of the values, or of their offset if they take more than four bytes.
Field = tuple[int, int, int, int]

_ORIENTATION: Final = 0x0112
_EXIF_DIRECTORY: Final = 0x8769
_GPS_DIRECTORY: Final = 0x8825
#: Directories that exiftool follows: EXIF, and those below.
_DIRECTORIES: Final = frozenset({_EXIF_DIRECTORY, 0x014A})
#: Latitude and longitude, of the camera and of what it pointed at. Many cameras write only the version beside them.
_PLACES: Final = frozenset({2, 4, 20, 22})
#: Bytes to a value of each type.
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SHORT: Final = 3
_LONG: Final = 4
_TEXTS: Final = frozenset({2, 7})
_RATIONALS: Final = frozenset({5, 10})
#: How many directories one field may name.
_MAX_POINTERS: Final = 4
#: How many bytes of a value are looked at.
_VALUE_BYTES: Final = 64
#: How a block begins. Behind the name that a container gives it, its first two letters are enough.
_BLOCK: Final = re.compile(rb"II\*\0|MM\0\*|(?:(?<=Exif\0.)|(?<=eXIf)|(?<=EXIF.{4}))(?:II|MM)", re.DOTALL)


class _Block:
    """The directories of a TIFF block of eight bytes or more. A directory is known by where in the block it begins."""

    __slots__ = ("_layout", "_order", "_steps", "data")

    def __init__(self, data: memoryview, steps: Iterator[int]) -> None:
        little = data[0] == ord("I")
        self.data = data
        self._order: Literal["little", "big"] = "little" if little else "big"
        self._layout = struct.Struct("<HHI" if little else ">HHI")
        self._steps = steps

    def number(self, at: int, width: int) -> int:
        """Return an unsigned number; of one that is cut off, what is there."""
        return int.from_bytes(self.data[at : at + width], self._order)

    def first(self) -> int:
        """Return the directory that the header names."""
        return self.number(4, 4)

    def next(self, directory: int) -> int:
        """Return the directory behind this one; 0, where the header is, if there is none."""
        return self.number(self._end(directory), 4)

    def fields(self, directory: int) -> Iterator[Field]:
        """Yield the fields that are there whole.

        Raises:
            Unsearchable: the block has too many.
        """
        for at in range(directory + 2, min(self._end(directory), len(self.data) - 11), 12):
            if next(self._steps, None) is None:
                raise Unsearchable
            tag, kind, count = self._layout.unpack_from(self.data, at)
            yield tag, kind, count, at + 8

    def values(self, kind: int, count: int, at: int) -> int:
        """Return where the values of a field begin."""
        return at if _WIDTHS.get(kind, 0) * count <= 4 else self.number(at, 4)

    def _end(self, directory: int) -> int:
        return directory + 2 + 12 * self.number(directory, 2)


# The browsers' rule


def orientation(data: bytes) -> int:
    """Return 1 to 8: what the first sound field says, or 1 where there is none or the block is broken."""
    if len(data) < 8 or not data.startswith((b"II*\0", b"MM\0*")):
        return 1
    block = _Block(memoryview(data), count_steps())
    with suppress(Unsearchable):
        return next(_orientations(block, block.first()), 1)
    return 1


def _orientations(block: _Block, directory: int, *, follow: bool = True) -> Iterator[int]:
    for tag, kind, count, at in block.fields(directory):
        if (tag, kind, count) == (_ORIENTATION, _SHORT, 1):
            found = block.number(at, 2)
            if 1 <= found <= 8:
                yield found
        elif (tag, kind, count) == (_EXIF_DIRECTORY, _LONG, 1) and follow:
            # Browsers follow the first pointer to an EXIF directory, and none from there.
            follow = False
            yield from _orientations(block, block.number(at, 4), follow=False)


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return width and height of a picture of this `size` as they are shown."""
    return size[::-1] if orientation >= 5 else size


# exiftool's rule


def find_blocks(data: bytes) -> Iterator[memoryview]:
    """Yield what may be a block, wherever it begins, with all that follows it."""
    return (memoryview(data)[found.start() :] for found in find_matches(_BLOCK, data, 4))


def has_position(data: memoryview, steps: Iterator[int]) -> bool:
    """Say whether the block that `data` begins with has a GPS directory with a latitude or a longitude in it.

    Raises:
        Unsearchable: the block has too many fields or directories.
    """
    if len(data) < 8:
        return False
    block = _Block(data, steps)
    # No directory can be at 0, where the header is.
    waiting, seen = [block.first()], {0}
    while waiting:
        directory = waiting.pop()
        take_step(steps)
        if directory in seen:
            continue
        seen.add(directory)
        take_step(steps)
        for tag, kind, count, at in block.fields(directory):
            if tag in _DIRECTORIES:
                waiting += _pointers(block, kind, count, at)
            elif tag == _GPS_DIRECTORY:
                for gps in _pointers(block, kind, count, at):
                    take_step(steps)
                    if any(_is_place(block, *field) for field in block.fields(gps)):
                        return True
        waiting.append(block.next(directory))
    return False


def _pointers(block: _Block, kind: int, count: int, at: int) -> list[int]:
    """Return the directories that a field names."""
    width = _WIDTHS.get(kind, 0)
    start = block.values(kind, count, at)
    return [block.number(start + width * index, width) for index in range(min(count, _MAX_POINTERS))]


def _is_place(block: _Block, tag: int, kind: int, count: int, at: int) -> bool:
    """Say whether a field of a GPS directory is a latitude or a longitude; 0/0 is none, and 0/1 is the equator."""
    if tag not in _PLACES or kind not in _WIDTHS or not count:
        return False
    start = block.values(kind, count, at)
    length = min(_WIDTHS[kind] * count, _VALUE_BYTES)
    value = bytes(block.data[start : start + length])
    if len(value) < length:
        # The value is cut off, so it may be anything.
        return True
    if kind in _TEXTS:
        return any(byte in b"0123456789" for byte in value)
    return kind not in _RATIONALS or any(any(value[at + 4 : at + 8]) for at in range(0, len(value), 8))
