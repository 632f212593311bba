"""Whether a picture's metadata says where it was taken: a latitude or a longitude, in EXIF or XMP.

Both are known by how they begin, wherever they lie. So bytes are searched, and a container's structure is followed only
to find metadata that the head does not hold, and to unpack a PNG's text. What was searched passes if it holds no
position, however broken it is: viewers find none in it either. Metadata that is there and can't be searched within our
bounds is refused. docs/security.md says where nobody looks.
"""

import re
import struct
import time
import zlib
from binascii import unhexlify
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Final, Literal

from app.errors import LocationFound, NotAnImage
from app.pictures.inspection import (
    HEAD_BYTES,
    MAX_HEAD_BYTES,
    Image,
    MoreBytesNeeded,
    Reader,
    boxes,
    count_steps,
    first_of_each,
    gather,
    needed_boxes,
)

#: How much of the end of a PNG or WebP is searched.
TAIL_BYTES: Final = 4 * HEAD_BYTES
#: How many bytes of a PNG's text are looked at, packed and unpacked counted together.
MAX_TEXT: Final = 8 * 1024 * 1024
#: Others get a turn after so many bytes.
PAUSE_BYTES: Final = 256 * 1024

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
        if image.content_type == "image/jpeg" and _CONTINUED.search(head):
            pieces.append(_CONTINUED.sub(b"", head))
        steps = count_steps()
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
    if any(_matches(_XMP, data.translate(None, b"\0"), 18)):
        return True
    return any(_has_gps(data, block.start(), steps) for block in _matches(_TIFF, data, 4))


def _matches(pattern: re.Pattern[bytes], data: bytes, longest: int) -> Iterator[re.Match[bytes]]:
    """Find as `finditer` does, with pauses; no match may be longer than `longest` bytes."""
    for start in range(0, len(data), PAUSE_BYTES):
        time.sleep(0)
        yield from pattern.finditer(data, start, start + PAUSE_BYTES + longest - 1)


# EXIF 2.32, 4.5 and 4.6; TIFF 6.0, 2. Where a file breaks their rules: what exiftool finds all the same.

#: Where a block begins. Where metadata is known to stand, its two letters do.
_TIFF: Final = re.compile(rb"II\*\0|MM\0\*|(?:(?<=Exif\0.)|(?<=eXIf)|(?<=EXIF.{4}))(?:II|MM)", re.DOTALL)
_GPS: Final = 0x8825
#: Directories that an EXIF block has beside the first, and those below.
_DIRECTORIES: Final = frozenset({0x8769, 0x014A})
# Latitude and longitude, of the camera and of what it was pointed at. Many cameras write the version alone.
_PLACES: Final = frozenset({2, 4, 20, 22})
#: Bytes to a value of each type.
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TEXTS: Final = frozenset({2, 7})
_RATIONALS: Final = frozenset({5, 10})
#: How many directories one field may name.
_MAX_POINTERS: Final = 4


def _has_gps(data: bytes, start: int, steps: Iterator[int]) -> bool:
    """Say whether the EXIF block that begins at `start` has a GPS directory with a place in it."""
    block = memoryview(data)[start:]
    if len(block) < 8:
        return False
    order: Literal["little", "big"] = "little" if block[0] == ord("I") else "big"
    layout = struct.Struct("<HHII" if order == "little" else ">HHII")

    def number(at: int, width: int) -> int:
        return int.from_bytes(block[at : at + width], order)

    def fields(at: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield tag, type and number of values of each field that is there, and where its values stand."""
        _step(steps)
        for field in range(at + 2, min(at + 2 + 12 * number(at, 2), len(block) - 11), 12):
            _step(steps)
            tag, kind, count, value = layout.unpack_from(block, field)
            yield tag, kind, count, field + 8 if _WIDTHS.get(kind, 0) * count <= 4 else value

    # At 0 there is the header; so a directory that names no next one names 0.
    waiting, seen = [number(4, 4)], {0}
    while waiting:
        at = waiting.pop()
        _step(steps)
        if at in seen:
            continue
        seen.add(at)
        for tag, kind, count, values in fields(at):
            if tag != _GPS and tag not in _DIRECTORIES:
                continue
            width = _WIDTHS.get(kind, 0)
            pointers = [number(values + width * index, width) for index in range(min(count, _MAX_POINTERS))]
            if tag in _DIRECTORIES:
                waiting += pointers
            elif any(_is_place(block, *field) for pointer in pointers for field in fields(pointer)):
                return True
        waiting.append(number(at + 2 + 12 * number(at, 2), 4))
    return False


def _step(steps: Iterator[int]) -> None:
    if next(steps, None) is None:
        raise NotAnImage("The metadata has too many parts.")


def _is_place(block: memoryview, tag: int, kind: int, count: int, at: int) -> bool:
    """Say whether a field of a GPS directory has a latitude or a longitude; 0/0 is none, and 0/1 is the equator."""
    if tag not in _PLACES or kind not in _WIDTHS or not count:
        return False
    length = _WIDTHS[kind] * count
    values = bytes(block[at : at + min(length, 64)])
    if len(values) < min(length, 64):
        # Cut off: who knows.
        return True
    if kind in _TEXTS:
        return any(byte in b"0123456789" for byte in values)
    return kind not in _RATIONALS or any(any(values[start + 4 : start + 8]) for start in range(0, len(values), 8))


# More than 64 KiB of EXIF are divided among segments of a JPEG, of which only the first begins as EXIF does.

_CONTINUED: Final = re.compile(rb"\xff\xe1..Exif\0\0(?!II|MM)", re.DOTALL)


# PNG: W3C PNG, 3rd edition, 11.3.3. "Raw profile type" is ImageMagick's, from before there was eXIf: a line with the
# name of what it is, one with its length, and hexadecimal. Whatever follows that is left out, as by its readers.

_HEXADECIMAL: Final = re.compile(rb"[0-9A-Fa-f]*")
_SPACE: Final = b" \t\n\r\v\f"
_PNG_TEXT: Final = re.compile(rb"(.{4})(tEXt|zTXt|iTXt)", re.DOTALL)


def _png_texts(data: bytes, steps: Iterator[int]) -> Iterator[bytes]:
    """Yield the texts that can't be searched as they stand."""
    left = MAX_TEXT
    for header in _matches(_PNG_TEXT, data, 8):
        start, end = header.end(), header.end() + int.from_bytes(header[1])
        if end > len(data):
            continue
        left -= end - start
        _step(steps)
        if left < 0:
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
                digits = _HEXADECIMAL.match(text.strip().split(b"\n", 2)[-1].translate(None, _SPACE))
                yield unhexlify(digits[0][: len(digits[0]) // 2 * 2] if digits else b"")


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
