"""JPEG: ITU-T T.81, B.1.1 and B.2.2; where a file breaks these rules, what libjpeg does."""

import re
import struct
from collections.abc import Iterator
from typing import Final

from app.errors import NotAnImage
from app.pictures import exif
from app.pictures.reader import Reader, refuse_longer

#: Browsers show no JPEG that is wider or higher (libjpeg's JPEG_MAX_DIMENSION).
_MAX_SIDE: Final = 65_500
_APP1: Final = 0xE1
_SCAN: Final = 0xDA
#: Baseline, extended, progressive: what browsers show.
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
#: Frames, tables, scan, restart interval, what other kinds of decoder need, comment, application data.
_SEGMENTS: Final = _FRAMES | {0xC4, 0xCC, _SCAN, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)}
#: Markers without a segment, which decoders pass over: TEM, and the restarts of a scan.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
#: EXIF of more than 64 KiB takes several segments, of which only the first begins as a block does.
_CONTINUED_EXIF: Final = re.compile(rb"\xff\xe1..Exif\0\0(?!II|MM)", re.DOTALL)


def matches(head: bytes) -> bool:
    """Say whether a file that begins with `head` is a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def measure(file: Reader) -> tuple[int, int]:
    """Return width and height as browsers show them, turned by the first EXIF block that says how."""
    file.skip(2)
    size: tuple[int, int] | None = None
    orientation = 0
    while True:
        marker = _next_marker(file)
        # There must be one frame, in front of the scan.
        if marker not in _SEGMENTS or (marker in _FRAMES and size) or (marker == _SCAN and not size):
            raise NotAnImage("The JPEG file holds no picture that browsers show.")
        length = file.unsigned(2)
        if length < 2:
            raise NotAnImage("The JPEG file has a segment of impossible length.")
        segment = file.window(length - 2)
        if marker in _FRAMES:
            size = _measure_frame(segment.take(length - 2))
        # Browsers compare five bytes, skip the sixth, and want one more.
        elif marker == _APP1 and not orientation and length > 8:
            if segment.take(6).startswith(b"Exif\0"):
                orientation = exif.orientation(segment.take(length - 8))
        elif marker == _SCAN and size:
            return exif.turned(size, orientation)


def join_exif(data: bytes, _steps: Iterator[int]) -> Iterator[bytes]:
    """Yield `data` with its EXIF in one piece, where it is divided among several segments."""
    if _CONTINUED_EXIF.search(data):
        yield _CONTINUED_EXIF.sub(b"", data)


def _next_marker(file: Reader) -> int:
    """Return the next marker; bytes between two segments, and 0xFF 0x00, are no part of the picture."""
    marker = 0
    while not marker or marker in _BARE:
        file.find(b"\xff")
        while (marker := file.unsigned(1)) == 0xFF:
            pass
    return marker


def _measure_frame(frame: bytes) -> tuple[int, int]:
    """Return the width and height of a frame; refuse one that browsers don't show."""
    if len(frame) < 6:
        raise NotAnImage("The JPEG file's frame is cut off.")
    precision, height, width, components = struct.unpack_from(">BHHB", frame)
    if precision != 8:
        raise NotAnImage(f"The JPEG file has {precision} bits a sample; browsers show only those that have 8.")
    refuse_longer(max(width, height), _MAX_SIDE)
    sampling = frame[7::3]
    if components not in (1, 3, 4) or len(frame) != 6 + 3 * components:
        raise NotAnImage("The JPEG file's colours are none that browsers show.")
    if not all(1 <= factor <= 4 for both in sampling for factor in (both >> 4, both & 15)):
        raise NotAnImage("The JPEG file's sampling is none that browsers show.")
    return width, height
