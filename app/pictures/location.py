"""Whether a picture's metadata says where it was taken: a latitude or a longitude, in EXIF or XMP.

EXIF and XMP are known by how they begin, wherever they lie. So the bytes are searched, and a file's structure is
followed only to find metadata that the head does not hold, or that is packed. What was searched passes if no position
is in it, however broken it is: viewers find none in it either. Metadata that can't be searched within our limits is
refused. docs/security.md says where nobody looks.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from app.errors import LocationFound, NotAnImage
from app.pictures import avif, exif, jpeg, png, webp
from app.pictures.inspection import Image
from app.pictures.reader import MoreBytesNeeded, Unsearchable, count_steps, find_matches

# A file may give the names any prefix. One maker of drones writes "longtitude".
_XMP: Final = re.compile(rb"[:<]gps(dest)?(latitude|longt?itude)", re.IGNORECASE)
_XMP_LONGEST: Final = 18

#: Where metadata may lie behind the head. A JPEG or GIF has none there.
_BEHIND: Final[dict[str, Callable[[bytes, int], tuple[int, int]]]] = {
    "image/png": png.metadata_behind,
    "image/webp": webp.metadata_behind,
    "image/avif": avif.metadata_behind,
}
#: What yields the metadata that is divided or packed in the file, in a form that can be searched.
_UNPACK: Final[dict[str, Callable[[bytes, Iterator[int]], Iterator[bytes]]]] = {
    "image/jpeg": jpeg.join_exif,
    "image/png": png.unpack_texts,
}


def refuse_location(head: bytes, image: Image, size: int, read: Callable[[int, int], bytes]) -> None:
    """Search a file of `size` bytes, whose `head` was found to be `image`, for a position.

    `read(start, end)` returns the bytes from one place of the file up to another. It is called once at most, for 4 MiB
    at most, where metadata lies behind the head or may lie there: a PNG or WebP does not say in front what follows its
    picture, and some programs (exiftool, libwebp) write there. A JPEG or GIF never needs it, nor does a file that ends
    with its head or with the chunk of its picture.

    Raises:
        LocationFound: there is a position, or metadata that can't be searched.
    """
    behind, unpack = _BEHIND.get(image.content_type), _UNPACK.get(image.content_type)
    try:
        start, end = behind(head, size) if behind else (len(head), len(head))
        tail = read(start, end) if start < end else b""
        # One piece where the tail follows the head, so that nothing is missed where they meet.
        pieces = [head + tail] if start == len(head) else [head, tail]
        steps = count_steps()
        unpacked = chain.from_iterable(unpack(piece, steps) for piece in pieces) if unpack else ()
        found = any(_has_position(data, steps) for data in chain(pieces, unpacked))
    except (Unsearchable, NotAnImage, MoreBytesNeeded) as error:
        raise LocationFound(
            "The picture's metadata can't be searched, and may say where it was taken. Remove it and try again."
        ) from error
    if found:
        raise LocationFound("The picture says where it was taken. Remove its GPS position and try again.")


def _has_position(data: bytes, steps: Iterator[int]) -> bool:
    # Without its zeros, UTF-16 is ASCII. XMP that is divided needs no joining: a cut hits one of its two names at most.
    if any(find_matches(_XMP, data.translate(None, b"\0"), _XMP_LONGEST)):
        return True
    return any(exif.has_position(block, steps) for block in exif.find_blocks(data))
