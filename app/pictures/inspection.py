"""What the head of a file says it is: type, width and height, without decoding a pixel.

Only the structure in front of the first picture's data is read, in plain Python, and every declared length is compared
with what is there. So no input can make it run long, allocate much, or reach a native decoder
(docs/adr/0003-own-head-parser.md). Width and height are as a browser shows them: orientation is applied, from EXIF
(JPEG, PNG) or `irot` (AVIF). Where a file says something twice, the first counts.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from app.errors import NotAnImage
from app.pictures import avif, gif, jpeg, png, webp
from app.pictures.reader import Reader

#: Accepted types with their file extensions; the first one is used in keys.
EXTENSIONS: Final = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png", "apng"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/avif": ("avif",),
}


@dataclass(frozen=True, slots=True)
class Image:
    """What a file is: `width` and `height` in pixels, as shown."""

    content_type: str
    width: int
    height: int


class Format(Protocol):
    """What the module of each format has."""

    def matches(self, head: bytes, /) -> bool:
        """Say whether a file that begins with `head` is of this format."""

    def measure(self, file: Reader, /) -> tuple[int, int]:
        """Return width and height as browsers show them.

        Raises:
            NotAnImage: the file is broken, or browsers don't show it.
            MoreBytesNeeded: the head ends before the dimensions.
        """


_FORMATS: Final[dict[str, Format]] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/gif": gif,
    "image/webp": webp,
    "image/avif": avif,
}


def recognise(head: bytes) -> str:
    """Say of which accepted type a file is that begins so; it may be broken.

    Raises:
        NotAnImage: of none.
    """
    for content_type, form in _FORMATS.items():
        if form.matches(head):
            return content_type
    raise NotAnImage(_advice(head))


def inspect(head: bytes, size: int) -> Image:
    """Say what a file of `size` bytes is from its first bytes.

    Raises:
        NotAnImage: the bytes are none of the accepted types, or broken.
        MoreBytesNeeded: `head` ends before the dimensions; call again with a longer one.
    """
    content_type = recognise(head)
    width, height = _FORMATS[content_type].measure(Reader(head, size))
    if not (width and height):
        name = content_type.removeprefix("image/").upper()
        raise NotAnImage(f"The {name} file has no width or no height.")
    return Image(content_type, width, height)


def _advice(head: bytes) -> str:
    """Say what a refused file seems to be, and what to do about it."""
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if avif.is_heic(head):
        return "The file is HEIC, which most browsers can't show. Save it as JPEG and try again."
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "The file is SVG, which can carry scripts. Save it as PNG and try again."
    if text.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "The file is a web page, not a picture."
    return "The file is none of JPEG, PNG, GIF, WebP and AVIF."
