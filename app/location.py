"""Whether a picture's metadata says where it was taken: a latitude or a longitude, in EXIF or XMP.

Both are known by how they begin, wherever they lie. So bytes are searched, and a container's structure is followed only
to find metadata that the head does not hold, and to unpack a PNG's text. What was searched passes if it holds no
position, however broken it is: viewers find none in it either. Metadata that is there and can't be searched within our
bounds is refused. docs/security.md says where nobody looks.
"""

import re
import struct
import zlib
from binascii import unhexlify
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Final

from app.errors import LocationFound, NotAnImage
from app.images import (
    HEAD_BYTES,
    MAX_HEAD_BYTES,
    MAX_STEPS,
    Image,
    MoreBytesNeeded,
    Reader,
    boxes,
    first_of_each,
    gather,
    needed_boxes,
)

#: How much of the end of a PNG or WebP is searched.
TAIL_BYTES: Final = 4 * HEAD_BYTES
#: How many bytes of a PNG's text are looked at, packed and unpacked counted together.
MAX_TEXT: Final = 8 * 1024 * 1024

# Whatever prefix a file gives to the names; one maker of drones spells longitude with another t.
_XMP: Final = re.compile(rb"[:<]gps(dest)?(latitude|longt?itude)", re.IGNORECASE)


def refuse_location(head: bytes, image: Image, size: int, read: Callable[[int, int], bytes]) -> None:
    """Search a file of `size` bytes whose `head` was found to be `image`.

    `read` returns the bytes between two places. It is called once at most, for 4 MiB at most, where metadata lies
    behind the head or may: a PNG or WebP does not say in front what follows its picture, and some programs (exiftool,
    libwebp) write there. A JPEG never needs it, nor a file that ends with its head or with the chunk of its picture.

    Raises:
        LocationFound: there is a position, or metadata that can't be searched.
    """
    try:
        start, end = _BEHIND[image.content_type](head, size)
        behind = read(start, end) if start < end else b""
        # In one piece where one goes on with the other.
        pieces = [head + behind] if start == len(head) else [head, behind]
        steps = iter(range(MAX_STEPS))
        texts = chain.from_iterable(_png_texts(data, steps) for data in pieces if image.content_type == "image/png")
        found = any(_has_position(data, steps) for data in chain(pieces, texts))
    except (NotAnImage, MoreBytesNeeded) as error:
        raise LocationFound(
            "The picture's metadata can't be searched, and may say where it was taken. Remove it and try again."
        ) from error
    if found:
        raise LocationFound("The picture says where it was taken. Remove its GPS position and try again.")


def _has_position(data: bytes, steps: Iterator[int]) -> bool:
    # Without its zeros, UTF-16 is ASCII. XMP in parts needs no joining: a cut hits one of two names at most.
    if _XMP.search(data.replace(b"\0", b"")):
        return True
    return any(_has_gps(data, block.start(), steps) for block in _TIFF.finditer(data))


# EXIF 2.32, 4.5 and 4.6; TIFF 6.0, 2.

_TIFF: Final = re.compile(rb"II\*\0|MM\0\*")
_GPS: Final = 0x8825
# Latitude and longitude, of the camera and of what it was pointed at. Many cameras write the version alone.
_PLACES: Final = frozenset({2, 4, 20, 22})
_RATIONALS: Final = frozenset({5, 10})


def _has_gps(data: bytes, start: int, steps: Iterator[int]) -> bool:
    """Say whether the EXIF block that begins at `start` has a GPS directory with a place in it."""
    block = memoryview(data)[start:]
    order = "<" if block[0] == ord("I") else ">"

    def directory(at: int) -> Iterator[tuple[int, int, int]]:
        """Yield tag, type and value of each field that is there."""
        (count,) = struct.unpack_from(order + "H", block, at) if at + 2 <= len(block) else (0,)
        for field in range(at + 2, min(at + 2 + 12 * count, len(block) - 11), 12):
            if next(steps, None) is None:
                raise NotAnImage("The metadata has too many parts.")
            tag, kind, value = struct.unpack_from(order + "HH4xI", block, field)
            yield tag, kind, value

    if len(block) < 8:
        return False
    (first,) = struct.unpack_from(order + "I", block, 4)
    # The type is looked at, too: what follows a block that is cut off is something else.
    return any(
        inner in _PLACES and kind in _RATIONALS
        for tag, _, gps in directory(first)
        if tag == _GPS
        for inner, kind, _ in directory(gps)
    )


# PNG: W3C PNG, 3rd edition, 11.3.3. "Raw profile type" is ImageMagick's, from before there was eXIf: a line with the
# name of what it is, one with its length, and hexadecimal.

_PNG_TEXT: Final = re.compile(rb"(.{4})(tEXt|zTXt|iTXt)", re.DOTALL)


def _png_texts(data: bytes, steps: Iterator[int]) -> Iterator[bytes]:
    """Yield the texts that can't be searched as they stand."""
    left = MAX_TEXT
    for header in _PNG_TEXT.finditer(data):
        start, end = header.end(), header.end() + int.from_bytes(header[1])
        if end > len(data):
            continue
        left -= end - start
        if left < 0 or next(steps, None) is None:
            raise NotAnImage("The metadata has too much text.")
        name, _, text = data[start:end].partition(b"\0")
        packed = header[2] == b"zTXt"
        if packed:
            text = text[1:]
        elif header[2] == b"iTXt":
            packed = text[:1] == b"\1"
            text = text[2:].split(b"\0", 2)[-1]
        # Text that is broken is no text to anybody.
        with suppress(zlib.error, ValueError):
            if packed:
                text = zlib.decompressobj().decompress(text, left + 1)
                left -= len(text)
                if left < 0:
                    raise NotAnImage("The metadata has too much text.")
                yield text
            if name.lower().startswith(b"raw profile type "):
                yield unhexlify(b"".join(text.strip().split(b"\n", 2)[-1].split()))


# What to read behind the head: from where to where.


def _nothing(head: bytes, _size: int) -> tuple[int, int]:
    return len(head), len(head)


def _behind_png(head: bytes, size: int) -> tuple[int, int]:
    at, kind = 8, b""
    while at + 8 <= len(head):
        length, kind = struct.unpack_from(">I4s", head, at)
        at += length + 12
    # The last twelve bytes are the chunk that says so.
    return max(len(head), size - TAIL_BYTES, at if kind == b"IDAT" else 0), size - 12


def _behind_webp(head: bytes, size: int) -> tuple[int, int]:
    at, kind = 12, b""
    while at + 8 <= len(head):
        kind, length = struct.unpack_from("<4sI", head, at)
        at += 8 + length + length % 2
    return max(len(head), size - TAIL_BYTES, at if kind in (b"VP8 ", b"VP8L") else 0), size


def _behind_avif(head: bytes, size: int) -> tuple[int, int]:
    """Find the items that are metadata: ISO/IEC 14496-12, 8.11.3 and 8.11.6."""
    found = gather(Reader(head, size), needed_boxes(head))
    # A movie's own metadata lie in its box; and one may have no items, or no `meta`.
    movie = [(found[b"moov"].at, found[b"moov"].size)] if b"moov" in found else []
    items = _avif_items(found[b"meta"], head, size, required=not movie) if b"meta" in found else []
    behind = [place for place in chain(movie, items) if place[1] > len(head)]
    if not behind:
        return _nothing(head, size)
    start, end = max(len(head), min(behind)[0]), min(size, max(end for _, end in behind))
    if end - start > MAX_HEAD_BYTES:
        raise NotAnImage("The metadata is spread too far.")
    return start, end


def _avif_items(meta: Reader, head: bytes, size: int, *, required: bool) -> Iterator[tuple[int, int]]:
    """Yield where the metadata among the items lies; a movie need not have any items."""
    meta.skip(4)
    parts = first_of_each(meta)
    if not required and b"iinf" not in parts and b"iloc" not in parts:
        return
    if b"iinf" not in parts or b"iloc" not in parts:
        raise NotAnImage("The AVIF file does not list its items.")
    iinf, iloc = parts[b"iinf"], parts[b"iloc"]
    iinf.skip(4 if iinf.unsigned(4) >> 24 else 2)
    metadata = set()
    for _, infe in boxes(iinf):
        version = infe.unsigned(4) >> 24
        number = infe.unsigned(4 if version > 2 else 2)
        infe.skip(2)
        # Before there were types, an item was something with a MIME type.
        if version < 2 or infe.take(4) in (b"Exif", b"mime"):
            metadata.add(number)

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
            start = base + iloc.unsigned(offset_bytes)
            length = iloc.unsigned(length_bytes)
            if number not in metadata:
                continue
            # The first method counts within `meta`; others make an item of other items.
            if method > 1 or (method == 1 and meta.size > len(head)):
                raise NotAnImage("The metadata does not lie in one place.")
            if method == 0:
                yield start, start + length if length else size


_BEHIND: Final[dict[str, Callable[[bytes, int], tuple[int, int]]]] = {
    "image/jpeg": _nothing,
    "image/png": _behind_png,
    "image/gif": _nothing,
    "image/webp": _behind_webp,
    "image/avif": _behind_avif,
}
