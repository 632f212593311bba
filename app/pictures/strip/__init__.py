"""A picture without its metadata: EXIF, GPS, XMP, IPTC, comments, previews, and any data after its end.

The pixels stay the same, byte for byte; so do the colour profile and the orientation. Only what is known to be needed
to show the picture is kept, because anything else may be personal. Page and server make the same bytes of a file:
frontend/src/pictures/strip/ has a module for each of these, and tests/tables/strip.json holds both to it.

The command-line client ships this package alone, so it imports the standard library and itself only.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from mmap import mmap
from typing import Final

from .avif import avif
from .file import BrokenPicture, File, NotShown, Part, TooLong
from .gainmap import with_gain_map
from .gif import gif
from .png import png
from .webp import webp

__all__ = ["STEPS", "BrokenPicture", "NotShown", "TooLong", "strip"]

#: Steps of work, about 0.3 s of a processor together: what a server may spend while nobody else is served.
STEPS: Final = 2_000_000

#: How a file of each type begins, and what strips it.
_STRIPPERS: Final[dict[str, tuple[re.Pattern[bytes], Callable[[File], list[Part]]]]] = {
    "image/jpeg": (re.compile(rb"\xff\xd8\xff"), with_gain_map),
    "image/png": (re.compile(rb"\x89PNG\r\n\x1a\n"), png),
    "image/gif": (re.compile(rb"GIF8[79]a"), gif),
    "image/webp": (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), webp),
    "image/avif": (re.compile(rb".{4}ftyp", re.DOTALL), avif),
}


def strip(
    data: bytes | bytearray | memoryview | mmap, content_type: str, *, steps: int = STEPS
) -> list[bytes | memoryview]:
    """Remove the metadata of a picture, and return it as consecutive parts.

    Most parts are views of `data`, so nothing large is copied. A `mmap` can be closed once they are gone.

    Raises:
        BrokenPicture: the file is of another type, or its structure can't be read, so that its metadata can't be found.
        TooLong: a BrokenPicture that takes more than `steps` of work. A part of a file (a chunk, a box, a segment)
            takes 16. In a JPEG whose end is missing a code takes one, a block six. The bytes between don't count.
        NotShown: no browser shows such a picture.
    """
    if content_type not in _STRIPPERS:
        raise BrokenPicture(content_type)
    start, stripper = _STRIPPERS[content_type]
    with memoryview(data) as whole, whole.cast("B") as view:
        if not start.match(view):
            raise BrokenPicture(content_type)
        return list(_join(view, stripper(File(view, steps))))


def _join(view: memoryview, parts: list[Part]) -> Iterator[bytes | memoryview]:
    """Yield what neighbours make together."""
    for kept, group in groupby(parts, lambda part: isinstance(part, range)):
        if not kept:
            if joined := b"".join(part for part in group if isinstance(part, bytes)):
                yield joined
            continue
        start = end = 0
        for part in group:
            if isinstance(part, range) and part:
                if part.start != end and end > start:
                    yield view[start:end]
                if part.start != end:
                    start = part.start
                end = part.stop
        if end > start:
            yield view[start:end]
