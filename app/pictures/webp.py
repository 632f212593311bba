"""WebP: RFC 9649, sections 2.3 to 2.7."""

import struct

from app.errors import NotAnImage
from app.pictures.reader import TAIL_BYTES, Reader


def matches(head: bytes) -> bool:
    """Say whether a file that begins with `head` is a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def measure(file: Reader) -> tuple[int, int]:
    """Return width and height; browsers leave a WebP's EXIF orientation alone."""
    file.skip(4)
    body = file.window(file.unsigned(4, "little"))
    body.skip(4)
    kind = body.take(4)
    chunk = body.window(body.unsigned(4, "little"))
    if kind == b"VP8X":
        chunk.skip(4)
        width = chunk.unsigned(3, "little") + 1
        height = chunk.unsigned(3, "little") + 1
        # Behind the canvas a picture or more metadata must follow.
        body.take(8)
    elif kind == b"VP8L":
        signature, bits = struct.unpack("<BI", chunk.take(5))
        if signature != 0x2F or bits >> 29:
            raise NotAnImage("The WebP file's lossless header is broken.")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        tag, start, width, height = struct.unpack("<B2x3sHH", chunk.take(10))
        if tag & 1 or start != b"\x9d\x01\x2a":
            raise NotAnImage("The WebP file does not begin with a key frame.")
        width, height = width & 0x3FFF, height & 0x3FFF
    else:
        raise NotAnImage("The WebP file holds no picture.")
    return width, height


def metadata_behind(head: bytes, size: int) -> tuple[int, int]:
    """Return where metadata may lie behind the head, from and to: what follows the picture, or the end of the file."""
    at, kind = 12, b""
    while at + 8 <= len(head):
        kind, length = struct.unpack_from("<4sI", head, at)
        at += 8 + length + length % 2
    return max(len(head), size - TAIL_BYTES, at if kind in (b"VP8 ", b"VP8L") else 0), size
