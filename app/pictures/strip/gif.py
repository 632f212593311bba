"""GIF89a (15, 18 to 27)."""

import re
from collections.abc import Callable
from typing import Final

from .file import BrokenPicture, File, Part

_TRAILER: Final = 0x3B
_IMAGE: Final = 0x2C
_EXTENSION: Final = 0x21
_GRAPHIC_CONTROL: Final = 0xF9
_APPLICATION: Final = 0xFF
_ZEROS: Final = re.compile(rb"\0+")
#: Whole blocks of data: a length, and so many bytes. An expression passes over many of them at once.
_BLOCKS: Final = re.compile(
    b"(?:%s)*+" % b"|".join(re.escape(bytes([length])) + b".{%d}" % length for length in (255, *range(1, 255))),
    re.DOTALL,
)


def gif(file: File) -> list[Part]:
    """Return the parts of a GIF that show it."""
    at = 13 + _colours(file.unsigned(10, 1))
    parts: list[Part] = [file.keep(0, at)]
    while at < file.length:
        file.limits.take()
        start = at
        kind = file.unsigned(at, 1)
        if kind == _TRAILER:
            parts.append(file.keep(at, at + 1))
            break
        if kind == _IMAGE:
            at = _end_of_blocks(file, at + 10 + _colours(file.unsigned(at + 9, 1)) + 1)
            parts.append(file.keep(start, at))
        elif kind == _EXTENSION:
            at = _end_of_blocks(file, at + 2)
            parts += _extension(file.slice(start, at))
        elif kind == 0:
            # Some encoders end a block twice. Browsers differ in what they do with that, so it stays.
            at = file.run(_ZEROS, at)
            parts.append(file.keep(start, at))
        else:
            raise BrokenPicture("unknown block")
    return parts


def _colours(flags: int) -> int:
    """Return the length of a table of colours."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _extension(whole: File) -> list[Part]:
    """Return the parts of an extension that change how the pictures are shown: times, loops and colours."""
    label = whole.unsigned(1, 1)
    if label == _GRAPHIC_CONTROL:
        return _kept(whole, 2, lambda block: len(block) == 4, 1)
    if label == _APPLICATION and whole.starts_with(b"\x0b", 2):
        name = whole.text(3, min(11, whole.length - 3))
        # A colour profile has any number of blocks.
        if name == b"ICCRGBG1012":
            return [whole.keep()]
        if name in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
            return _kept(whole, 14, _is_loop, 2)
    return []


def _is_loop(block: bytes) -> bool:
    """Say whether a block is a number of loops or a size to buffer."""
    return (len(block), block[:1]) in ((3, b"\1"), (5, b"\2"))


def _kept(whole: File, start: int, is_expected: Callable[[bytes], bool], most: int) -> list[Part]:
    """Return an extension with at most `most` of its first blocks, up to the first that is not as expected."""
    whole.limits.take()
    at = start
    for _ in range(most):
        end = at + 1 + whole.unsigned(at, 1) if at < whole.length else at
        if not at < end <= whole.length or not is_expected(whole.text(at + 1, end - at - 1)):
            break
        at = end
    if at + 1 == whole.length and whole.starts_with(b"\0", at):
        return [whole.keep()]
    return [whole.keep(0, at), b"\0"] if at > start else []


def _end_of_blocks(file: File, start: int) -> int:
    """Return where blocks of data end. Browsers show as much of a cut-off animation as there is."""
    if start >= file.length:
        return file.length
    at = file.run(_BLOCKS, start)
    # What stops is the block of no length, or one that is cut off.
    return at + 1 if file.starts_with(b"\0", at) else file.length
