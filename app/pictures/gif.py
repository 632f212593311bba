"""GIF: GIF89a specification, sections 17 to 26."""

import struct

from app.errors import NotAnImage
from app.pictures.reader import Reader


def matches(head: bytes) -> bool:
    """Say whether a file that begins with `head` is a GIF."""
    return head.startswith((b"GIF87a", b"GIF89a"))


def measure(file: Reader) -> tuple[int, int]:
    """Return width and height: browsers stretch the screen to a first frame that is larger."""
    file.skip(6)
    width, height, flags = struct.unpack("<HHB2x", file.take(7))
    if flags & 0x80:
        file.skip(3 << (flags & 7) + 1)
    while (block := file.take(1)) == b"\x21":
        file.skip(1)
        while length := file.unsigned(1):
            file.skip(length)
    if block != b"\x2c":
        raise NotAnImage("The GIF file holds no picture.")
    left, top, frame_width, frame_height = struct.unpack("<4Hx", file.take(9))
    return max(width, left + frame_width), max(height, top + frame_height)
