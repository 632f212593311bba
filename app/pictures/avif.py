"""AVIF: AV1 Image File Format 1.2; boxes: ISO/IEC 14496-12, 4.2; items and properties: ISO/IEC 23008-12."""

from collections.abc import Collection, Iterator
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

from app.errors import NotAnImage
from app.pictures.reader import MAX_HEAD_BYTES, Reader, Unsearchable

_STILL: Final = b"avif"
_MOVIE: Final = b"avis"
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"})


def matches(head: bytes) -> bool:
    """Say whether a file that begins with `head` is an AVIF."""
    return not {_STILL, _MOVIE}.isdisjoint(_brands(head))


def is_heic(head: bytes) -> bool:
    """Say whether it is the same container with HEVC in it, which most browsers don't show."""
    return not _HEIC.isdisjoint(_brands(head))


def measure(file: Reader) -> tuple[int, int]:
    """Return width and height of the picture that browsers show.

    The brands decide which one that is: docs/adr/0003-own-head-parser.md has what Chromium does with each. A file with
    another picture that is larger is refused, because other viewers may show that one, and it would carry any number of
    pixels past the limit.
    """
    brands = _brands(file.head)
    found = _find_boxes(file, _needed(brands))
    tracks = _tracks(found[b"moov"]) if _MOVIE in brands else []
    moving = _MOVIE in brands and brands[0] != _STILL
    item = _primary_item(found[b"meta"], required=not moving) if b"meta" in found else None
    shown = tracks[0] if moving and tracks else item
    if shown is None:
        raise NotAnImage("The AVIF file does not say how large its picture is.")
    others = [*tracks, item] if item else tracks
    if any(other.size[side] > shown.size[side] for other in others for side in (0, 1)):
        raise NotAnImage("The AVIF file says two different sizes.")
    return shown.size[::-1] if shown.turned else shown.size


def _brands(head: bytes) -> tuple[bytes, ...]:
    if head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4]), len(head), 1024)
    return (head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4)))


def _boxes(file: Reader) -> Iterator[tuple[bytes, Reader]]:
    """Yield the kind and the body of each box."""
    while file:
        start = file.at
        length, kind = file.unsigned(4), file.take(4)
        if length == 1:
            length = file.unsigned(8)
        elif length == 0:
            length = file.size - start
        if length < file.at - start:
            raise NotAnImage("The AVIF file has a box of impossible length.")
        yield kind, file.window(length - (file.at - start))


def _find_boxes(file: Reader, needed: Collection[bytes]) -> dict[bytes, Reader]:
    """Return the first box of each kind, up to the last that is needed; what follows is not read."""
    found: dict[bytes, Reader] = {}
    for kind, body in _boxes(file):
        found.setdefault(kind, body)
        if all(kind in found for kind in needed):
            return found
    missing = " and no ".join(kind.decode() for kind in needed if kind not in found)
    raise NotAnImage(f"The AVIF file has no {missing} box.")


def _first_boxes(file: Reader) -> dict[bytes, Reader]:
    """Return the first box of each kind: the one of two that browsers take."""
    return dict(reversed([*_boxes(file)]))


def _needed(brands: Collection[bytes]) -> list[bytes]:
    """Return the kinds of box without which browsers show nothing: each brand asks for one."""
    return [kind for brand, kind in ((_STILL, b"meta"), (_MOVIE, b"moov")) if brand in brands]


class _Stored(NamedTuple):
    """A picture as it is stored: width and height, and whether browsers turn it by a quarter."""

    size: tuple[int, int]
    turned: bool


def _is_turned(properties: dict[bytes, Reader]) -> bool:
    return b"irot" in properties and bool(properties[b"irot"].unsigned(1) & 1)


def _primary_item(meta: Reader, *, required: bool) -> _Stored | None:
    """Measure the primary picture; a movie need not have one."""
    meta.skip(4)
    found = _find_boxes(meta, (b"pitm", b"iprp")) if required else _first_boxes(meta)
    if b"pitm" not in found or b"iprp" not in found:
        return None
    item = found[b"pitm"]
    primary = item.unsigned(2 if item.unsigned(4) >> 24 == 0 else 4)
    parts = _find_boxes(found[b"iprp"], (b"ipco", b"ipma"))
    everything = list(_boxes(parts[b"ipco"]))
    numbers = [number for number in _associations(parts[b"ipma"], primary) if 0 < number <= len(everything)]
    # Browsers take the first of two, so the first must overwrite the others.
    properties = dict(everything[number - 1] for number in reversed(numbers))
    if b"ispe" not in properties:
        return None
    extent = properties[b"ispe"]
    extent.skip(4)
    return _Stored((extent.unsigned(4), extent.unsigned(4)), _is_turned(properties))


def _tracks(moov: Reader) -> list[_Stored]:
    """Measure the tracks that are seen, the one that browsers show first."""
    tracks = []
    for kind, body in _boxes(moov):
        if kind != b"trak":
            continue
        track = _first_boxes(body)
        if b"tkhd" not in track:
            raise NotAnImage("The AVIF file has a track with no tkhd box.")
        header = track[b"tkhd"]
        header.skip(87 if header.unsigned(1) else 75)
        # Each side is a number of 16.16 bits, of which viewers take the whole part. A track of sound has none.
        size = header.unsigned(4) >> 16, header.unsigned(4) >> 16
        if any(size):
            # A track that refers to another one is its transparency.
            tracks.append((b"tref" in track, _Stored(size, _is_turned(_sample_entry(track)))))
    return [stored for _, stored in sorted(tracks, key=itemgetter(0))]


def _sample_entry(track: dict[bytes, Reader]) -> dict[bytes, Reader]:
    """Return the properties of a track: the boxes in the entry that describes its first sample."""
    for kind in (b"mdia", b"minf", b"stbl"):
        if kind not in track:
            return {}
        track = _first_boxes(track[kind])
    if b"stsd" not in track:
        return {}
    track[b"stsd"].skip(8)
    entry = _first_boxes(track[b"stsd"]).get(b"av01")
    if entry is None:
        return {}
    # What every picture's entry begins with: ISO/IEC 14496-12, 12.1.3.
    entry.skip(78)
    return _first_boxes(entry)


def _associations(ipma: Reader, item: int) -> list[int]:
    """Return the 1-based numbers of an item's properties."""
    version_and_flags = ipma.unsigned(4)
    id_bytes = 4 if version_and_flags >> 24 else 2
    index_bytes = 2 if version_and_flags & 1 else 1
    essential = 1 << 8 * index_bytes - 1
    for _ in range(ipma.unsigned(4)):
        found = ipma.unsigned(id_bytes)
        count = ipma.unsigned(1)
        if found == item:
            return [ipma.unsigned(index_bytes) & ~essential for _ in range(count)]
        ipma.skip(count * index_bytes)
    return []


def metadata_behind(head: bytes, size: int) -> tuple[int, int]:
    """Return where metadata lies behind the head, from and to: among the items, or in a movie's own box.

    Raises:
        Unsearchable: the metadata is spread too far, or there is no list of items.
        NotAnImage: a box is broken.
        MoreBytesNeeded: the list of items goes on behind the head.
    """
    found = _find_boxes(Reader(head, size), _needed(_brands(head)))
    # A movie may have no items, or no `meta`.
    movie = [(found[b"moov"].at, found[b"moov"].size)] if b"moov" in found else []
    items = _metadata_items(found[b"meta"], head, size, required=not movie) if b"meta" in found else []
    behind = [place for place in chain(movie, items) if place[1] > len(head)]
    if not behind:
        return len(head), len(head)
    start, end = max(len(head), min(behind)[0]), min(size, max(end for _, end in behind))
    if end - start > MAX_HEAD_BYTES:
        raise Unsearchable
    return start, end


def _metadata_items(meta: Reader, head: bytes, size: int, *, required: bool) -> Iterator[tuple[int, int]]:
    """Yield where the metadata among the items lies, from and to: ISO/IEC 14496-12, 8.11.3 and 8.11.6."""
    meta.skip(4)
    parts = _first_boxes(meta)
    if not required and b"iinf" not in parts and b"iloc" not in parts:
        return
    if b"iinf" not in parts or b"iloc" not in parts:
        raise Unsearchable
    metadata = _metadata_numbers(parts[b"iinf"])
    for number, method, start, length in _extents(parts[b"iloc"]):
        if number not in metadata:
            continue
        # Method 0 counts from the file's beginning, 1 within `meta`. Others make an item of other items.
        if method > 1 or (method == 1 and meta.size > len(head)):
            raise Unsearchable
        if method == 0:
            yield start, start + length if length else size


def _metadata_numbers(iinf: Reader) -> set[int]:
    """Return the numbers of the items that are metadata."""
    iinf.skip(4 if iinf.unsigned(4) >> 24 else 2)
    metadata = set()
    for _, infe in _boxes(iinf):
        version = infe.unsigned(4) >> 24
        number = infe.unsigned(4 if version > 2 else 2)
        infe.skip(2)
        # Old versions have no types: an item is something with a MIME type.
        if version < 2 or infe.take(4) in (b"Exif", b"mime"):
            metadata.add(number)
    return metadata


def _extents(iloc: Reader) -> Iterator[tuple[int, int, int, int]]:
    """Yield each part of each item: the item's number, how its place is counted, its place and its length."""
    version, widths = iloc.unsigned(4) >> 24, iloc.unsigned(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    id_bytes = 4 if version > 1 else 2
    for _ in range(iloc.unsigned(id_bytes)):
        number = iloc.unsigned(id_bytes)
        method = iloc.unsigned(2) & 15 if version else 0
        iloc.skip(2)
        base = iloc.unsigned(base_bytes)
        for _ in range(iloc.unsigned(2)):
            iloc.skip(index_bytes if version else 0)
            yield number, method, base + iloc.unsigned(offset_bytes), iloc.unsigned(length_bytes)
