"""The one field of EXIF that stays: which way up a picture is shown (TIFF 6.0, section 2; EXIF 2.32, 4.5 and 4.6)."""

from collections.abc import Iterator
from typing import Final, Literal

from .file import FIELD_STEPS, File

_ORIENTATION: Final = 0x0112
_EXIF_DIRECTORY: Final = 0x8769
_SHORT: Final = 3
_LONG: Final = 4


def orientation(tiff: File) -> int:
    """Return 1 to 8, by the rule of browsers and of the API: the first valid field counts."""
    little = tiff.starts_with(b"II*\0")
    if tiff.length < 8 or not (little or tiff.starts_with(b"MM\0*")):
        return 1
    order: Literal["little", "big"] = "little" if little else "big"
    return next(_orientations(tiff, order, tiff.unsigned(4, 4, order)), 1)


def _orientations(tiff: File, order: Literal["little", "big"], start: int, *, follow: bool = True) -> Iterator[int]:
    count = tiff.unsigned(start, 2, order) if start + 2 <= tiff.length else 0
    for at in range(start + 2, min(start + 2 + 12 * count, tiff.length - 11), 12):
        tiff.limits.take(FIELD_STEPS)
        field = (tiff.unsigned(at, 2, order), tiff.unsigned(at + 2, 2, order), tiff.unsigned(at + 4, 4, order))
        if field == (_ORIENTATION, _SHORT, 1):
            found = tiff.unsigned(at + 8, 2, order)
            if 1 <= found <= 8:
                yield found
        elif field == (_EXIF_DIRECTORY, _LONG, 1) and follow:
            # Browsers follow the first pointer to an EXIF directory, and none from there.
            follow = False
            yield from _orientations(tiff, order, tiff.unsigned(at + 8, 4, order), follow=False)


def orientation_only(turned: int) -> bytes:
    """Write the smallest TIFF block that states the orientation."""
    # MM, 42, directory at 8; one entry: ORIENTATION, SHORT, 1 value; no next directory.
    return bytes((*b"MM\0*", 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0, 0, 0, 0, 0))
