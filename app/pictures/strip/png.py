"""PNG: W3C PNG 3 (5, 11)."""

import zlib
from typing import Final

from .exif import orientation, orientation_only
from .file import BrokenPicture, File, NotShown, Part, number

#: What shows the picture, and what changes how it looks.
_SHOWN: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD hIST pHYs acTL fcTL fdAT".split()
)
_PIXELS: Final = frozenset({b"IDAT", b"fdAT"})
#: Pixels; browsers show no PNG that is wider or higher (libpng's limit).
_MAX_SIDE: Final = 1_000_000


def png(file: File) -> list[Part]:
    """Return the parts of a PNG that show it."""
    parts: list[Part] = [file.keep(0, 8)]
    turned: int | None = None
    pictured = False
    at = 8
    while at < file.length:
        file.limits.take()
        length, kind = (file.unsigned(at, 4), file.text(at + 4, 4)) if at + 8 <= file.length else (0, b"")
        end = at + 12 + length
        if end > file.length or not kind.isalpha() or (kind == b"IHDR" and pictured):
            # Browsers show truncated pixels as far as they go. Other bytes after the pixels are not part of it.
            if kind in _PIXELS:
                parts.append(file.keep(at))
            elif not pictured:
                raise BrokenPicture("no chunk")
            break
        if kind == b"IHDR":
            _refuse_not_shown(file.slice(at + 8, end - 4), second=len(parts) > 1)
        if kind == b"IEND":
            parts.append(file.keep(at, end) if length == 0 else _chunk(b"IEND"))
            break
        pictured = pictured or kind == b"IDAT"
        if kind in _SHOWN:
            parts.append(file.keep(at, end))
        elif kind[:1].isupper() and not pictured:
            # A capital letter marks a critical chunk: a decoder that does not know it can't show the picture.
            raise NotShown(kind)
        elif kind == b"eXIf" and turned is None and not pictured and _is_sound(file, at, end):
            # Browsers use the first valid EXIF chunk before the pixels.
            turned = orientation(file.slice(at + 8, end - 4))
        at = end
    if turned is not None and turned != 1:
        # Behind the signature and the header.
        parts.insert(2, _chunk(b"eXIf", orientation_only(turned)))
    return parts


def _refuse_not_shown(header: File, *, second: bool) -> None:
    """Refuse a header whose picture no browser shows: the API has the same rules."""
    sides = header.unsigned(0, 4), header.unsigned(4, 4)
    if second or not all(1 <= side <= _MAX_SIDE for side in sides):
        raise NotShown("header")


def _is_sound(file: File, at: int, end: int) -> bool:
    return file.unsigned(end - 4, 4) == zlib.crc32(file.view(at + 4, end - 4))


def _chunk(kind: bytes, body: bytes = b"") -> bytes:
    return number(len(body), 4) + kind + body + number(zlib.crc32(kind + body), 4)
