"""What the head of a file says it is. Pillow, which decodes, is the second opinion on every file that it can write."""

import io
import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageOps, PngImagePlugin

from app.errors import NotAnImage
from app.pictures import EXTENSIONS, HEAD_BYTES, Image, MoreBytesNeeded, inspect
from config import ROOT
from tests.conftest import FORMATS, picture

TYPES = {name: content_type for content_type, name in FORMATS.items()}
#: What page and server count; frontend/src/pictures/dimensions.test.ts reads the same table.
DIMENSIONS = json.loads((ROOT / "tests" / "tables" / "dimensions.json").read_text())
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(form: str, mode: str = "RGB", size: tuple[int, int] = (37, 21), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Pillow.radial_gradient("L").resize(size).convert(mode).save(buffer, form, **options)
    return buffer.getvalue()


def animated(form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    frames = [Pillow.new("RGB", (30, 20), colour) for colour in ("red", "green", "blue")]
    frames[0].save(buffer, form, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def translucent(form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Pillow.new("RGBA", (19, 23), (200, 30, 30, 128))
    image.putpixel((3, 4), (0, 0, 0, 0))
    image.save(buffer, form, **options)
    return buffer.getvalue()


def exif(orientation: int, order: str = ">") -> Pillow.Exif:
    block = Pillow.Exif()
    block.endian = order
    block[0x0112] = orientation
    return block


def opinion(data: bytes) -> Image:
    with Pillow.open(io.BytesIO(data)) as image:
        return Image(TYPES[str(image.format)], *ImageOps.exif_transpose(image).size)


def look(data: bytes) -> Image:
    return inspect(data[:HEAD_BYTES], len(data))


def refuse(data: bytes, says: str) -> None:
    with pytest.raises(NotAnImage, match=says):
        inspect(data, len(data))


# PNG and AVIF made by hand: what Pillow does not write


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 0, tail: bytes = b"\0\0\0", raw: bytes = b""
) -> bytes:
    header = struct.pack(">IIBB", width, height, depth, colour) + tail
    return PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def adam7(width: int, height: int) -> bytes:
    raw = b""
    for x, y, dx, dy in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        across, down = len(range(x, width, dx)), len(range(y, height, dy))
        raw += (b"\0" + bytes(across)) * down if across else b""
    return png(width, height, tail=b"\0\0\1", raw=raw)


def box(kind: bytes, *parts: bytes, length: int | None = None, wide: bool = False) -> bytes:
    body = b"".join(parts)
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16 if length is None else length) + body
    return struct.pack(">I4s", len(body) + 8 if length is None else length, kind) + body


def ispe(width: int, height: int) -> bytes:
    return box(b"ispe", bytes(4), struct.pack(">II", width, height))


def irot(quarters: int) -> bytes:
    return box(b"irot", bytes([quarters]))


def movie(*sizes: tuple[int, int], wide: bool = False) -> bytes:
    times = bytes([wide]) + bytes(3 + (32 if wide else 20))
    headers = [box(b"tkhd", times, bytes(52), struct.pack(">II", width << 16, height << 16)) for width, height in sizes]
    return box(b"moov", box(b"mvhd", bytes(100)), *(box(b"trak", header) for header in headers))


FTYP = box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")
PITM = box(b"pitm", bytes(4), b"\0\1")
IPMA = box(b"ipma", bytes(4), struct.pack(">IHBB", 1, 1, 1, 1))


def meta(properties: bytes = b"", *, pitm: bytes = PITM, ipma: bytes = IPMA, **options: Any) -> bytes:
    return box(b"meta", bytes(4), pitm, box(b"iprp", box(b"ipco", properties or ispe(320, 200)), ipma), **options)


def avif(properties: bytes = b"", **options: Any) -> bytes:
    return FTYP + meta(properties, **options) + box(b"mdat", bytes(8))


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


# Whatever Pillow makes

JPEG, PNG, GIF, WEBP = (encode(form) for form in ("JPEG", "PNG", "GIF", "WEBP"))
JPEG_FRAME = JPEG.index(b"\xff\xc0")

MADE = {
    **{f"jpeg-{mode}": encode("JPEG", mode) for mode in ("L", "RGB", "CMYK")},
    "jpeg-progressive": encode("JPEG", progressive=True),
    "jpeg-progressive-cmyk": encode("JPEG", "CMYK", progressive=True),
    "jpeg-optimized": encode("JPEG", optimize=True, quality=20),
    "jpeg-unsubsampled": encode("JPEG", subsampling=0, quality=100),
    "jpeg-restarts": encode("JPEG", restart_marker_blocks=1),
    "jpeg-rgb": encode("JPEG", keep_rgb=True),
    "jpeg-comment": encode("JPEG", comment=b"\xff\xd8\xff\xc0 a comment", dpi=(300, 300)),
    "jpeg-profile": encode("JPEG", icc_profile=bytes(50_000)),
    **{f"png-{mode}": encode("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")},
    **{f"png-palette-{bits}": encode("PNG", "P", bits=bits) for bits in (1, 2, 4)},
    "png-profile": encode("PNG", icc_profile=bytes(5000), dpi=(72, 72)),
    "png-interlaced": adam7(37, 21),
    "png-animated": animated("PNG"),
    **{f"gif-{mode}": encode("GIF", mode) for mode in ("1", "L", "P", "RGB")},
    "gif-plain": encode("GIF", interlace=0),
    "gif-interlaced": encode("GIF", interlace=1),
    "gif-comment": encode("GIF", comment=b"x" * 1000),
    "gif-translucent": translucent("GIF"),
    "gif-animated": animated("GIF", loop=0, duration=10),
    "webp-lossy": encode("WEBP", quality=30),
    "webp-lossless": encode("WEBP", lossless=True),
    "webp-lossy-alpha": translucent("WEBP", quality=30),
    "webp-lossless-alpha": translucent("WEBP", lossless=True),
    "webp-profile": encode("WEBP", icc_profile=bytes(100_001)),
    "webp-animated": animated("WEBP"),
    "avif": encode("AVIF", speed=10),
    "avif-unsubsampled": encode("AVIF", speed=10, subsampling="4:4:4", quality=100),
    "avif-grey": encode("AVIF", "L", speed=10, subsampling="4:0:0"),
    "avif-alpha": translucent("AVIF", speed=10),
    "avif-profile": encode("AVIF", speed=10, icc_profile=bytes(5000)),
    "avif-animated": animated("AVIF", speed=10),
}


@pytest.mark.parametrize("name", MADE)
def test_inspect_agrees_with_pillow(name: str) -> None:
    assert look(MADE[name]) == opinion(MADE[name])
    assert name.startswith(look(MADE[name]).content_type.removeprefix("image/"))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (255, 1), (256, 257), (1023, 2), (3, 4097)], ids=str)
@pytest.mark.parametrize("content_type", FORMATS)
def test_inspect_reads_every_size(content_type: str, size: tuple[int, int]) -> None:
    data = picture(content_type, size)
    assert look(data) == opinion(data) == Image(content_type, *size)


@pytest.mark.parametrize("size", [(16_383, 1), (1, 16_383)], ids=str)
@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}], ids=str)
def test_inspect_reads_the_largest_webp(size: tuple[int, int], options: dict[str, bool]) -> None:
    assert look(picture("image/webp", size, **options)) == Image("image/webp", *size)


def test_inspect_reads_the_largest_numbers() -> None:
    assert look(avif(ispe(2**32 - 1, 7))) == Image("image/avif", 2**32 - 1, 7)
    # Browsers show no larger ones: tests/raster.py.
    assert look(png(1_000_000, 1_000_000)) == Image("image/png", 1_000_000, 1_000_000)
    assert look(patched(JPEG, JPEG_FRAME + 5, struct.pack(">HH", 65_500, 65_500))) == Image(
        "image/jpeg", 65_500, 65_500
    )


def test_picture_that_no_browser_shows_is_refused_with_the_reason() -> None:
    refuse(patched(JPEG, JPEG_FRAME + 4, b"\x0c"), "12 bits a sample; browsers show only those that have 8")
    refuse(patched(JPEG, JPEG_FRAME + 7, struct.pack(">H", 65_501)), "65,501 pixels wide or high.*at most 65,500")
    refuse(png(1, 1_000_001), "1,000,001 pixels wide or high.*at most 1,000,000")


def test_garbage_in_front_of_a_scan_is_read_on() -> None:
    data = patched(JPEG, JPEG_FRAME - 1, bytes(100_000) + JPEG[JPEG_FRAME - 1 :])
    assert outcome(data[:HEAD_BYTES], len(data)) is MoreBytesNeeded
    assert outcome(data[:HEAD_BYTES], HEAD_BYTES) is NotAnImage
    assert outcome(data, len(data)) == look(JPEG)


@pytest.mark.parametrize("left", [0, 40])
def test_gif_is_as_large_as_its_first_frame(left: int) -> None:
    # Viewers enlarge the screen to the frame. Were the screen measured, one of 1 × 1 would carry any number of pixels
    # past the limit.
    data = bytearray(encode("GIF", size=(300, 200)))
    data[6:10] = struct.pack("<HH", 1, 1)
    frame = data.index(b"\x2c" + struct.pack("<HHHH", 0, 0, 300, 200))
    data[frame + 1 : frame + 3] = struct.pack("<H", left)
    assert opinion(bytes(data)) == Image("image/gif", left + 300, 200)
    assert look(bytes(data)) == opinion(bytes(data))


# Orientation


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_measured_as_shown(orientation: int, order: str) -> None:
    data = encode("JPEG", exif=exif(orientation, order), xmp=b"<x:xmpmeta/>")
    assert (b"II*\0" if order == "<" else b"MM\0*") in data
    assert look(data) == opinion(data)
    assert (look(data).width > look(data).height) == (orientation < 5)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_is_measured_as_shown(orientation: int) -> None:
    data = encode("AVIF", speed=10, exif=exif(orientation))
    assert look(data) == opinion(data)
    assert (look(data).width > look(data).height) == (orientation < 5)


def jpeg_with_exif(*blocks: bytes) -> bytes:
    segments = [b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff for tiff in blocks]
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def png_with(chunks: bytes) -> bytes:
    """Insert chunks behind IHDR."""
    return PNG[:33] + chunks + PNG[33:]


def entry(
    *, tag: int = 0x0112, kind: int = 3, values: int = 1, value: int = 6, count: int = 1, start: int = 8
) -> bytes:
    return b"MM\0*" + struct.pack(">IHHHIHH", start, count, tag, kind, values, value, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_png_is_measured_as_shown(orientation: int) -> None:
    data = encode("PNG", exif=exif(orientation))
    assert look(data) == opinion(data)
    assert (look(data).width > look(data).height) == (orientation < 5)


# Cut off


def outcome(head: bytes, size: int) -> Image | type[NotAnImage | MoreBytesNeeded]:
    """Return what `inspect` answers, or the type of its error; any other error is a crash."""
    try:
        image = inspect(head, size)
    except (NotAnImage, MoreBytesNeeded) as error:
        return type(error)
    assert image.content_type in EXTENSIONS
    assert image.width > 0
    assert image.height > 0
    return image


#: How many bytes tell a type. A shorter head can only be called unknown.
SIGNATURES = {"image/jpeg": 3, "image/png": 8, "image/gif": 6, "image/webp": 12, "image/avif": 12}
SMALL = {name: data for name, data in MADE.items() if len(data) < 4096} | {
    "jpeg-exif": encode("JPEG", exif=exif(6)),
    "png-exif": encode("PNG", exif=exif(6)),
    "avif-turned": encode("AVIF", speed=10, exif=exif(6)),
}


@pytest.mark.parametrize("name", SMALL)
def test_head_that_is_cut_off_is_never_misread(name: str) -> None:
    data, whole = SMALL[name], opinion(SMALL[name])
    readable = False
    for end in range(len(data) + 1):
        with_more, alone = outcome(data[:end], len(data)), outcome(data[:end], end)
        assert alone in (NotAnImage, whole), end
        if readable:
            assert with_more == whole, end
            continue
        readable = with_more == whole
        if not readable:
            assert alone is NotAnImage, end
            assert with_more is MoreBytesNeeded or end < SIGNATURES[whole.content_type], end
    assert readable


@pytest.mark.parametrize(
    "data",
    [
        encode("JPEG", icc_profile=bytes(300_000)),
        encode("JPEG", exif=exif(6), xmp=bytes(65_000), comment=bytes(60_000)),
        png_with(chunk(b"tEXt", bytes(100_000))),
        encode("GIF", comment=bytes(100_000)),
        encode("AVIF", speed=10, icc_profile=bytes(300_000)),
        FTYP + box(b"free", bytes(100_000)) + meta(),
        FTYP + box(b"mdat", bytes(100_000), wide=True) + meta(),
    ],
    ids=[
        "jpeg-profile",
        "jpeg-exif-xmp-comment",
        "png-text",
        "gif-comment",
        "avif-profile",
        "avif-free",
        "avif-meta-last",
    ],
)
def test_head_with_much_in_front_of_the_picture_is_read_on(data: bytes) -> None:
    assert outcome(data[:HEAD_BYTES], len(data)) is MoreBytesNeeded
    assert isinstance(outcome(data, len(data)), Image)


def test_metadata_of_webp_needs_no_second_read() -> None:
    assert look(encode("WEBP", icc_profile=bytes(300_000))) == Image("image/webp", 37, 21)


# Lies


@pytest.mark.parametrize(
    "data",
    [
        *(patched(JPEG, 4, struct.pack(">H", length)) for length in (0, 1, 65_535)),
        patched(JPEG, JPEG_FRAME + 2, b"\0\0"),
        patched(JPEG, JPEG_FRAME + 2, b"\0\1"),
        *(patched(JPEG, JPEG_FRAME + 1, bytes([marker])) for marker in (0xC3, 0xC5, 0xC9, 0xCA, 0xD9, 0xDA, 0x00)),
        JPEG[:JPEG_FRAME] + JPEG[JPEG_FRAME : JPEG_FRAME + 19] * 2 + JPEG[JPEG_FRAME + 19 :],
        JPEG[: JPEG.index(b"\xff\xda")],
    ],
)
def test_jpeg_with_a_lying_segment_is_refused(data: bytes) -> None:
    refuse(data, "JPEG|lies about a length")


@pytest.mark.parametrize(
    "data",
    [
        patched(PNG, 8, b"\xff\xff\xff\xff"),
        patched(PNG, 8, b"\0\0\0\x0c"),
        patched(PNG, 12, b"IDAT"),
        patched(PNG, 16, b"\0\0\0\x26"),
        patched(PNG, 29, b"\0\0\0\0"),
        patched(PNG, 33, b"\x7f\xff\xff\xff"),
        patched(PNG, 33, struct.pack(">I", len(PNG))),
        patched(PNG, 37, b"\0\0\0\0"),
        png(1, 1, depth=3),
        png(1, 1, depth=16, colour=3),
        png(1, 1, colour=1),
        png(1, 1, tail=b"\1\0\0"),
        png(1, 1, tail=b"\0\1\0"),
        png(1, 1, tail=b"\0\0\2"),
        PNG[:33] + chunk(b"IEND", b""),
        png_with(chunk(b"IHDR", PNG[16:29])),
        PNG[:33] + chunk(b"tEXt", b"no picture"),
        png_with(struct.pack(">I", len(PNG)) + b"eXIf"),
    ],
)
def test_png_with_a_lying_chunk_is_refused(data: bytes) -> None:
    refuse(data, "PNG|lies about a length")


@pytest.mark.parametrize("name", ["webp-lossy", "webp-lossless", "webp-lossy-alpha", "webp-animated"])
@pytest.mark.parametrize(("at", "length"), [(4, 2**32 - 1), (4, 12), (4, 0), (16, 2**32 - 1), (16, 4), (16, 0)])
def test_webp_with_a_lying_length_is_refused(name: str, at: int, length: int) -> None:
    refuse(patched(MADE[name], at, struct.pack("<I", length)), "lies about a length")
    beyond = struct.pack("<I", len(MADE[name]) - 7)
    refuse(patched(MADE[name], 4, beyond), "lies about a length")


@pytest.mark.parametrize(
    "data",
    [
        patched(WEBP, 12, b"VP8X" + bytes(4)),
        patched(WEBP, 12, b"ALPH"),
        patched(WEBP, 20, bytes([WEBP[20] | 1])),
        patched(WEBP, 23, b"\0\0\0"),
        patched(MADE["webp-lossless"], 20, b"\0"),
        patched(MADE["webp-lossless"], 24, b"\xff"),
    ],
    ids=["short-vp8x", "no-picture", "no-key-frame", "no-start-code", "no-signature", "version"],
)
def test_webp_with_a_broken_picture_is_refused(data: bytes) -> None:
    refuse(data, "WEBP|WebP|lies about a length")


@pytest.mark.parametrize(
    "data",
    [
        GIF[:700],
        b"GIF89a" + struct.pack("<HHBBB", 5, 5, 0, 0, 0) + b"\x21\xfe\xff" + bytes(20),
        b"GIF89a" + struct.pack("<HHBBB", 5, 5, 0, 0, 0) + b"\x3b",
        b"GIF89a" + struct.pack("<HHBBB", 5, 5, 0, 0, 0) + b"\x2c" + bytes(8),
    ],
    ids=["palette", "extension", "no-picture", "half-a-descriptor"],
)
def test_gif_that_lies_or_holds_nothing_is_refused(data: bytes) -> None:
    refuse(data, "GIF|lies about a length")


@pytest.mark.parametrize(
    "data",
    [
        *(FTYP + meta(length=length) for length in (2**32 - 1, 2**31)),
        *(FTYP + meta(wide=True, length=length) for length in (2**63, 2**64 - 1)),
        patched(FTYP, 0, struct.pack(">I", 2**31)) + meta(),
        avif(box(b"ispe", bytes(12), length=21)),
        avif(box(b"ispe", bytes(8))),
        avif(ipma=box(b"ipma", bytes(4), struct.pack(">IHBB", 1, 1, 9, 1))),
        avif(ipma=box(b"ipma", bytes(4), b"\xff\xff\xff\xff")),
        avif(ipma=box(b"ipma", bytes(4), struct.pack(">IHBB", 1, 2, 1, 1))),
        avif(ipma=box(b"ipma", bytes(4), struct.pack(">IHBB", 1, 1, 1, 0))),
        avif(ipma=box(b"ipma", bytes(4), struct.pack(">IHBB", 1, 1, 1, 9))),
        avif(ipma=b""),
        avif(pitm=b""),
        avif(pitm=box(b"pitm", bytes(2))),
        avif(irot(0)),
        FTYP + box(b"mdat", bytes(8)),
        FTYP + box(b"meta"),
        FTYP,
    ],
)
def test_avif_with_lying_boxes_is_refused(data: bytes) -> None:
    refuse(data, "AVIF|lies about a length")


@pytest.mark.parametrize(
    "data",
    [
        *(FTYP + meta(length=length) for length in (2, 7)),
        *(FTYP + meta(wide=True, length=length) for length in (0, 1, 8, 15)),
        patched(FTYP, 0, struct.pack(">I", 7)) + meta(),
        avif(box(b"free", length=7) + ispe(1, 1)),
    ],
)
def test_avif_box_shorter_than_its_own_header_is_refused(data: bytes) -> None:
    # Such a length would lead the reader backwards.
    refuse(data, "impossible length")


def associate(*rows: tuple[int, list[int]], version: int = 0, flags: int = 0) -> bytes:
    parts = [struct.pack(">I", version << 24 | flags), struct.pack(">I", len(rows))]
    for item, properties in rows:
        parts.append(struct.pack(">IB" if version else ">HB", item, len(properties)))
        parts += [struct.pack(">H" if flags else ">B", number) for number in properties]
    return box(b"ipma", *parts)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (FTYP + meta(wide=True), (320, 200)),
        (FTYP + meta(length=0), (320, 200)),
        (FTYP + box(b"free", wide=True) + box(b"skip") + meta(), (320, 200)),
        (avif(ispe(9, 9) + ispe(4, 5), ipma=associate((1, [2]))), (4, 5)),
        (avif(ispe(9, 9) + ispe(4, 5), ipma=associate((7, [1]), (1, [0x82]))), (4, 5)),
        (avif(ispe(4, 5) + irot(1), ipma=associate((1, [1, 0x82]))), (5, 4)),
        (avif(ispe(4, 5) + irot(2), ipma=associate((1, [1, 0x82]))), (4, 5)),
        (avif(ispe(4, 5) + irot(3), ipma=associate((1, [0x8002, 1]), version=1, flags=1)), (5, 4)),
        (avif(ispe(4, 5) + irot(1), ipma=associate((1, [1]), (2, [1, 2]))), (4, 5)),
        (
            avif(
                ispe(4, 5),
                pitm=box(b"pitm", b"\1\0\0\0", struct.pack(">I", 70_000)),
                ipma=associate((70_000, [1]), version=1),
            ),
            (4, 5),
        ),
        (box(b"ftyp", b"mif1", bytes(4), b"mif1avif") + meta(), (320, 200)),
        (box(b"ftyp", b"avis", bytes(4), b"msf1") + meta() + movie((320, 200), (0, 0)), (320, 200)),
        (box(b"ftyp", b"avis", bytes(4), b"msf1") + movie((320, 200), wide=True) + meta(), (320, 200)),
        (avif(ispe(4, 5) + ispe(9, 9), ipma=associate((1, [1, 2]))), (4, 5)),
        (avif(ispe(4, 5) + irot(0) + irot(1), ipma=associate((1, [2, 3, 1]))), (4, 5)),
        (avif(ispe(4, 5) + irot(1), ipma=associate((1, [1, 2, 2, 1]))), (5, 4)),
    ],
    ids=[
        "wide-box",
        "box-to-the-end",
        "free-boxes",
        "second-property",
        "second-item",
        "quarter-turn",
        "half-turn",
        "wide-indices",
        "another-item-turned",
        "wide-items",
        "brand-behind",
        "sequence",
        "sequence-with-long-times",
        "two-sizes",
        "two-turns",
        "same-size-twice",
    ],
)
def test_avif_in_other_forms_is_read(data: bytes, size: tuple[int, int]) -> None:
    assert look(data) == Image("image/avif", *size)


def test_avif_sequence_is_as_large_as_what_is_shown() -> None:
    # Otherwise the other picture would carry any number of pixels past the limit, here or in another viewer.
    ftyp = {major: box(b"ftyp", major, bytes(4), b"avifavis") for major in (b"avis", b"avif")}
    for major, tracks, size in (
        (b"avis", [(320, 200), (320, 200)], (320, 200)),
        (b"avis", [(0, 0), (400, 300), (400, 200)], (400, 300)),
        (b"avis", [(16_384, 16_384)], (16_384, 16_384)),
        (b"avif", [(320, 200), (20, 10)], (320, 200)),
    ):
        assert look(ftyp[major] + meta() + movie(*tracks)) == Image("image/avif", *size)
    for major, tracks in (
        (b"avis", [(319, 200)]),
        (b"avis", [(320, 200), (321, 200)]),
        (b"avif", [(320, 200), (320, 201)]),
        (b"avif", [(16_384, 16_384)]),
    ):
        refuse(ftyp[major] + meta() + movie(*tracks), "two different sizes")
    for major, size in ((b"avis", (4, 5)), (b"avif", (5, 4))):
        turned = ftyp[major] + meta(ispe(4, 5) + irot(1), ipma=associate((1, [1, 2])))
        assert look(turned + movie((4, 5))) == Image("image/avif", *size)
        refuse(ftyp[major] + meta() + box(b"moov", box(b"trak")), "tkhd")
        refuse(ftyp[major] + meta(), "moov")


MILLION = 1_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\xff" * MILLION,
        b"\xff\xd8" + b"\xff\xfe\0\2" * MILLION,
        PNG[:33] + chunk(b"tEXt", b"") * (MILLION // 2),
        GIF[:6] + bytes(7) + b"\x21\xfe" + b"\1x" * MILLION,
        GIF[:6] + bytes(7) + b"\x21\xfe\0" * MILLION,
        FTYP + box(b"free") * MILLION,
        FTYP + box(b"meta", bytes(4), box(b"free") * MILLION),
        avif(box(b"free") * MILLION),
        avif(ipma=box(b"ipma", bytes(4), struct.pack(">I", MILLION), struct.pack(">HB", 2, 0) * MILLION)),
    ],
    ids=[
        "jpeg-fill",
        "jpeg-segments",
        "png-chunks",
        "gif-blocks",
        "gif-extensions",
        "avif-boxes",
        "avif-meta",
        "avif-properties",
        "avif-associations",
    ],
)
def test_million_tiny_parts_are_refused(data: bytes) -> None:
    refuse(data, "too many parts")


@pytest.mark.parametrize("zero", [(0, 5), (5, 0), (0, 0)], ids=str)
def test_picture_with_no_width_or_no_height_is_refused(zero: tuple[int, int]) -> None:
    width, height = zero
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0)
    gif = b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + frame + b"\2\1\0\0;"
    jpeg = patched(JPEG, JPEG_FRAME + 5, struct.pack(">HH", height, width))
    webp = patched(WEBP, 26, struct.pack("<HH", width, height))
    for data in (gif, jpeg, webp, png(width, height), avif(ispe(width, height))):
        refuse(data, "no width or no height")


# Files of another kind


def heif(major: bytes, *others: bytes) -> bytes:
    return box(b"ftyp", major, bytes(4), *others) + meta()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (heif(b"heic", b"mif1", b"heic"), "HEIC.*JPEG"),
        (heif(b"heix"), "HEIC.*JPEG"),
        (heif(b"mif1", b"heic"), "HEIC.*JPEG"),
        (heif(b"msf1", b"hevc"), "HEIC.*JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG.*PNG"),
        (b"\xef\xbb\xbf\n <SVG/>", "SVG.*PNG"),
        (b'<?xml version="1.0"?><!-- x --><svg/>', "SVG.*PNG"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
        (b"\r\n\t<HTML>", "web page"),
        (b"<script>", "web page"),
        (b"<?xml version='1.0'?><rss/>", "none of"),
        (b"%PDF-1.7\n", "none of"),
        (encode("BMP"), "none of"),
        (encode("TIFF"), "none of"),
        (encode("JPEG2000"), "none of"),
        (encode("ICO", size=(16, 16)), "none of"),
        (heif(b"mp42", b"isom"), "none of"),
        (heif(b"heim")[:10], "none of"),
        (b"", "none of"),
        (b"\0" * 100, "none of"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), "none of"),
    ],
)
def test_file_of_another_kind_is_refused_with_advice(data: bytes, says: str) -> None:
    refuse(data, says)


@pytest.mark.parametrize("content_type", FORMATS)
def test_picture_behind_other_bytes_is_refused(content_type: str) -> None:
    data = picture(content_type)
    refuse(b"%PDF-1.7\n" + data, "none of")
    refuse(b"<!doctype html>" + data, "web page")
    refuse(b"PK\3\4" + data, "none of")
    refuse(b"\0" + data, "none of")
    refuse(b"\xef\xbb\xbf" + data, "none of")


def test_polyglot_is_what_its_head_says() -> None:
    script = patched(GIF, 6, b"/*") + b"*/=1;alert(1)//"
    assert look(script) == Image("image/gif", int.from_bytes(b"/*", "little"), 21)

    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<!doctype html><script>alert(1)</script>")
    assert look(encode("PNG", pnginfo=notes)) == Image("image/png", 37, 21)
    assert look(encode("JPEG", comment=b"<!doctype html><script>alert(1)</script>")) == Image("image/jpeg", 37, 21)

    for content_type in FORMATS:
        data = picture(content_type)
        assert look(data + b"PK\5\6" + bytes(18)) == opinion(data)
        assert look(data + picture("image/png", (9, 9))) == opinion(data)


# Arbitrary bytes

BOUNDED = settings(max_examples=400, deadline=None, derandomize=True)
STARTS = [b"\xff\xd8\xff", PNG_SIGNATURE, PNG[:16], b"GIF89a", b"RIFF", WEBP[:16], FTYP, FTYP + meta()[:8], b"<", b""]


@BOUNDED
@given(st.sampled_from(STARTS), st.binary(max_size=400), st.integers(0, 5000))
def test_arbitrary_bytes_get_an_answer(start: bytes, rest: bytes, missing: int) -> None:
    head = start + rest
    assert outcome(head, len(head)) is not MoreBytesNeeded
    outcome(head, len(head) + missing)


@pytest.mark.parametrize("row", DIMENSIONS, ids=lambda row: row["name"])
def test_pixels_are_counted_as_the_page_counts_them(row: dict[str, Any]) -> None:
    head = bytes.fromhex(row["head"])
    image = inspect(head, 10 * HEAD_BYTES)
    assert (image.content_type, image.width * image.height) == (row["type"], row["pixels"])
