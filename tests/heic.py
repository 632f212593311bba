"""HEIC files for tests, and what is in them, by Pillow's plug-in for libheif."""

import io
import math
import struct
from typing import Any

import pillow_heif
from PIL import Image, ImageChops, ImageStat

from tests.conftest import PHOTOGRAPHS

#: As an iPhone writes them: tiles, Display P3, turned by `irot` with the same turn in EXIF, a position, a preview.
PHOTO = PHOTOGRAPHS / "turned-display-p3.heic"


def display_p3() -> bytes:
    """Return an ICC profile of Display P3 (ICC.1:2022), made here, so that nobody else has rights in it."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def text(words: str) -> bytes:
        encoded = words.encode("utf-16-be")
        return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded

    def xyz(*values: float) -> bytes:
        return b"XYZ " + bytes(4) + fixed(*values)

    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    tags = {
        b"desc": text("Display P3"),
        b"cprt": text("CC0"),
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.51512, 0.2412, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.1571, 0.06657, 0.78407),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, data, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += struct.pack(">4sII", name, at + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    size = at + len(data)
    head = struct.pack(">I4xI4s4s4s6H4s", size, 0x04400000, b"mntr", b"RGB ", b"XYZ ", 2026, 11, 27, 0, 0, 0, b"acsp")
    head = head.ljust(68, b"\0") + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def heic(image: Image.Image, **options: Any) -> bytes:
    target = io.BytesIO()
    pillow_heif.from_pillow(image).save(target, **options)
    return target.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Return a HEIC file's picture, upright, in its own colours."""
    return pillow_heif.open_heif(data).to_pillow().convert("RGB")


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Return how alike two pictures are, in decibels."""
    assert one.size == other.size
    squares = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).sum2
    mean = sum(squares) / (3 * one.width * one.height)
    return 10 * math.log10(255**2 / mean) if mean else math.inf
