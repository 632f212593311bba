"""The HDR version of a JPEG: a second JPEG after it, its gain map.

CIPA DC-007 (MPF) says where it is; Ultra HDR 1.1 (XMP) and ISO 21496-1 (Annex C) say how it is applied. All of that is
rewritten with these numbers only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from .file import FIELD_STEPS, BrokenPicture, File, NotShown, Part, TooLong, length_of, number
from .gainparameters import ISO, XMP, directory, iso_parameters, segment, xmp_parameters
from .jpeg import Stripped, jpeg

_MPF: Final = b"MPF\0"
_VERSION: Final = 0xB000
_COUNT: Final = 0xB001
_ENTRIES: Final = 0xB002
_ENTRY: Final = 16
#: Cameras append fewer pictures; an index could claim thousands.
_MOST: Final = 16
#: What ends a scan's data: neither a stuffed byte nor a restart.
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def with_gain_map(file: File) -> list[Part]:
    """Return the parts of a JPEG that show it, and of its gain map, if it has one that can be kept."""
    picture = _read_picture(file)
    found = picture and _find_gain_map(file, picture)
    gains = found and _strip_map(file.slice(found.start, found.end))
    if not picture or not found or not gains:
        alone = jpeg(file)
        return [*alone.head, *alone.body]
    appended = [*gains.head, *found.parameters, *gains.body]
    length = length_of(appended)
    primary = jpeg(file.slice(0, found.start))
    if any(part.startswith(XMP, 4) for part in found.parameters):
        primary.head.append(segment(0xE1, XMP, directory(length)))
    if picture.iso is not None:
        primary.head.append(segment(0xE2, ISO, picture.iso[:4]))
    # Distances count from the position after the marker, the length and the name.
    start = length_of(primary.head) + 4 + len(_MPF)
    whole = length_of(primary.head) + len(_index(0, 0, 0)) + length_of(primary.body)
    return [*primary.head, _index(whole, length, whole - start), *primary.body, *appended]


def _strip_map(gains: File) -> Stripped | None:
    """Strip a gain map; None if it is broken, which does not mean that the picture itself is."""
    try:
        return jpeg(gains)
    except TooLong:
        raise
    except (BrokenPicture, NotShown):
        return None


# Reading


@dataclass(slots=True)
class _Picture:
    #: The position after its end.
    end: int = 0
    xmp: bytes = b""
    iso: bytes | None = None
    #: The first of the pictures after it, as its index lists them: where they begin and end.
    others: list[tuple[int, int]] = field(default_factory=list)


def _read_picture(file: File) -> _Picture | None:
    """Read what a JPEG says about other pictures; None if it has a structure that no camera writes."""
    picture = _Picture()
    at, scanned = 2, False
    try:
        while True:
            file.limits.take()
            if file.unsigned(at, 1) != 0xFF:
                return None
            marker = file.unsigned(at + 1, 1)
            if marker == 0xD9:
                picture.end = at + 2
                return picture
            following = at + 2 + file.unsigned(at + 2, 2)
            body = file.slice(at + 4, following)
            if not scanned:
                _read_segment(file, picture, marker, body, at + 4)
            if marker == 0xDA:
                scanned = True
                end = file.find(_END_OF_SCAN, following)
                if end is None:
                    return None
                following = end
            at = following
    except TooLong:
        raise
    except BrokenPicture:
        return None


def _read_segment(file: File, picture: _Picture, marker: int, body: File, at: int) -> None:
    if marker == 0xE1 and body.starts_with(XMP):
        picture.xmp = picture.xmp or body.text(len(XMP), body.length - len(XMP))
    elif marker == 0xE2 and body.starts_with(ISO) and body.length >= len(ISO) + 4:
        if picture.iso is None:
            picture.iso = body.text(len(ISO), body.length - len(ISO))
    elif marker == 0xE2 and body.starts_with(_MPF) and not picture.others:
        places = ((at + len(_MPF) + offset, at + len(_MPF) + offset + size) for size, offset in _read_index(body))
        pictures = (
            (start, end) for start, end in places if end <= file.length and file.starts_with(b"\xff\xd8\xff", start)
        )
        picture.others = list(islice(pictures, _MOST))


def _read_index(body: File) -> Iterator[tuple[int, int]]:
    """Yield the length and the place of each picture but the first.

    CIPA DC-007 (5.2): a directory as in TIFF, with an entry of 16 bytes for each picture.
    """
    tiff = body.slice(len(_MPF))
    little = tiff.starts_with(b"II*\0")
    if not little and not tiff.starts_with(b"MM\0*"):
        return
    order: Literal["little", "big"] = "little" if little else "big"
    tables = []
    try:
        start = tiff.unsigned(4, 4, order)
        for at in range(start + 2, start + 2 + 12 * tiff.unsigned(start, 2, order), 12):
            tiff.limits.take(FIELD_STEPS)
            length, value = tiff.unsigned(at + 4, 4, order), tiff.unsigned(at + 8, 4, order)
            if tiff.unsigned(at, 2, order) == _ENTRIES:
                tables.append(tiff.slice(value, value + length))
    except TooLong:
        raise
    except BrokenPicture:
        return
    for table in tables:
        for at in range(_ENTRY, table.length - _ENTRY + 1, _ENTRY):
            tiff.limits.take()
            yield table.unsigned(at + 4, 4, order), table.unsigned(at + 8, 4, order)


@dataclass(frozen=True, slots=True)
class _GainMap:
    start: int
    end: int
    #: The segments that say how it is applied.
    parameters: list[bytes]


def _find_gain_map(file: File, picture: _Picture) -> _GainMap | None:
    """Return the first appended picture that says how it is applied."""
    for start, end in picture.others:
        # Anything before the end belongs to the picture itself.
        found = _read_picture(file.slice(start, end)) if start >= picture.end else None
        if found is None:
            continue
        parameters = xmp_parameters(found.xmp) + (iso_parameters(found.iso) if found.iso is not None else [])
        if parameters:
            return _GainMap(start, end, parameters)
    return None


# Writing


def _index(primary: int, gains: int, distance: int) -> bytes:
    """Write an index. CIPA DC-007 (5.2): version 0100, two pictures, and of each what it is, how long and where."""
    undefined, long = 7, 4
    fields = (
        (_VERSION, undefined, 4, b"0100"),
        (_COUNT, long, 1, number(2, 4)),
        (_ENTRIES, undefined, 2 * _ENTRY, number(8 + 2 + 3 * 12 + 4, 4)),
    )
    rows = b"".join(number(tag, 2) + number(kind, 2) + number(count, 4) + value for tag, kind, count, value in fields)
    entries = b"".join(number(each, 4) for each in (0x030000, primary, 0, 0, 0, gains, distance, 0))
    return segment(0xE2, _MPF, b"MM\0*" + number(8, 4) + number(len(fields), 2) + rows + number(0, 4) + entries)
