"""JPEGs and PNGs that say one thing twice, oddly or wrongly, and what Chromium shows of each.

`python -m tests.raster` writes them to tests/tables/raster.json. The tests of both parsers read that table, and
tests/e2e/test_raster.py asks Chromium whether it is true. Everything that must go with the metadata has the word
"secret" in it.
"""

import base64
import io
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

TABLE = Path(__file__).parent / "tables" / "raster.json"

#: Width and height of the picture before it is turned.
SIZE = (16, 24)
#: The brightness of each block of eight by eight, row by row. All differ, so that each orientation looks different.
BLOCKS = (0, 80, 120, 160, 200, 255)


@dataclass(frozen=True)
class Case:
    """A file; `orientation` is how Chromium turns it, None where Chromium shows nothing."""

    name: str
    content_type: str
    data: bytes
    orientation: int | None = 1

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height as shown."""
        if self.orientation is None:
            return None
        return SIZE if self.orientation < 5 else SIZE[::-1]

    def row(self) -> dict[str, Any]:
        """Return the table's row."""
        packed = base64.b64encode(zlib.compress(self.data, 9)).decode()
        return {
            "name": self.name,
            "type": self.content_type,
            "orientation": self.orientation,
            "size": self.size,
            "data": packed,
        }


def picture() -> Image.Image:
    """Draw the picture that every case holds."""
    small = Image.new("L", (2, 3))
    small.putdata(BLOCKS)
    return small.resize(SIZE, Image.Resampling.NEAREST)


# EXIF

SHORT, LONG = 3, 4


def field(
    value: int = 6, tag: int = 0x0112, kind: int = SHORT, count: int = 1, order: str = ">", rest: int = 0
) -> bytes:
    """Make a field of a directory. A SHORT fills two of the four bytes for a value, and `rest` the other two."""
    start = struct.pack(order + "HHI", tag, kind, count)
    return start + (struct.pack(order + "HH", value, rest) if kind == SHORT else struct.pack(order + "I", value))


def directory(*fields: bytes, order: str = ">", count: int | None = None) -> bytes:
    return struct.pack(order + "H", len(fields) if count is None else count) + b"".join(fields) + bytes(4)


def tiff(
    *fields: bytes, order: str = ">", header: bytes = b"", start: int = 8, behind: bytes = b"", **options: Any
) -> bytes:
    """Make a block of one directory, with `behind` following it."""
    header = header or {"<": b"II*\0", ">": b"MM\0*"}[order]
    offset = struct.pack(order + "I", start)
    return header + offset + bytes(max(0, start - 8)) + directory(*fields, order=order, **options) + behind


def exif_pointer(to: int, count: int = 1, kind: int = LONG) -> bytes:
    return field(to, tag=0x8769, kind=kind, count=count)


SIX, ONE, EIGHT = (tiff(field(value)) for value in (6, 1, 8))
CAMERA = field(0x43616D00, tag=0x010F, kind=2, count=4)

#: Where a directory begins behind a first one of so many fields.
BEHIND = {fields: 8 + 2 + 12 * fields + 4 for fields in (1, 2, 3)}


def blocks() -> Iterator[tuple[str, bytes, int]]:
    """Yield EXIF blocks, and how each turns a picture."""
    for order, name in (("<", "ii"), (">", "mm")):
        for value in range(10):
            yield f"{name}-{value}", tiff(field(value, order=order), order=order), value if 1 <= value <= 8 else 1
        for kind in (0, 1, 2, LONG, 5, 6, 7, 8, 9, 11, 12, 13):
            yield f"{name}-type-{kind}", tiff(field(kind=kind, order=order), order=order), 1
        for count in (0, 2, 65_536):
            yield f"{name}-count-{count}", tiff(field(count=count, order=order), order=order), 1
        yield f"{name}-noise-beside-the-value", tiff(field(order=order, rest=0xFFFF), order=order), 6
    yield "tag-twice-6-1", tiff(field(6), field(1)), 6
    yield "tag-twice-1-6", tiff(field(1), field(6)), 1
    yield "tag-twice-9-6", tiff(field(9), field(6)), 6
    yield "tag-twice-long-8", tiff(field(6, kind=LONG), field(8)), 8
    yield "tag-twice-two-values-8", tiff(field(6, count=2), field(8)), 8
    yield "no-42-mm", tiff(field(), header=b"MM\0+"), 1
    yield "no-42-ii", tiff(field(order="<"), order="<", header=b"II+\0"), 1
    yield "mixed-header", tiff(field(), header=b"MM*\0"), 1
    yield "no-order", tiff(field(), header=b"IM\0*"), 1
    yield "directory-at-9", tiff(field(), start=9), 6
    yield "directory-at-0", b"MM\0*" + bytes(4) + directory(field()), 1
    yield "directory-outside", b"MM\0*" + b"\xff" * 4 + directory(field()), 1
    yield "fewer-fields-than-said", tiff(field(), count=65_535), 6
    yield "no-fields-said", tiff(field(), count=0), 1
    yield "no-next-directory", SIX[:-4], 6
    yield "field-cut-off", SIX[:-5], 1
    yield "behind-a-broken-field", tiff(field(2**32 - 1, tag=0x010E, kind=2, count=2**31), field()), 6
    yield "in-the-next-directory", tiff(CAMERA)[:-4] + struct.pack(">I", BEHIND[1]) + directory(field()), 1
    yield "in-the-gps-directory", tiff(field(BEHIND[1], tag=0x8825, kind=LONG), behind=directory(field())), 1
    inner = directory(field(8))
    yield "in-the-exif-directory", tiff(exif_pointer(BEHIND[1]), behind=inner), 8
    yield "exif-directory-first", tiff(exif_pointer(BEHIND[2]), field(6), behind=inner), 8
    yield "exif-directory-last", tiff(field(6), exif_pointer(BEHIND[2]), behind=inner), 6
    yield "exif-directory-says-9", tiff(exif_pointer(BEHIND[2]), field(6), behind=directory(field(9))), 6
    yield "exif-directory-by-short", tiff(exif_pointer(BEHIND[1], kind=SHORT), behind=inner), 1
    yield "exif-directory-by-two", tiff(exif_pointer(BEHIND[1], count=2), behind=inner), 1
    yield "second-exif-directory", tiff(exif_pointer(2**32 - 1), exif_pointer(BEHIND[2]), behind=inner), 1
    yield "sound-exif-directory-second", tiff(exif_pointer(0, count=2), exif_pointer(BEHIND[2]), behind=inner), 8
    deeper = directory(exif_pointer(BEHIND[1] + 18)) + inner
    yield "exif-directory-in-another", tiff(exif_pointer(BEHIND[1]), behind=deeper), 1
    for name, block in {"four-bytes": b"MM\0*", "header-only": b"MM\0*\0\0\0\x08", "zeros": bytes(300)}.items():
        yield name, block, 1


# JPEG


def jpeg(mode: str = "L", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture().convert(mode).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


BASE = jpeg()
START, END = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def app1(block: bytes, name: bytes = b"Exif\0\0") -> bytes:
    return segment(0xE1, name + block)


def inserted(*parts: bytes, before: int | None = None, data: bytes = BASE) -> bytes:
    """Insert parts in front of the first segment of a kind, or of all segments."""
    at = 2 if before is None else data.index(bytes([0xFF, before]))
    return data[:at] + b"".join(parts) + data[at:]


def framed(
    marker: int = 0xC0, precision: int = 8, size: tuple[int, int] = SIZE, components: bytes = b"\1\x11\0"
) -> bytes:
    """Give the picture another frame."""
    at, count = BASE.index(b"\xff\xc0"), len(components) // 3
    frame = struct.pack(">BHHB", precision, size[1], size[0], count) + components
    return BASE[:at] + segment(marker, frame) + BASE[at + 13 :]


def split(block: bytes) -> list[bytes]:
    """Divide a long block among several segments, as exiftool does."""
    return [app1(block[at : at + 65_527]) for at in range(0, len(block), 65_527)]


def turned_jpegs() -> Iterator[tuple[str, bytes, int | None]]:
    """Yield JPEGs that have their EXIF in different places."""
    yield "sixth-byte-1", inserted(app1(SIX, b"Exif\0\1")), 6
    yield "sixth-byte-ff-first", inserted(app1(EIGHT, b"Exif\0\xff"), app1(SIX)), 8
    yield "name-in-small-letters", inserted(app1(SIX, b"exif\0\0")), 1
    yield "no-zero-behind-the-name", inserted(app1(SIX, b"Exif\1\0")), 1
    yield "no-name", inserted(app1(SIX, b"")), 1
    yield "name-alone-first", inserted(app1(b""), app1(SIX)), 6
    yield "half-a-name-first", inserted(app1(b"", b"Exif\0"), app1(SIX)), 6
    yield "one-byte-first", inserted(app1(b"M"), app1(SIX)), 1
    yield "xmp-first", inserted(app1(b"<x/>", b"http://ns.adobe.com/xap/1.0/\0"), app1(SIX)), 6
    for name, first, second, orientation in (
        ("6-then-broken", SIX, bytes(300), 6),
        ("6-then-1", SIX, ONE, 6),
        ("1-then-6", ONE, SIX, 1),
        ("broken-then-6", bytes(300), SIX, 1),
        ("9-then-6", tiff(field(9)), SIX, 1),
        ("long-then-8", tiff(field(kind=LONG)), EIGHT, 1),
        ("no-42-then-6", tiff(field(), header=b"MM\0+"), SIX, 1),
        ("silent-then-6", tiff(CAMERA), SIX, 1),
    ):
        yield name, inserted(app1(first), app1(second)), orientation
    text = field(BEHIND[2], tag=0x010E, kind=2, count=70_000)
    yield "split-among-two-segments", inserted(*split(tiff(text, field(6), behind=b"secret ".ljust(70_000, b"A")))), 6
    yield "split-before-its-directory", inserted(*split(tiff(field(6), start=66_000))), 1
    for name, marker in (("tables", 0xDB), ("the-frame", 0xC0), ("the-codes", 0xC4), ("the-scan", 0xDA)):
        yield f"before-{name}", inserted(app1(SIX), before=marker), 6
    yield "behind-the-scan", BASE[:-2] + app1(SIX) + END, 1
    yield "behind-the-end", BASE + app1(SIX), 1
    for marker in (0xE0, 0xE2, 0xED, 0xFE):
        yield f"in-segment-{marker:x}", inserted(segment(marker, b"Exif\0\0" + SIX)), 1


def odd_jpegs() -> Iterator[tuple[str, bytes, int | None]]:
    """Yield JPEGs that break the rules of their format."""
    garbage = b"secret\xff\0secret"
    yield "garbage-behind-jfif", inserted(garbage, app1(SIX), before=0xDB), 6
    yield "garbage-before-the-frame", inserted(garbage, before=0xC0), 1
    yield "garbage-before-the-scan", inserted(garbage, b"\xff\xff\xff", before=0xDA), 1
    yield "zero-behind-the-start", inserted(b"\xff\0secret", app1(SIX)), 6
    yield "fill-bytes", inserted(b"\xff\xff\xff" + app1(SIX)), 6
    for marker in (0x01, 0xD0, 0xD7):
        yield f"bare-{marker:02x}", inserted(bytes([0xFF, marker]), app1(SIX)), 6
    for marker in (0xCC, 0xDC):
        yield f"segment-{marker:02x}", inserted(segment(marker, b"" if marker == 0xCC else b"secret"), app1(SIX)), 6
    for marker in (0x02, 0xBF, 0xC8, 0xD8, 0xD9, 0xDE, 0xDF, 0xF0, 0xFD):
        yield f"marker-{marker:02x}", inserted(segment(0xE0, b""), segment(marker, b"secret")), None
    without = BASE[:2] + BASE[20:]
    for length in (0, 2, 7, 12, 13):
        yield f"jfif-of-{length}", inserted(segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"[:length]), data=without), 1
    yield "adobe-long", inserted(segment(0xEE, b"Adobe\0d\0\0\0\0\0secret")), 1
    yield "adobe-short", inserted(segment(0xEE, b"Adobe\0d")), 1
    for kind in ("L", "RGB", "CMYK"):
        for name, options in {"": {}, "-progressive": {"progressive": True}}.items():
            yield f"no-end-{kind.lower()}{name}", jpeg(kind, **options)[:-2] + b"secret " * 9, 1
    yield "no-end-restarts", jpeg("RGB", restart_marker_blocks=1)[:-2] + b"secret " * 9, 1
    yield "no-end-subsampled", jpeg("RGB", subsampling="4:2:0")[:-2] + b"secret\xff\xfesecret", 1
    yield "no-end-another-picture", BASE[:-2] + inserted(segment(0xFE, b"secret")), 1
    yield "text-behind-the-end", BASE + b"secret", 1


def refused_jpegs() -> Iterator[tuple[str, bytes, int | None]]:
    """Yield JPEGs that no browser shows."""
    for marker in (0xC0, 0xC1, 0xC2):
        for precision in (0, 7, 9, 12, 16):
            yield f"frame-{marker:x}-of-{precision}-bits", framed(marker, precision), None
    for size in ((65_501, 1), (1, 65_501), (65_535, 65_535), (0, 1), (1, 0)):
        yield f"size-{size[0]}x{size[1]}", framed(size=size), None
    for count in (0, 2, 5):
        components = b"".join(bytes([number, 0x11, 0]) for number in range(1, count + 1))
        yield f"components-{count}", framed(components=components), None
    for sampling in (0x00, 0x01, 0x10, 0x15, 0x51, 0xFF):
        yield f"sampling-{sampling:02x}", framed(components=bytes([1, sampling, 0])), None
    at = BASE.index(b"\xff\xc0")
    yield "frame-too-long", BASE[: at + 3] + b"\x0c" + BASE[at + 4 : at + 13] + b"x" + BASE[at + 13 :], None
    yield "two-frames", inserted(BASE[at : at + 13], before=0xC0), None
    yield "no-frame", BASE[:at] + BASE[at + 13 :], None


# PNG

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(size: tuple[int, int] = SIZE) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))


# Uncompressed, so that every zlib makes the same bytes.
PIXELS = zlib.compress(b"".join(b"\0" + picture().tobytes()[row * 16 :][:16] for row in range(24)), 0)


def png(*before: bytes, after: bytes = b"", end: bytes = chunk(b"IEND"), start: bytes = header()) -> bytes:
    return SIGNATURE + start + b"".join(before) + chunk(b"IDAT", PIXELS) + after + end


def turned_pngs() -> Iterator[tuple[str, bytes, int | None]]:
    """Yield PNGs that have their EXIF in different places."""
    six, one = chunk(b"eXIf", SIX), chunk(b"eXIf", ONE)
    unsound = chunk(b"eXIf", EIGHT)[:-1] + b"?"
    yield "behind-the-picture", png(after=six), 1
    yield "before-6-and-1-behind", png(six, after=one), 6
    yield "before-1-and-6-behind", png(one, after=six), 1
    yield "bad-checksum", png(unsound), 1
    yield "bad-checksum-then-6", png(unsound, six), 6
    for name, first, second, orientation in (
        ("6-then-1", SIX, ONE, 6),
        ("1-then-6", ONE, SIX, 1),
        ("broken-then-6", bytes(30), SIX, 1),
        ("long-then-6", tiff(field(kind=LONG)), SIX, 1),
        ("silent-then-6", tiff(CAMERA), SIX, 1),
        ("empty-then-6", b"", SIX, 1),
    ):
        yield name, png(chunk(b"eXIf", first), chunk(b"eXIf", second)), orientation
    yield "as-in-a-jpeg", png(chunk(b"eXIf", b"Exif\0\0" + SIX)), 1
    yield "behind-text", png(chunk(b"tEXt", b"Comment\0secret"), six), 6
    profile = b"Raw profile type exif\0\nexif\n%8d\n" % len(SIX) + SIX.hex().encode()
    yield "raw-profile", png(chunk(b"tEXt", profile)), 1
    yield "long", png(chunk(b"eXIf", SIX + b"secret".ljust(70_000, b"A"))), 6


def odd_pngs() -> Iterator[tuple[str, bytes, int | None]]:
    """Yield PNGs with more in them than a picture, and PNGs that no browser shows."""
    palette = b"secret name\0\x08" + bytes(6)
    yield "palette-with-a-name", png(chunk(b"sPLT", palette)), 1
    yield "must-be-known", png(chunk(b"SECR", b"secret")), None
    yield "must-be-known-behind", png(after=chunk(b"SECR", b"secret")), 1
    yield "second-header", png(header()), None
    yield "text-in-the-end", png(end=chunk(b"IEND", b"secret")), 1
    yield "text-behind-the-end", png() + b"secret", 1
    yield "no-end", png(end=b""), 1
    yield "no-end-text", png(end=b"secret text of some length"), 1
    for size in ((1_000_001, 1), (1, 1_000_001), (2**31 - 1, 1), (0, 1), (1, 0)):
        yield f"size-{size[0]}x{size[1]}", png(start=header(size)), None


def cases() -> list[Case]:
    """Make all cases."""
    found = []
    for name, block, orientation in blocks():
        found.append(Case(f"jpeg-{name}", "image/jpeg", inserted(app1(block)), orientation))
        found.append(Case(f"png-{name}", "image/png", png(chunk(b"eXIf", block)), orientation))
    for makers, kind in (((turned_jpegs, odd_jpegs, refused_jpegs), "jpeg"), ((turned_pngs, odd_pngs), "png")):
        for make in makers:
            found += [Case(f"{kind}-{name}", f"image/{kind}", data, turned) for name, data, turned in make()]
    return found


def read() -> list[dict[str, Any]]:
    """Return the table's rows."""
    rows: list[dict[str, Any]] = json.loads(TABLE.read_text())
    return rows


if __name__ == "__main__":
    TABLE.write_text("[\n" + ",\n".join(json.dumps(case.row()) for case in cases()) + "\n]\n")
