"""Where a position is found, and where none is. tests/contract/test_location.py shows what then becomes of a file."""

import json
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from app.errors import LocationFound, NotAnImage
from app.pictures import HEAD_BYTES, MAX_HEAD_BYTES, Image, MoreBytesNeeded, inspect, refuse_location
from app.pictures.png import MAX_TEXT
from app.pictures.reader import TAIL_BYTES
from tests.conftest import FORMATS, PICTURES, picture
from tests.rigs.fuzz import mutate
from tests.unit.effort import calls, memory
from tests.unit.test_hostile_heads import vp8x
from tests.unit.test_inspection import BOUNDED, FTYP, IPMA, PITM, PNG_SIGNATURE, box, chunk, encode, ispe

Reads = list[tuple[int, int]]


def search(data: bytes) -> tuple[str | None, Reads]:
    """Return the words of a refusal, or None, and which bytes were read behind the head."""
    head, reads = data[:HEAD_BYTES], Reads()

    def read(start: int, end: int) -> bytes:
        assert len(head) <= start < end <= len(data)
        reads.append((start, end))
        return data[start:end]

    try:
        image = inspect(head, len(data))
    except MoreBytesNeeded:
        head = data[:MAX_HEAD_BYTES]
        image = inspect(head, len(data))
    try:
        refuse_location(head, image, len(data), read)
    except LocationFound as error:
        return error.detail, reads
    return None, reads


def is_found(data: bytes) -> bool:
    detail, _ = search(data)
    assert detail is None or "says where it was taken" in detail, detail
    return detail is not None


def is_refused_unsearched(data: bytes) -> bool:
    detail, _ = search(data)
    return detail is not None and "can't be searched" in detail


# Metadata made by hand: what Pillow does not write

#: How many bytes a value of each TIFF type has.
WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def directory(order: str, at: int, *fields: tuple[int, int, int, bytes]) -> bytes:
    """Make a TIFF directory of (tag, type, number of values, values) that begins at `at`."""
    rows, behind = b"", b""
    start = at + 2 + 12 * len(fields) + 4
    for tag, kind, count, value in fields:
        assert len(value) == WIDTHS[kind] * count
        if len(value) > 4:
            value, behind = struct.pack(order + "I", start + len(behind)), behind + value
        rows += struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")
    return struct.pack(order + "H", len(fields)) + rows + bytes(4) + behind


def place(order: str, tag: int) -> tuple[int, int, int, bytes]:
    return tag, 5, 3, struct.pack(order + "6I", 52, 1, 31, 1, 12, 1)


def exif(order: str = ">", *fields: tuple[int, int, int, bytes]) -> bytes:
    """Make a block with a GPS directory: of `fields`, or else of a latitude and a longitude."""
    gps = fields or ((1, 2, 2, b"N\0"), place(order, 2), (3, 2, 2, b"E\0"), place(order, 4))
    first = directory(
        order, 8, (0x0112, 3, 1, struct.pack(order + "H", 1)), (0x8825, 4, 1, struct.pack(order + "I", 38))
    )
    return {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8) + first + directory(order, 38, *gps)


VERSION = (0, 1, 4, b"\2\3\0\0")

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description %s</rdf:RDF></x:xmpmeta>'
ATTRIBUTE = (XMP % 'exif:GPSLatitude="52,31.2N"/>').encode()
ELEMENT = (XMP % "><exif:GPSLongitude>13,24.6E</exif:GPSLongitude></rdf:Description>").encode()
NOWHERE = (XMP % '>dc:subject="GPSLatitude" exif:ExifVersion="0231"</rdf:Description>').encode()

# Pictures of each type with EXIF or XMP, where programs write it


def jpeg_with(*segments: bytes, marker: int = 0xE1) -> bytes:
    data = picture("image/jpeg")
    parts = [struct.pack(">BBH", 0xFF, marker, len(segment) + 2) + segment for segment in segments]
    return data[:2] + b"".join(parts) + data[2:]


def jpeg(block: bytes = b"", xmp: bytes = b"") -> bytes:
    return jpeg_with(
        *([b"Exif\0\0" + block] if block else []), *([b"http://ns.adobe.com/xap/1.0/\0" + xmp] if xmp else [])
    )


def text(xmp: bytes, *, packed: bool = False) -> bytes:
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + (b"\1\0\0\0" + zlib.compress(xmp) if packed else bytes(4) + xmp))


def png_with(*chunks: bytes, behind: bool = False, pixels: bytes = b"") -> bytes:
    """Insert chunks in front of the picture or behind it; make it longer than its head with `pixels`."""
    data = picture("image/png")
    at = data.index(b"IEND" if behind else b"IDAT") - 4
    more = [chunk(b"IDAT", pixels[start : start + 8192]) for start in range(0, len(pixels), 8192)]
    data = data[:at] + b"".join(chunks) + data[at:]
    first = data.index(b"IDAT") - 4
    first += 12 + int.from_bytes(data[first : first + 4])
    return data[:first] + b"".join(more) + data[first:]


def png_of(block: bytes = b"", xmp: bytes = b"") -> bytes:
    return png_with(*([chunk(b"eXIf", block)] if block else []), *([text(xmp)] if xmp else []))


def gif(xmp: bytes = b"") -> bytes:
    # The XMP is written as it is, not in blocks, and a ramp of lengths ends it. So it can hold no zeros.
    data = picture("image/gif")
    at = 13 + (3 << (data[10] & 7) + 1)
    ramp = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return data[:at] + b"\x21\xff\x0bXMP DataXMP" + xmp + ramp + data[at:]


def riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def webp(block: bytes = b"", xmp: bytes = b"", pixels: bytes = bytes(100)) -> bytes:
    chunks = [riff(b"VP8L", b"\x2f" + pixels)]
    chunks += [riff(b"EXIF", b"Exif\0\0" + block)] if block else []
    return vp8x(64, 48, *chunks, *([riff(b"XMP ", xmp)] if xmp else []))


def avif(block: bytes = b"", xmp: bytes = b"", *, gap: int = 0, after: int = 0, **options: Any) -> bytes:
    """Make an AVIF with `gap` bytes between its boxes and its metadata, and `after` bytes behind that."""
    item = struct.pack(">I", 6) + b"Exif\0\0" + block if block else xmp
    # The boxes are as long whatever offset they hold.
    start = len(avif_boxes(len(item), 0, exif=bool(block), **options)) + 8 + gap
    boxes = avif_boxes(len(item), start, exif=bool(block), **options)
    return boxes + box(b"mdat", bytes(gap), item, bytes(after))


def avif_boxes(
    length: int, start: int, *, exif: bool, version: int = 1, method: int = 0, infe: int = 2, idat: bytes = b""
) -> bytes:
    kind = b"Exif\0" if exif else b"mime\0application/rdf+xml\0"
    number = struct.pack(">H" if infe < 3 else ">I", 2)
    entry = box(b"infe", bytes([infe, 0, 0, 0]), number, bytes(2), kind if infe > 1 else b"XMP\0application/rdf+xml\0")
    iinf = box(b"iinf", bytes(4), b"\0\2", box(b"infe", b"\2\0\0\0\0\1\0\0av01\0"), entry)
    items = b""
    for item, first, count in ((1, 0, 8), (2, start, length)):
        items += struct.pack(">I" if version > 1 else ">H", item)
        items += struct.pack(">H", method if item == 2 else 0) if version else b""
        items += bytes(2) + struct.pack(">HII", 1, first, count)
    widths = b"\x44\0" + struct.pack(">I" if version > 1 else ">H", 2)
    iloc = box(b"iloc", bytes([version, 0, 0, 0]), widths, items)
    iprp = box(b"iprp", box(b"ipco", ispe(320, 200)), IPMA)
    return FTYP + box(b"meta", bytes(4), PITM, iloc, iinf, iprp, *([box(b"idat", idat)] if idat else []))


MAKERS: dict[str, Callable[..., bytes]] = {"jpeg": jpeg, "png": png_of, "gif": gif, "webp": webp, "avif": avif}
CONTAINERS = pytest.mark.parametrize("name", MAKERS)
#: The formats that can hold EXIF, and XMP of another encoding than UTF-8.
BINARY = pytest.mark.parametrize("name", [name for name in MAKERS if name != "gif"])


# Found


@BINARY
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_position_is_found(name: str, order: str) -> None:
    assert is_found(MAKERS[name](exif(order)))


@CONTAINERS
@pytest.mark.parametrize(
    "xmp", [ATTRIBUTE, ELEMENT, ATTRIBUTE.replace(b"exif:", b"ns1:")], ids=["attribute", "element", "prefix"]
)
def test_xmp_position_is_found(name: str, xmp: bytes) -> None:
    assert is_found(MAKERS[name](xmp=xmp))


@BINARY
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_xmp_of_another_encoding_is_found(name: str, encoding: str) -> None:
    assert is_found(MAKERS[name](xmp=ELEMENT.decode().encode(encoding)))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_position_that_pillow_writes_is_found(form: str) -> None:
    block = Pillow.Exif()
    block[0x010E] = "a place"
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    assert is_found(encode(form, size=(300, 200), exif=block))
    assert not is_found(encode(form, size=(300, 200)))


@pytest.mark.parametrize("tag", [2, 4, 20, 22])
def test_half_a_position_and_a_destination_are_found(tag: int) -> None:
    assert is_found(jpeg(exif("<", VERSION, place("<", tag))))


def test_position_of_a_photograph_is_found() -> None:
    assert is_found((PICTURES / "photo.jpg").read_bytes())


def test_extended_xmp_is_found_however_it_is_cut() -> None:
    name = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32
    packet = (XMP % 'exif:GPSLatitude="52,31.2N" exif:GPSLongitude="13,24.6E"/>').encode()
    first = packet.index(b"exif:GPSLat")
    for cut in range(first, first + 60):
        parts = [packet[:cut], packet[cut:]]
        offsets = [0, cut]
        segments = [name + struct.pack(">II", len(packet), at) + part for at, part in zip(offsets, parts, strict=True)]
        assert is_found(jpeg_with(*segments)), cut


@pytest.mark.parametrize(
    "block",
    [
        text(ATTRIBUTE, packed=True),
        chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(ATTRIBUTE)),
        chunk(b"tEXt", b"exif:GPSLatitude\x0052/1, 31/1, 12/1"),
        *(
            chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile))
            for profile in (
                b"\nexif\n%8d\n" % len(exif()) + exif().hex("\n", 36).encode() + b"\n",
                b"\nAPP1\n%8d\n" % len(ATTRIBUTE) + ATTRIBUTE.hex("\n", 36).upper().encode(),
            )
        ),
        chunk(
            b"tEXt", b"Raw profile type exif\0\nexif\n%8d\n" % len(exif()) + exif("<").hex("\n", 36).encode() + b"\n"
        ),
        chunk(b"iTXt", b"raw profile type xmp\0\0\0\0\0\nxmp\n1\n" + ATTRIBUTE.hex().encode()),
    ],
    ids=["iTXt", "zTXt", "property", "profile", "profile-xmp", "profile-plain", "profile-iTXt"],
)
@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_position_in_png_text_is_found(block: bytes, behind: bool) -> None:
    assert is_found(png_with(block, behind=behind))
    assert is_found(png_with(block, behind=behind, pixels=bytes(3 * TAIL_BYTES)))


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("gap", [0, 3 * HEAD_BYTES])
def test_avif_item_is_found_wherever_it_lies(version: int, gap: int) -> None:
    assert is_found(avif(exif(), version=version, gap=gap))
    assert is_found(avif(xmp=ATTRIBUTE, version=version, gap=gap, infe=3 if version > 1 else 1))


def test_avif_item_within_the_boxes_is_found() -> None:
    assert is_found(avif(exif(), method=1, idat=exif("<")))
    assert is_found(avif_boxes(80, 0, exif=True, method=1, idat=exif()) + box(b"mdat", bytes(3 * HEAD_BYTES)))


def test_avif_item_that_goes_on_to_the_end_is_found() -> None:
    data = avif(exif(), gap=3 * HEAD_BYTES)
    length = struct.pack(">I", len(exif()) + 10)
    assert data.count(length, 0, 400) == 1
    assert is_found(data.replace(length, bytes(4), 1))


# Positions that exiftool finds in files that break the rules


def numbers(order: str, kind: int, *values: float) -> tuple[int, int, bytes]:
    """Return type, number and bytes of values. A rational takes two of `values`: numerator and denominator."""
    count = len(values) // 2 if kind in (5, 10) else len(values)
    letter = {1: "B", 3: "H", 4: "I", 5: "I", 6: "b", 8: "h", 9: "i", 10: "i", 11: "f", 12: "d", 13: "I"}[kind]
    whole = values if letter in "fd" else map(int, values)
    return kind, count, struct.pack(f"{order}{len(values)}{letter}", *whole)


def pointing(order: str, kind: int, *values: int, header: bytes = b"") -> bytes:
    """Make a block whose first directory points to a GPS directory at 100 with values of any type."""
    first = directory(order, 8, (0x8825, *numbers(order, kind, *values)))
    start = (header or {"<": b"II*\0", ">": b"MM\0*"}[order]) + struct.pack(order + "I", 8)
    return (start + first).ljust(100, b"\0") + directory(order, 100, *PLACE[order])


PLACE = {order: ((1, 2, 2, b"N\0"), place(order, 2), (3, 2, 2, b"E\0"), place(order, 4)) for order in "<>"}


def elsewhere(tag: int) -> bytes:
    """Make a block whose first directory names a second by `tag` (0: as the next one), and that names the GPS one."""
    names = (tag, 4, 1, struct.pack(">I", 60)) if tag else (0x010F, 2, 4, b"Cam\0")
    first = bytearray(directory(">", 8, names))
    first[14:18] = struct.pack(">I", 0 if tag else 60)
    second = directory(">", 60, (0x8825, 4, 1, struct.pack(">I", 100)))
    block = (b"MM\0*\0\0\0\x08" + bytes(first)).ljust(60, b"\0") + second
    return block.ljust(100, b"\0") + directory(">", 100, *PLACE[">"])


def latitude(*value: Any) -> bytes:
    return exif(">", (1, 2, 2, b"N\0"), (2, *value))


ODD = {
    **{f"type-{kind}": latitude(*numbers(">", kind, 52, 30, 10)) for kind in (1, 3, 4, 6, 8, 9, 11, 12, 13)},
    **{f"one-of-type-{kind}": latitude(*numbers(">", kind, 52)) for kind in (1, 3, 4, 11, 12)},
    **{f"type-{kind}": latitude(*numbers(">", kind, 52, 1, 30, 1, 10, 1)) for kind in (5, 10)},
    "one-rational": latitude(*numbers(">", 5, 525, 10)),
    "text": latitude(2, 11, b"52 30 10.0\0"),
    "undefined-text": latitude(7, 8, b"52 30 10"),
    "equator": latitude(*numbers(">", 5, 0, 1, 0, 1, 0, 1)),
    "equator-as-double": latitude(*numbers(">", 12, 0, 0, 0)),
    "destination": exif(">", (20, *numbers(">", 12, 52, 30, 10))),
    "zero-over-zero": latitude(*numbers(">", 5, 0, 0, 0, 0, 0, 0)),
    "one-zero-over-zero": latitude(*numbers(">", 10, 0, 0)),
    "no-values": latitude(5, 0, b""),
    "no-doubles": latitude(12, 0, b""),
    "no-digits": latitude(2, 2, b" \0"),
    "distance-alone": exif(">", (26, *numbers(">", 5, 5, 1))),
    **{f"{order}-named-by-type-{kind}": pointing(order, kind, 100) for kind in (1, 3, 4, 8, 9, 13) for order in "<>"},
    "two-named": pointing(">", 4, 100, 100),
    "named-by-a-rational": pointing(">", 5, 100, 1),
    **{f"header-{header!r}": pointing(">", 4, 100, header=header) for header in (b"MM\0+", b"MM*\0", b"MMMM")},
    **{f"header-{header!r}": pointing("<", 4, 100, header=header) for header in (b"II+\0", b"IIRO", b"IIU\0")},
    "in-the-exif-directory": elsewhere(0x8769),
    "in-a-directory-below": elsewhere(0x014A),
    "in-the-preview's-directory": elsewhere(0),
    "outside-of-any": elsewhere(0x9999),
}
#: We refuse in doubt, where exiftool finds nothing: half of a position, and one that is cut off.
STRICTER = {
    "half-of-nothing": latitude(*numbers(">", 5, 52, 1, 0, 0, 0, 0)),
    "minutes-alone": latitude(*numbers(">", 5, 0, 0, 30, 1, 0, 1)),
    "infinite": latitude(*numbers(">", 5, 52, 0, 30, 1, 0, 1)),
    "cut-off": latitude(*numbers(">", 5, 52, 1, 30, 1, 0, 1))[:-8],
}


def exiftool(*files: Path) -> set[str]:
    """Return the names of the files in which exiftool finds a latitude or a longitude."""
    program = shutil.which("exiftool")
    assert program, "exiftool is not installed (Debian: apt-get install libimage-exiftool-perl)"
    tags = [f"-{which}{half}" for which in ("GPS", "GPSDest") for half in ("Latitude", "Longitude")]
    result = subprocess.run([program, "-json", "-n", *tags, *files], capture_output=True, check=True)
    return {
        Path(found.pop("SourceFile")).name
        for found in json.loads(result.stdout)
        if any(value != "" for tag, value in found.items() if tag != "SourceFile")
    }


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_position_is_found_where_exiftool_finds_one(suffix: str, tmp_path: Path) -> None:
    made = {"jpg": jpeg, "png": png_of}[suffix]
    files = {tmp_path / f"{name}.{suffix}": made(block) for name, block in (ODD | STRICTER).items()}
    for path, data in files.items():
        path.write_bytes(data)
    judged = exiftool(*files)
    assert 30 < len(judged) < len(files) - 8
    assert {path.name for path, data in files.items() if is_found(data)} - judged == {
        f"{name}.{suffix}" for name in STRICTER
    }
    assert not [name for name in judged if not is_found(files[tmp_path / name])]


def test_position_in_exif_of_several_segments_is_found(tmp_path: Path) -> None:
    # exiftool divides EXIF that is longer than a segment. The cut falls on each of the places where it matters.
    pointer = (0x8825, 4, 1, struct.pack(">I", 65_600))
    for shift in range(-200, 60, 7):
        first = directory(">", 8, (0x010E, 2, 65_400, b"x" * 65_400), pointer)
        block = (b"MM\0*\0\0\0\x08" + first).ljust(65_600, b"\0") + directory(">", 65_600, *PLACE[">"])
        parts = [block[: 65_527 + min(shift, 0)], block[65_527 + min(shift, 0) :]]
        data = jpeg_with(*(b"Exif\0\0" + part for part in parts))
        assert is_found(data), shift
    path = tmp_path / "several.jpg"
    path.write_bytes(data)
    assert exiftool(path) == {"several.jpg"}
    assert not is_found(jpeg_with(*(b"Exif\0\0" + part for part in (exif(">", VERSION), bytes(60_000)))))


@pytest.mark.parametrize("tail", [b"not hexadecimal", b"a", b"\n\nabc", b"exif:Nothing", b"\xff\0"])
def test_raw_profile_with_more_behind_it_is_read(tail: bytes, tmp_path: Path) -> None:
    lines = b"\nexif\n%8d\n" % len(exif()) + exif().hex("\n", 36).encode() + tail
    path = tmp_path / "profile.png"
    path.write_bytes(png_with(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(lines))))
    assert exiftool(path) == {"profile.png"}
    assert is_found(path.read_bytes())


# Not found


@CONTAINERS
def test_picture_without_metadata_passes(name: str) -> None:
    assert search(MAKERS[name]()) == (None, [])


@pytest.mark.parametrize("content_type", FORMATS)
def test_ordinary_picture_passes(content_type: str) -> None:
    assert not is_found(picture(content_type, (600, 400)))


@BINARY
@pytest.mark.parametrize("order", ["<", ">"])
def test_gps_without_a_place_passes(name: str, order: str) -> None:
    # A camera that has found no satellite writes the version, a reference without its value, or the date.
    status = (VERSION, (1, 2, 2, b"N\0"), (9, 2, 2, b"V\0"), (29, 2, 11, b"2026:11:22\0"))
    for fields in ([VERSION], status):
        assert not is_found(MAKERS[name](exif(order, *fields)))


@CONTAINERS
def test_xmp_without_a_place_passes(name: str) -> None:
    assert not is_found(MAKERS[name](xmp=NOWHERE))


def test_gps_directory_elsewhere_than_in_the_block_passes() -> None:
    for pointer in (7, 2**16, 2**32 - 1):
        block = exif().replace(struct.pack(">HHII", 0x8825, 4, 1, 38), struct.pack(">HHII", 0x8825, 4, 1, pointer))
        assert not is_found(png_with(chunk(b"eXIf", block)))


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_broken_text_passes(kind: bytes) -> None:
    inside = b"a\0\0" if kind == b"zTXt" else b"a\0\1\0\0\0"
    for packed in (b"", b"no zlib", zlib.compress(ATTRIBUTE)[:5], b"\0" * 20):
        assert not is_found(png_with(chunk(kind, inside + packed)))
    for digits in (b"", b"\nexif\n3\nxyz", b"\nexif\n3\n123", b"\n\n\n\n", b"\xff" * 9):
        assert not is_found(png_with(chunk(b"tEXt", b"Raw profile type exif\0" + digits)))


@BINARY
def test_metadata_that_is_cut_off_anywhere_gets_an_answer(name: str) -> None:
    block = exif()
    found = [is_found(MAKERS[name](block[:end])) for end in range(1, len(block) + 1)]
    # What reaches beyond the latitude's field is refused; what ends before it holds no position.
    assert found == sorted(found)
    assert found[-1]
    assert not any(found[:50])


# Behind the head


@pytest.mark.parametrize(
    ("data", "reads"),
    [
        (picture("image/jpeg", (3000, 2000), quality=95), 0),
        (jpeg(xmp=NOWHERE) + bytes(HEAD_BYTES), 0),
        (gif(xmp=NOWHERE) + bytes(HEAD_BYTES), 0),
        (png_with(chunk(b"IDAT", bytes(HEAD_BYTES)), behind=True), 0),
        (webp(pixels=bytes(9 * HEAD_BYTES)), 0),
        (avif(xmp=NOWHERE, after=9 * HEAD_BYTES), 0),
        (png_with(pixels=bytes(9 * HEAD_BYTES)), 1),
        (webp(exif(">", VERSION), pixels=bytes(9 * HEAD_BYTES)), 1),
        (avif(xmp=NOWHERE, gap=9 * HEAD_BYTES, after=9 * HEAD_BYTES), 1),
    ],
    ids=["jpeg", "jpeg-tail", "gif", "png-one-chunk", "webp", "avif", "png", "webp-exif", "avif-behind"],
)
def test_ordinary_picture_is_read_no_more_than_it_takes(data: bytes, reads: int) -> None:
    assert len(data) > HEAD_BYTES
    detail, places = search(data)
    assert detail is None
    assert len(places) == reads
    assert sum(end - start for start, end in places) <= TAIL_BYTES


@pytest.mark.parametrize("pixels", [HEAD_BYTES - 400, HEAD_BYTES, HEAD_BYTES + 1, 3 * TAIL_BYTES])
@pytest.mark.parametrize("shift", [*range(0, 200, 7)])
def test_position_is_found_on_either_side_of_where_the_head_ends(pixels: int, shift: int) -> None:
    assert is_found(webp(exif(), pixels=bytes(pixels + shift)))
    assert is_found(webp(xmp=ATTRIBUTE, pixels=bytes(pixels + shift)))
    assert is_found(png_with(chunk(b"eXIf", exif("<")), behind=True, pixels=bytes(pixels + shift)))
    assert is_found(avif(exif(), gap=pixels + shift, after=100))


def test_only_the_metadata_behind_a_webp_is_read() -> None:
    data = webp(exif(), pixels=bytes(4 * HEAD_BYTES))
    assert search(data)[1] == [(data.index(b"EXIF"), len(data))]


def test_end_of_an_animation_is_searched() -> None:
    frames = [riff(b"ANMF", bytes(50_000))] * 20
    assert is_found(vp8x(64, 48, *frames, riff(b"EXIF", exif())))


def test_metadata_far_from_the_end_is_not_seen() -> None:
    # As docs/security.md says.
    late = png_with(chunk(b"eXIf", exif()), behind=True, pixels=bytes(HEAD_BYTES))
    assert not is_found(late[:-12] + chunk(b"tEXt", b"a\0" + bytes(2 * TAIL_BYTES)) + late[-12:])


# Metadata that can't be searched


def test_avif_metadata_that_is_spread_out_is_refused() -> None:
    assert is_refused_unsearched(avif(xmp=NOWHERE + b" " * (MAX_HEAD_BYTES + 1), gap=HEAD_BYTES))
    assert is_refused_unsearched(avif(exif(), method=2))
    assert is_refused_unsearched(avif(exif(), method=1, idat=bytes(HEAD_BYTES) + exif()))


def test_avif_without_a_list_of_items_is_refused() -> None:
    boxes = box(b"meta", bytes(4), PITM, box(b"iprp", box(b"ipco", ispe(320, 200)), IPMA))
    assert is_refused_unsearched(FTYP + boxes + box(b"mdat", bytes(8)))


def test_text_that_unpacks_to_too_much_is_refused() -> None:
    bomb = zlib.compress(bytes(MAX_TEXT + 1), 9)
    assert is_refused_unsearched(png_with(chunk(b"zTXt", b"a\0\0" + bomb)))
    half = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(MAX_TEXT // 2), 9))
    assert not is_found(png_with(half))
    assert is_refused_unsearched(png_with(half, half))


# Hostile


# 65,535 pointers to a GPS directory of 65,535 fields, none of them a position.
LOOPS = b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x8825, 4, 1, 8) * 65_535

# The same, but each field holds four pointers.
POINTERS = b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x8825, 4, 4, 8) * 65_535
# Directories without fields, each of which names the next.
CHAIN = b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HI", 0, 14 + 6 * number) for number in range(690_000))


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("image/jpeg", b"II*\0" * (MAX_HEAD_BYTES // 4)),
        ("image/jpeg", LOOPS),
        ("image/jpeg", (b"II*\0\x08\0\0\0\xff\xff" + bytes(22)) * 100_000),
        ("image/jpeg", POINTERS),
        ("image/jpeg", CHAIN),
        ("image/png", PNG_SIGNATURE + b"\0\0\0\0tEXt" * 500_000),
        ("image/png", PNG_SIGNATURE + b"\0\0\xff\xfftEXt" * 500_000),
        ("image/png", PNG_SIGNATURE + (b"\0\1\0\0zTXta\0\0" + zlib.compress(b"\0\0\0\0zTXta\0\0" * 999)) * 9_000),
        ("image/webp", b"RIFF\0\0\0\0WEBP" + bytes(MAX_HEAD_BYTES)),
        ("image/gif", b"\0" * MAX_HEAD_BYTES),
    ],
    ids=[
        "blocks",
        "loops",
        "many-loops",
        "pointers",
        "chain",
        "texts",
        "long-texts",
        "packed-texts",
        "chunks",
        "zeros",
    ],
)
@pytest.mark.slow
def test_hostile_file_keeps_nobody_busy(content_type: str, data: bytes) -> None:
    head, image = data[:MAX_HEAD_BYTES], Image(content_type, 1, 1)

    def look() -> None:
        with suppress(LocationFound):
            refuse_location(head, image, len(head), lambda start, end: bytes(end - start))

    assert calls(look) < 1_500_000
    assert memory(look) < 24 * 1024**2


SEEDS = [
    *(make(exif(order)) for name, make in MAKERS.items() if name != "gif" for order in "<>"),
    *(make(xmp=ATTRIBUTE) for make in MAKERS.values()),
    png_with(text(ELEMENT, packed=True)),
    webp(exif(), pixels=bytes(HEAD_BYTES)),
    avif(exif(), gap=HEAD_BYTES),
]


@pytest.mark.slow
@settings(BOUNDED, max_examples=1500)
@given(st.randoms(use_true_random=False))
def test_broken_file_gets_an_answer(random: Random) -> None:
    data = mutate(random, random.choice(SEEDS), random.choice(SEEDS))
    try:
        _, reads = search(data)
    except (NotAnImage, MoreBytesNeeded):
        return  # From `inspect`: no picture at all.
    assert len(reads) <= 1
    assert all(end - start <= MAX_HEAD_BYTES for start, end in reads)


#: The start of a picture of each type.
BEGUN = {content_type: picture(content_type)[:-200] for content_type in sorted(FORMATS)}


@pytest.mark.slow
@settings(BOUNDED, max_examples=600)
@given(st.binary(max_size=300), st.sampled_from(list(BEGUN)), st.integers(0, 2**40))
def test_arbitrary_bytes_get_an_answer(head: bytes, content_type: str, missing: int) -> None:
    reads = Reads()

    def read(start: int, end: int) -> bytes:
        reads.append((start, end))
        return b"\0" * (end - start)

    # refuse_location is only called with heads that `inspect` accepted, but must not rely on that.
    for start in (b"", BEGUN[content_type]):
        reads.clear()
        with suppress(LocationFound):
            refuse_location(start + head, Image(content_type, 1, 1), len(start + head) + missing, read)
        assert len(reads) <= 1
        assert all(0 <= begin < end and end - begin <= MAX_HEAD_BYTES for begin, end in reads)
