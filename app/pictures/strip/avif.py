"""AV1 Image File Format 1.2; ISO 14496-12, ISO 23008-12.

Everything in it is found by its distance from the start, so the file is rewritten: the items and tracks that browsers
show, the data these point to, and nothing else.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from .boxes import Box, Extent, box, boxes, lay, numbers
from .file import BrokenPicture, File, Part, TooLong, length_of
from .items import read_items, shown_items
from .meta import write_items
from .tracks import read_tracks, write_tracks

_BRANDS: Final = re.compile(rb"avi[fos]|mif[123]|msf1|miaf|MA1[AB]|iso\d|tmap")
#: Brands are read up to here.
_END_OF_BRANDS: Final = 1024


def avif(file: File) -> list[Part]:
    """Return the parts of an AVIF that show it, rewritten around the data."""
    outermost = _read_file(file)
    meta, moov = outermost.meta, outermost.moov
    items = read_items(file, meta) if meta else None
    shown = shown_items(file, items) if items else set()
    tracks = read_tracks(file, moov) if moov else []
    if not shown and not tracks:
        raise BrokenPicture("no picture")
    extents: list[Extent] = []
    if items:
        extents += [extent for item in items.items.values() if item.number in shown for extent in item.extents]
    extents += [chunk for track in tracks for chunk in track.chunks]
    pixels = lay(file, extents)

    def head(start: int) -> list[Part]:
        first, *others = outermost.brands
        return [
            *box(b"ftyp", first, bytes(4), *others),
            *(write_items(file, items, shown, start) if items else ()),
            *(write_tracks(file, moov, tracks, start) if moov else ()),
        ]

    # The head has the same length wherever the data start.
    start = length_of(head(0)) + 8
    return [*head(start), numbers(4, [length_of(pixels) + 8]), b"mdat", *pixels]


@dataclass(slots=True)
class _Outermost:
    #: The major one first.
    brands: list[bytes] = field(default_factory=list)
    meta: Box | None = None
    moov: Box | None = None


def _read_file(file: File) -> _Outermost:
    """Read the outermost boxes until one is broken: browsers read no further than the boxes they need."""
    found = _Outermost()
    try:
        for each in boxes(file, 0, file.length):
            if each.kind == b"ftyp" and each.start == 8:
                found.brands = _read_brands(file, each)
            elif each.kind == b"meta":
                found.meta = found.meta or each
            # In a file without this brand browsers show no track: it is the video of a moving photograph.
            elif each.kind == b"moov" and b"avis" in found.brands:
                found.moov = found.moov or each
    except TooLong:
        raise
    except BrokenPicture:
        pass
    if not found.brands:
        raise BrokenPicture("no brand")
    # Each asks for the box without which browsers show nothing.
    if (b"avif" in found.brands and not found.meta) or (b"avis" in found.brands and not found.moov):
        raise BrokenPicture("no picture")
    return found


def _read_brands(file: File, ftyp: Box) -> list[bytes]:
    end = min(ftyp.end, _END_OF_BRANDS + 3)
    others = [file.text(at, 4) for at in range(ftyp.start + 8, end - 3, 4)]
    return [file.text(ftyp.start, 4), *(brand for brand in others if _BRANDS.fullmatch(brand))]
