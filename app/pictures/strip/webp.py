"""WebP: RFC 9649 (2.7)."""

from collections.abc import Iterator
from typing import Final

from .exif import orientation, orientation_only
from .file import BrokenPicture, File, Part, length_of, number

_SHOWN: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
#: The chunks of an animation frame, after its position, size and time.
_FRAME_SHOWN: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_FRAME_HEADER: Final = 16
_HAS_EXIF: Final = 0x08
_HAS_XMP: Final = 0x04


def webp(file: File) -> list[Part]:
    """Return the parts of a WebP that show it, with the right flags."""
    parts: list[Part] = []
    extended: tuple[int, int, int] | None = None
    block: File | None = None
    for kind, at, end in _chunks(file, 12, min(8 + file.unsigned(4, 4, "little"), file.length)):
        if kind == b"VP8X":
            extended = (len(parts), at, end)
        if kind == b"ANMF":
            parts += _frame(file, at, end)
        elif kind in _SHOWN:
            parts.append(file.keep(at, end))
        elif kind == b"EXIF":
            block = file.slice(at + 8, min(at + 8 + file.unsigned(at + 4, 4, "little"), end))
    if extended:
        place, at, end = extended
        if end - at < 18:
            raise BrokenPicture("VP8X too short")
        flags = file.unsigned(at + 8, 1) & ~(_HAS_EXIF | _HAS_XMP)
        turned = 1 if block is None else _orientation(block)
        if turned != 1:
            flags |= _HAS_EXIF
            tiff = orientation_only(turned)
            parts.append(b"EXIF" + number(len(tiff), 4, "little") + tiff)
        parts[place : place + 1] = [file.keep(at, at + 8), bytes([flags]), file.keep(at + 9, end)]
    return [b"RIFF", number(length_of(parts) + 4, 4, "little"), b"WEBP", *parts]


def _orientation(block: File) -> int:
    return orientation(block.slice(6) if block.starts_with(b"Exif\0\0") else block)


def _chunks(file: File, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each chunk, where it begins, and where it ends with its padding to an even length."""
    at = start
    while at + 8 <= end:
        file.limits.take()
        length = file.unsigned(at + 4, 4, "little")
        following = min(at + 8 + length + length % 2, end)
        yield file.text(at, 4), at, following
        at = following


def _frame(file: File, at: int, end: int) -> list[Part]:
    """Return a frame with only the chunks that show it."""
    start = at + 8
    length = file.unsigned(at + 4, 4, "little")
    inner = list(_chunks(file, start + _FRAME_HEADER, min(start + length, end)))
    shown: list[Part] = [file.keep(at, end) for kind, at, end in inner if kind in _FRAME_SHOWN]
    if len(shown) == len(inner):
        return [file.keep(at, end)]
    size = number(length_of(shown) + _FRAME_HEADER, 4, "little")
    return [b"ANMF", size, file.keep(start, start + _FRAME_HEADER), *shown]
