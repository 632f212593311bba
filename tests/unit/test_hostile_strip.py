"""Files made to keep the stripper busy. Work is counted in calls, memory in bytes; no clock is read."""

import contextlib
import struct
from collections.abc import Callable
from functools import partial

import pytest

from app.pictures.strip import STEPS, BrokenPicture, NotShown, TooLong, strip
from tests import ultrahdr
from tests.avif import box, full
from tests.conftest import picture
from tests.raster import END, SIGNATURE, SIX, START, app1, chunk, header, segment
from tests.unit import effort

#: Bytes of a file that reaches every limit.
LENGTH = 4_000_000
#: Calls of Python or C that `strip` may make: three for each step.
MAX_CALLS = 3 * STEPS
#: Bytes that it may hold besides the file.
MAX_MEMORY = 32 * 1024 * 1024


def fill(start: bytes, part: bytes, length: int, end: bytes = b"") -> bytes:
    return start + part * ((length - len(start) - len(end)) // len(part)) + end


# JPEG

TABLE = segment(0xDB, bytes(65))
FRAME = segment(0xC0, b"\x08\0\1\0\1\1\1\x11\0")
SCAN = segment(0xDA, b"\1\1\0\0\x3f\0")
PICTURE = TABLE + FRAME + SCAN + b"data" + END
HEAD = START + TABLE + FRAME + SCAN
#: A block's codes take two bits: nothing in it.
CODES = segment(0xC4, b"\0\0\1" + bytes(14) + b"\0" + b"\x10\1" + bytes(15) + b"\0")


def huge(marker: int, side: int, count: int = 1, sampling: int = 0x11) -> bytes:
    components = b"".join(bytes((number, sampling, 0)) for number in range(1, count + 1))
    return START + TABLE + segment(marker, struct.pack(">BHHB", 8, side, side, count) + components)


def codes(value: int) -> bytes:
    """Make one code of one bit."""
    return segment(0xC4, b"\x10\1" + bytes(15) + bytes([value]))


COEFFICIENTS = segment(0xDA, b"\1\1\0\1\x3f\0")
REFINEMENT = segment(0xDA, b"\1\1\0\1\x3f\x10")
ENTRIES = 3_000
INDEX = segment(
    0xE2,
    b"MPF\0MM\0*" + struct.pack(">IH", 8, ENTRIES) + struct.pack(">HHII", 0xB002, 7, 12 * ENTRIES, 0) * ENTRIES,
)
#: A directory with an invalid orientation, again and again.
FIELDS = SIX[:8] + b"\x03\0" + (SIX[10:18] + b"\0\x09\0\0") * 0x300


def nested(length: int) -> bytes:
    """Make sixteen pictures that begin in one another's first segment and share their data."""
    inner = b"".join(b"\xff\xd8\xff\xe0" + struct.pack(">H", 2 + 6 * (15 - number)) for number in range(16))
    data = fill(inner + TABLE + FRAME + SCAN, b"\xff\0", length, END)
    first = ultrahdr.PICTURE
    listed = [(len(first), 0)] + [(len(data) - 6 * number, 0) for number in range(16)]
    size = len(ultrahdr.index(listed))
    at = first.index(b"\xff\xdb")
    distance = len(first) + size - at - 8
    rows = [listed[0]] + [(length, distance + 6 * number) for number, (length, _) in enumerate(listed[1:])]
    return first[:at] + ultrahdr.index(rows) + first[at:] + data


def packet(text: bytes) -> bytes:
    """Make a picture whose gain map has some XMP."""
    xmp = segment(0xE1, ultrahdr.XMP + (b'<a xmlns:p="%s" p:Version="1" ' % ultrahdr.HDRGM + text)[:65_000])
    return ultrahdr.Photograph((ultrahdr.with_segments(ultrahdr.GREY, xmp),) * 16).make()


JPEG: dict[str, Callable[[int], bytes]] = {
    "comments": lambda length: fill(START, b"\xff\xfe\0\2", length, PICTURE),
    "exif": lambda length: fill(START, app1(FIELDS), length, PICTURE),
    "fill": lambda length: fill(START, b"\xff", length, PICTURE),
    "zeros": lambda length: fill(START, b"\xff\0", length, PICTURE),
    "stuffed data": lambda length: fill(HEAD, b"\xff\0", length, END),
    "filled data": lambda length: fill(HEAD, b"\xff", length, b"\xfe\0\2" + END),
    "restarts": lambda length: fill(HEAD, b"\xff\xd0", length, END),
    "scans": lambda length: fill(START + TABLE + FRAME, SCAN, length, END),
    "indexes": lambda length: fill(START, INDEX, length, PICTURE),
    "no end": lambda length: fill(
        huge(0xC0, 65_500, 3, 0x44) + CODES + segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"), b"\0", length
    ),
    "no end, restarts": lambda length: fill(
        huge(0xC0, 65_500) + CODES + segment(0xDD, b"\0\1") + SCAN, b"\xff\xd0", length
    ),
    "no end, empty blocks": lambda length: fill(huge(0xC2, 65_500) + codes(0xE0) + COEFFICIENTS, b"\0", length),
    "no end, refined": lambda length: fill(
        huge(0xC2, 16_000) + codes(1) + COEFFICIENTS + bytes(length // 8) + REFINEMENT, b"\0", length
    ),
    "no end, tables": lambda length: fill(
        huge(0xC2, 65_500), codes(1) + COEFFICIENTS + b"\0", length, REFINEMENT + b"\0"
    ),
    "no end, no component": lambda length: fill(huge(0xC0, 65_500) + segment(0xDA, b"\0\0\x3f\0"), b"\0", length),
}

# The others

GIF = b"GIF89a\1\0\1\0\0\0\0"
EMPTY_FRAME = b"\x2c\0\0\0\0\1\0\1\0\0\2\0"


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("<I", len(body)) + body


def still(*parts: bytes) -> bytes:
    entry = full(b"infe", struct.pack(">HH", 1, 0), b"av01\0", version=2)
    listed = full(b"pitm", b"\0\1") + full(b"iinf", b"\0\1", entry)
    return box(b"ftyp", b"avif", bytes(4), b"avif") + full(b"meta", listed, *parts)


def moving(*parts: bytes) -> bytes:
    return box(b"ftyp", b"avis", bytes(4), b"avis") + box(b"moov", *parts)


def track(*parts: bytes) -> bytes:
    hdlr = full(b"hdlr", bytes(4), b"pict", bytes(13))
    return box(b"trak", full(b"tkhd", bytes(80)), box(b"mdia", hdlr, *parts))


def samples(count: int) -> bytes:
    sizes, places = full(b"stsz", struct.pack(">II", 0, count), bytes(4 * count)), struct.pack(">II", 1, 8)
    runs = full(b"stsc", struct.pack(">IIII", 1, 1, count, 1))
    return track(box(b"minf", box(b"stbl", sizes, runs, full(b"stco", places))))


def items(length: int) -> bytes:
    entries = (
        full(b"infe", struct.pack(">HH", number % 65_536, 0), b"av01\0", version=2) for number in range(length // 21)
    )
    return box(b"ftyp", b"avif", bytes(4), b"avif") + full(b"meta", full(b"iinf", b"\0\0", *entries))


def nest(length: int) -> bytes:
    """Nest boxes in boxes, as deep as the length allows."""
    depth = length // 8
    kinds = [b"moov", b"trak", b"mdia", b"minf", b"stbl"]
    return box(b"ftyp", b"avis", bytes(4), b"avis") + b"".join(
        struct.pack(">I4s", 8 * (depth - level), kinds[min(level, 4)]) for level in range(depth)
    )


OTHERS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "png chunks": ("image/png", lambda length: fill(SIGNATURE + header(), chunk(b"tEXt"), length)),
    "png pixels": ("image/png", lambda length: fill(SIGNATURE + header(), chunk(b"IDAT"), length)),
    "png exif": ("image/png", lambda length: fill(SIGNATURE + header(), chunk(b"eXIf", FIELDS), length)),
    "gif comments": ("image/gif", lambda length: fill(GIF, b"\x21\xfe\0", length)),
    "gif blocks": ("image/gif", lambda length: fill(GIF + b"\x21\xfe", b"\1a", length, b"\0;")),
    "gif zeros": ("image/gif", lambda length: fill(GIF, b"\0", length)),
    "gif frames": ("image/gif", lambda length: fill(GIF, EMPTY_FRAME, length)),
    "gif frames and zeros": ("image/gif", lambda length: fill(GIF, EMPTY_FRAME + b"\0", length)),
    "gif loops": ("image/gif", lambda length: fill(GIF, b"\x21\xff\x0bNETSCAPE2.0\3\1\5\0\1a\0", length)),
    "webp chunks": ("image/webp", lambda length: webp(riff(b"VP8 ") * (length // 8))),
    "webp frames": ("image/webp", lambda length: webp(riff(b"ANMF", bytes(16) + riff(b"what")) * (length // 32))),
    "webp exif": (
        "image/webp",
        lambda length: webp(riff(b"VP8X", bytes(10)), riff(b"EXIF", FIELDS[:10] + FIELDS[10:22] * (length // 12))),
    ),
    "avif boxes": ("image/avif", lambda length: still(box(b"free") * (length // 8))),
    "avif items": ("image/avif", items),
    "avif places": (
        "image/avif",
        lambda length: still(full(b"iloc", b"\x44\0" + b"\xff" * 4 + bytes(length), version=2)),
    ),
    "avif properties": (
        "image/avif",
        lambda length: still(box(b"iprp", box(b"ipco"), full(b"ipma", b"\xff" * 4, bytes(length)))),
    ),
    "avif references": (
        "image/avif",
        lambda length: still(full(b"iref", box(b"auxl", bytes(4)) * (length // 12))),
    ),
    "avif tracks": ("image/avif", lambda length: moving(track() * (length // len(track())))),
    "avif samples": ("image/avif", lambda length: moving(samples(length // 4))),
    "avif nested": ("image/avif", nest),
}
WORST = {f"jpeg {name}": ("image/jpeg", make) for name, make in JPEG.items()} | OTHERS


def survive(data: bytes, content_type: str) -> None:
    with contextlib.suppress(BrokenPicture, NotShown):
        strip(data, content_type)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_worst_file_costs_no_more_than_is_stated(name: str) -> None:
    content_type, make = WORST[name]
    data = make(LENGTH)
    assert effort.calls(lambda: survive(data, content_type)) <= MAX_CALLS
    assert effort.memory(lambda: survive(data, content_type)) <= MAX_MEMORY


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_twice_as_long_a_file_costs_at_most_twice_as_much(name: str) -> None:
    content_type, make = WORST[name]
    # These files are short enough not to reach the limit.
    once, twice = (effort.calls(partial(survive, make(length), content_type)) for length in (40_000, 80_000))
    assert twice <= 2.2 * once + 3_000


def test_data_that_sixteen_pictures_share_are_not_searched_for_each() -> None:
    with pytest.raises(TooLong):
        strip(nested(1_000_000), "image/jpeg")


@pytest.mark.parametrize(
    "text",
    [b"p:Gamma='" * 7_000, b"><p:Gamma>" * 6_500, b"p:Gamma='" + b"1" * 60_000 + b"x'", b" " * 60_000, b"p:Gamma="],
    ids=["quotes", "elements", "digits", "spaces", "nothing"],
)
def test_text_that_looks_like_numbers_is_read_once(text: bytes) -> None:
    """With an expression that goes back, each of these takes minutes."""
    strip(packet(text), "image/jpeg")


def test_picture_without_an_end_is_read_as_far_as_its_caller_pays() -> None:
    data = picture("image/jpeg", (640, 480))[:-2]
    whole = b"".join(strip(data, "image/jpeg"))
    assert whole == data
    with pytest.raises(TooLong):
        strip(data, "image/jpeg", steps=20_000)
    assert b"".join(strip(data + END, "image/jpeg", steps=1_000)) == data + END


def test_what_programs_write_is_far_from_every_limit() -> None:
    # An animation of forty thousand frames, and a screenshot of a hundred megabytes.
    strip(fill(GIF, EMPTY_FRAME, 40_000 * len(EMPTY_FRAME), b";"), "image/gif")
    strip(fill(SIGNATURE + header(), chunk(b"IDAT", bytes(8_192)), 100_000_000, chunk(b"IEND")), "image/png")
