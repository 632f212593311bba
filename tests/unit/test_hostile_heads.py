"""Heads made to be misread, or to keep the reader busy. Work is counted in calls, memory in bytes; no clock is read."""

import io
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from app.errors import NotAnImage
from app.pictures import MAX_HEAD_BYTES, Image, MoreBytesNeeded, refuse_location
from app.pictures.reader import BYTES_BETWEEN_PAUSES
from tests.conftest import PICTURES
from tests.rigs.fuzz import SEEDS, check, disagreement, mutate
from tests.unit import effort
from tests.unit.test_inspection import (
    BOUNDED,
    FTYP,
    GIF,
    JPEG,
    PNG,
    avif,
    box,
    chunk,
    entry,
    ispe,
    look,
    meta,
    movie,
    opinion,
    outcome,
    patched,
    png,
    png_with,
)

#: Bytes that `inspect` may hold beside the head: an EXIF block of 4 MiB, or the places of 33,000 boxes.
MAX_MEMORY = 8 * 1024 * 1024
#: Calls of Python or C that it may make: seven for each of the 100,000 fields that it reads, and one EXIF block.
MAX_CALLS = 800_000


def calls(data: bytes) -> int:
    """Return how many functions `inspect` calls."""
    return effort.calls(lambda: outcome(data, len(data)))


def memory(data: bytes) -> int:
    """Return how many bytes `inspect` holds at most, besides `data`."""
    return effort.memory(lambda: outcome(data, len(data)))


# Pictures broken in every place


@pytest.mark.slow
@settings(BOUNDED, max_examples=1500)
@given(st.randoms(use_true_random=False), st.data())
def test_broken_picture_is_never_taken_for_another(random: Random, draw: st.DataObject) -> None:
    data = mutate(random, random.choice(SEEDS), random.choice(SEEDS))
    image, _ = check(data, draw.draw(st.integers(0, len(data))))
    if isinstance(image, Image):
        # Pillow reads EXIF where browsers don't: docs/adr/0003-own-head-parser.md.
        difference = disagreement(image, data)
        assert difference is None or "turned" in difference


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*[!d]")), ids=lambda path: path.name)
def test_real_picture_cut_off_anywhere_is_never_misread(path: Path) -> None:
    data = path.read_bytes()
    whole = look(data)
    assert whole == (opinion(data) if path.suffix != ".webp" else whole)
    # Nothing behind the dimensions is read, except the length of the whole file that a WebP gives in front.
    known = next(end for end in range(len(data) + 1) if outcome(data[:end], len(data)) == whole)
    for end in [*range(min(known + 64, len(data))), *range(known + 64, len(data), 61)]:
        with_more, alone = outcome(data[:end], len(data)), outcome(data[:end], end)
        assert (with_more == whole) if end >= known else (with_more is MoreBytesNeeded or end < 32), end
        assert alone is NotAnImage or (end >= known and alone == whole), end


# The largest sizes


def gif_of(screen: tuple[int, int], place: tuple[int, int], frame: tuple[int, int]) -> bytes:
    return b"GIF89a" + struct.pack("<HH3xcHHHHxB", *screen, b"\x2c", *place, *frame, 2) + b"\2L\1\0;"


def vp8x(width: int, height: int, *chunks: bytes) -> bytes:
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    body = b"VP8X" + struct.pack("<IB3x", 10, 2) + canvas + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


FRAME = JPEG.index(b"\xff\xc0")


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (patched(JPEG, FRAME + 5, struct.pack(">HH", 65_500, 65_500)), (65_500, 65_500)),
        (png(1_000_000, 1_000_000), (1_000_000, 1_000_000)),
        (gif_of((65_535, 65_535), (0, 0), (1, 1)), (65_535, 65_535)),
        (gif_of((1, 1), (65_535, 65_535), (65_535, 65_535)), (131_070, 131_070)),
        (vp8x(2**24, 2**24, b"ANMF" + bytes(4)), (2**24, 2**24)),
        (avif(ispe(2**32 - 1, 2**32 - 1)), (2**32 - 1, 2**32 - 1)),
    ],
    ids=["jpeg", "png", "gif", "gif-frame", "webp", "avif"],
)
def test_largest_size_that_a_format_can_say_is_reported(data: bytes, size: tuple[int, int]) -> None:
    # `complete` holds the limit on pixels. So here a size is neither refused nor cut down to one that would pass.
    image = look(data)
    assert (image.width, image.height) == size
    assert memory(data) < 10_000


# Many frames


def frames(form: str, count: int) -> bytes:
    buffer = io.BytesIO()
    pictures = [Pillow.new("L", (2, 2), shade) for shade in (0, 255)]
    options = {"duration": 10, "loop": 0}
    pictures[0].save(buffer, form, save_all=True, append_images=pictures[1:], **options)
    data = buffer.getvalue()
    match form:
        case "GIF":
            second = data.index(b"\x21\xf9", data.index(b"\x2c"))
            return data[:second] + data[second:-1] * count + b";"
        case "PNG":
            frame = data[data.rindex(b"fcTL") - 4 : -12]
            return patched(data[:-12], data.index(b"acTL") + 4, struct.pack(">I", count)) + frame * count + data[-12:]
        case _:
            frame = data[data.rindex(b"ANMF") :]
            riff = data + frame * count
            return patched(riff, 4, struct.pack("<I", len(riff) - 8))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_animation_of_fifty_thousand_frames_costs_what_two_cost(form: str) -> None:
    few, many = frames(form, 1), frames(form, 50_000)
    assert len(many) > 1_000_000
    assert look(many) == look(few)
    assert calls(many) == calls(few) < 200
    assert memory(many) < 10_000


# Work and memory


def fill(length: int, start: bytes, part: bytes) -> bytes:
    return start + part * ((length - len(start)) // len(part))


def fill_exif(length: int, tiff: bytes) -> bytes:
    return fill(length, JPEG[:2], b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff)


def fill_kinds(length: int) -> bytes:
    """Make boxes that are each of another kind."""
    return b"".join(box(struct.pack(">I", 2**31 + number)) for number in range((length - 200) // 8))


def fill_movie(length: int, part: bytes) -> bytes:
    return box(b"ftyp", b"avis", bytes(4)) + meta() + box(b"moov", fill(length - 300, b"", part))


def fill_associations(length: int, part: bytes) -> bytes:
    return avif(ipma=fill(length - 200, box(b"ipma", bytes(4), b"\xff" * 4, length=length - 200), part))


def nest(length: int, kind: bytes) -> bytes:
    """Nest boxes in boxes, as deep as the length allows."""
    depth = length // 12
    return b"".join(box(kind, bytes(4), length=12 * (depth - level)) for level in range(depth))


#: The same invalid orientation, again and again.
ENTRIES = entry(value=9, count=65_535)
#: A directory whose every field is a pointer to itself.
POINTERS = b"MM\0*" + struct.pack(">IH", 8, 65_535) + struct.pack(">HHII", 0x8769, 4, 1, 8) * 65_535
#: Functions that make a head of about a given length.
WORST: dict[str, Callable[[int], bytes]] = {
    "jpeg-fill": lambda length: fill(length, JPEG[:3], b"\xff"),
    "jpeg-garbage": lambda length: fill(length, JPEG[:20], b"garbage"),
    "jpeg-garbage-with-zeros": lambda length: fill(length, JPEG[:20], b"\xff\0"),
    "jpeg-restarts": lambda length: fill(length, JPEG[:20], b"\xff\xd0"),
    "jpeg-segments": lambda length: fill(length, JPEG[:2], b"\xff\xfe\0\2"),
    "jpeg-exif": lambda length: fill_exif(length, ENTRIES[:10] + ENTRIES[10:22] * 5400),
    "png-chunks": lambda length: fill(length, PNG[:33], chunk(b"tEXt", b"")),
    "png-exif": lambda length: png_with(chunk(b"eXIf", fill(length - 4500, ENTRIES[:10], ENTRIES[10:22]))),
    "png-exif-directories": lambda length: png_with(
        chunk(b"eXIf", fill(length - 4500, POINTERS[:10], POINTERS[10:22]))
    ),
    "png-unsound-exif": lambda length: fill(length, PNG[:33], chunk(b"eXIf", bytes(1000))[:-1] + b"?"),
    "gif-blocks": lambda length: fill(length, GIF[:6] + bytes(7) + b"\x21\xfe", b"\1x"),
    "avif-boxes": lambda length: fill(length, FTYP, box(b"free")),
    "avif-meta-kinds": lambda length: FTYP + box(b"meta", bytes(4), fill_kinds(length)),
    "avif-properties": lambda length: avif(fill(length - 200, ispe(1, 1), box(b"free"))),
    "avif-sizes": lambda length: avif(fill(length - 200, b"", ispe(1, 1))),
    "avif-associations": lambda length: fill_associations(length, struct.pack(">HB", 2, 0)),
    "avif-long-associations": lambda length: fill_associations(length, struct.pack(">HB", 2, 255) + bytes(255)),
    "avif-tracks": lambda length: fill_movie(length, movie((320, 200))[116:]),
    "avif-deep-movie": lambda length: box(b"ftyp", b"avis", bytes(4)) + meta() + nest(length - 200, b"moov"),
    "avif-deep-properties": lambda length: avif(ispe(1, 1) + nest(length - 200, b"ipco")),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_worst_head_costs_no_more_than_is_stated(name: str) -> None:
    data = WORST[name](MAX_HEAD_BYTES)
    assert MAX_HEAD_BYTES * 0.95 < len(data) <= MAX_HEAD_BYTES
    assert calls(data) <= MAX_CALLS
    assert memory(data) <= MAX_MEMORY


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_twice_as_long_a_head_costs_at_most_twice_as_much(name: str) -> None:
    # These heads are short enough not to reach the limit on fields.
    once, twice = (calls(WORST[name](length)) for length in (70_000, 140_000))
    assert twice <= 2.1 * once + 200


def between_pauses(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many functions are called at most before others get a turn."""
    counts = [0]
    monkeypatch.setattr("time.sleep", lambda seconds: counts.append(0))

    def count(frame: Any, event: str, argument: Any) -> None:
        counts[-1] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return max(counts)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_worst_head_lets_others_run_on_the_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = WORST[name](MAX_HEAD_BYTES)
    # Seven calls for each of 2,000 fields.
    assert between_pauses(lambda: outcome(data, len(data)), monkeypatch) <= 16_000


@pytest.mark.parametrize("data", [bytes(MAX_HEAD_BYTES), b":gps" * (MAX_HEAD_BYTES // 4)], ids=["zeros", "prefixes"])
def test_search_for_a_location_lets_others_run_on_the_way(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each call of re searches 256 KiB at most, and each of the two patterns searches everything.
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    refuse_location(data, Image("image/jpeg", 1, 1), len(data), lambda start, end: b"")
    assert len(pauses) >= len(data.translate(None, b"\0")) // BYTES_BETWEEN_PAUSES + len(data) // BYTES_BETWEEN_PAUSES


@pytest.mark.parametrize(
    "header",
    [
        struct.pack(">I4s", 0, b"meta"),
        struct.pack(">I4s", 7, b"meta"),
        struct.pack(">I4s", 2**32 - 1, b"meta"),
        struct.pack(">I4sQ", 1, b"meta", 0),
        struct.pack(">I4sQ", 1, b"meta", 15),
        struct.pack(">I4sQ", 1, b"meta", 2**63),
        struct.pack(">I4sQ", 1, b"meta", 2**64 - 1),
        struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1),
        struct.pack(">I4s", 0, b"mdat"),
    ],
)
@pytest.mark.parametrize("size", [None, MAX_HEAD_BYTES, 5 * 1024**3], ids=["as-long", "longer", "5-GiB"])
def test_avif_box_that_lies_about_its_size_is_never_published(header: bytes, size: int | None) -> None:
    data = FTYP + header + meta()[8:60]
    assert outcome(data, size or len(data)) in (NotAnImage, MoreBytesNeeded)


# Sizes that nobody expects


@settings(BOUNDED, max_examples=600)
@given(st.binary(max_size=300), st.integers(-400, 2**40))
def test_any_size_gets_an_answer(head: bytes, size: int) -> None:
    for start in (b"", JPEG[:2], PNG[:33], GIF[:13], FTYP + box(b"meta", length=2**31)):
        outcome(start + head, size)
