"""PNG: W3C PNG, 3rd edition, 5.2, 11.2.1 and 11.3.3."""

import re
import struct
import zlib
from binascii import unhexlify
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from app.errors import NotAnImage
from app.pictures import exif
from app.pictures.reader import TAIL_BYTES, Reader, Unsearchable, find_matches, refuse_longer, take_step

#: Browsers show no PNG that is wider or higher (libpng's limit).
_MAX_SIDE: Final = 1_000_000
_BIT_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
#: The last chunk, IEND, in bytes.
_END_BYTES: Final = 12
#: How many bytes of text are unpacked and searched: packed and unpacked bytes are counted together.
MAX_TEXT: Final = 8 * 1024 * 1024
_TEXT: Final = re.compile(rb"(.{4})(tEXt|zTXt|iTXt)", re.DOTALL)
# Before eXIf existed, ImageMagick wrote "Raw profile type" texts: a line with the name of the profile, one with its
# length, and the profile in hexadecimal. Its readers stop at the first other character.
_RAW_PROFILE: Final = b"raw profile type "
_HEXADECIMAL: Final = re.compile(rb"[0-9A-Fa-f]*")
_SPACE: Final = b" \t\n\r\v\f"


def matches(head: bytes) -> bool:
    """Say whether a file that begins with `head` is a PNG."""
    return head.startswith(b"\x89PNG\r\n\x1a\n")


def measure(file: Reader) -> tuple[int, int]:
    """Return width and height as browsers show them, turned by the first sound eXIf chunk that says how."""
    file.skip(8)
    header = file.take(21)
    length, kind, width, height, depth, colour, compression, filtering, interlace = struct.unpack(">I4sIIBBBBB", header)
    if (length, kind) != (13, b"IHDR") or file.unsigned(4) != zlib.crc32(header[4:]):
        raise NotAnImage("The PNG file does not begin with a sound IHDR chunk.")
    if depth not in _BIT_DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise NotAnImage("The PNG file's IHDR chunk describes no picture.")
    refuse_longer(max(width, height), _MAX_SIDE)
    orientation = 0
    while True:
        length, kind = file.unsigned(4), file.take(4)
        # A decoder must know every chunk whose name begins with a capital, or it can't show the picture. A second IHDR
        # is refused because some decoders take its size.
        if not kind.isalpha() or (kind[:1].isupper() and kind not in (b"PLTE", b"IDAT")):
            raise NotAnImage("The PNG file holds no picture that browsers show.")
        if kind == b"eXIf" and not orientation:
            block = file.take(length)
            if file.unsigned(4) == zlib.crc32(block, zlib.crc32(kind)):
                orientation = exif.orientation(block)
        else:
            file.skip(length + 4)
        if kind == b"IDAT":
            return exif.turned((width, height), orientation)


def metadata_behind(head: bytes, size: int) -> tuple[int, int]:
    """Return where metadata may lie behind the head, from and to: what follows the picture, or the end of the file."""
    at, kind = 8, b""
    while at + 8 <= len(head):
        length, kind = struct.unpack_from(">I4s", head, at)
        at += length + 12
    return max(len(head), size - TAIL_BYTES, at if kind == b"IDAT" else 0), size - _END_BYTES


def unpack_texts(data: bytes, steps: Iterator[int]) -> Iterator[bytes]:
    """Yield the texts that are compressed or hexadecimal in the file, unpacked.

    Raises:
        Unsearchable: there are too many, or they are too long.
    """
    left = MAX_TEXT
    for header in find_matches(_TEXT, data, 8):
        start, end = header.end(), header.end() + int.from_bytes(header[1])
        if end > len(data):
            continue
        left -= end - start
        take_step(steps)
        if left < 0:
            raise Unsearchable
        name, _, text = data[start:end].partition(b"\0")
        packed = header[2] == b"zTXt"
        if packed:
            text = text[1:]
        elif header[2] == b"iTXt":
            packed = text[:1] == b"\1"
            text = text[2:].split(b"\0", 2)[-1]
        # No viewer reads a text that is broken.
        with suppress(zlib.error, ValueError):
            if packed:
                text = zlib.decompressobj().decompress(text, left + 1)
                left -= len(text)
                if left < 0:
                    raise Unsearchable
                yield text
            if name.lower().startswith(_RAW_PROFILE):
                digits = _HEXADECIMAL.match(text.strip().split(b"\n", 2)[-1].translate(None, _SPACE))
                yield unhexlify(digits[0][: len(digits[0]) // 2 * 2] if digits else b"")
