"""Pictures without their metadata: the same bytes as the page makes, without copies, and in bounded time."""

import json
import mmap
import struct
import tempfile
import zlib
from base64 import b64decode
from collections.abc import Callable

import pytest

from app.pictures.strip import BrokenPicture, NotShown, strip
from tests import raster
from tests.avif import Avif, Item, box, ftyp, full
from tests.conftest import PICTURES
from tests.raster import END, chunk, segment
from tests.rigs.stripping import Page, difference, example
from tests.strip_cases import TABLE, Case, cases, digest, outcome
from tests.unit import effort

CASES = {case.name: case for case in cases()}
ROWS = {row["picture"]: row for row in json.loads(TABLE.read_text())}


def test_table_is_up_to_date() -> None:
    """`python -m tests.strip_cases` writes the table."""
    assert len(CASES) == len(cases())
    assert list(ROWS) == list(CASES)
    for name, row in ROWS.items():
        assert row["type"] == CASES[name].content_type
        if "data" in row:
            assert zlib.decompress(b64decode(row["data"])) == CASES[name].data, name


def test_each_picture_becomes_the_bytes_that_the_page_makes_of_it() -> None:
    # table.test.ts holds the page to the same rows.
    assert {name: digest(outcome(case.data, case.content_type)) for name, case in CASES.items()} == {
        name: row["outcome"] for name, row in ROWS.items()
    }


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"])
def test_nothing_secret_stays_and_a_second_time_changes_nothing(content_type: str) -> None:
    found = [case for case in CASES.values() if case.content_type == content_type]
    cleaned = [(case, left) for case in found if isinstance(left := outcome(case.data, content_type), bytes)]
    assert sum(b"secret" in case.data for case, _ in cleaned) > 5
    for case, left in cleaned:
        assert b"secret" not in left, case.name
        # What has no header is no picture; the API refuses it.
        assert outcome(left, content_type) == left or "without a header" in case.name, case.name


def test_page_and_server_make_the_same_of_broken_pictures() -> None:
    # `python -m tests.rigs.stripping` tries any number.
    with Page() as page:
        pictures = cases()
        found = [difference(page, example(7, number, pictures)) for number in range(1_500)]
    assert [each for each in found if each] == []


@pytest.mark.parametrize("content_type", ["image/svg+xml", "image/heic", "text/html", "IMAGE/PNG", ""])
def test_another_type_is_refused(content_type: str) -> None:
    with pytest.raises(BrokenPicture):
        strip((PICTURES / "photo.jpg").read_bytes(), content_type)


@pytest.mark.parametrize("case", [CASES[f"pictures/{path.name}"] for path in sorted(PICTURES.glob("*[!d]"))], ids=str)
def test_picture_cut_off_anywhere_is_stripped_or_refused(case: Case) -> None:
    for length in [*range(64), *range(64, len(case.data), 997)]:
        outcome(case.data[:length], case.content_type)


# Views, not copies


def mapped(data: bytes) -> mmap.mmap:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


#: One picture of each type with something to remove.
LADEN = [
    CASES[name]
    for name in (
        "photographs/nikon-d2h.jpg",
        "gainmap/XMP",
        "raster/png-long",
        "gif: comment",
        "webp: exif and xmp",
        "avif/Exif and XMP",
    )
]


@pytest.mark.parametrize("case", LADEN, ids=lambda case: case.name)
@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, mapped], ids=lambda form: form.__name__)
def test_file_may_come_in_any_form(case: Case, form: Callable[[bytes], bytes]) -> None:
    left = b"".join(strip(form(case.data), case.content_type))
    assert left == outcome(case.data, case.content_type) != case.data


@pytest.mark.parametrize("case", LADEN, ids=lambda case: case.name)
def test_mapped_file_can_be_closed_once_its_parts_are_gone(case: Case) -> None:
    data = mapped(case.data)
    parts = strip(data, case.content_type)
    with pytest.raises(BufferError):
        data.close()
    del parts
    data.close()


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("image/jpeg", raster.START + END + bytes(9)),
        ("image/png", raster.png(raster.header())),
        ("image/gif", b"GIF89a" + bytes(7) + b"?"),
        ("image/webp", b"RIFF"),
        ("image/avif", ftyp(b"avif") + full(b"meta", box(b"iinf", length=99))),
    ],
)
def test_mapped_file_can_be_closed_while_a_refusal_is_handled(content_type: str, data: bytes) -> None:
    # The error holds the frames that it came through, and so would hold their views.
    file = mapped(data)
    try:
        strip(file, content_type)
    except (BrokenPicture, NotShown):
        file.close()
    assert file.closed


LONG = 5_000_000
LONG_PIXELS = {
    "image/jpeg": raster.inserted(segment(0xFE, b"secret"), before=0xDA)[:-2] + b"\0\xff\0" * (LONG // 3) + END,
    "image/png": raster.png(chunk(b"tEXt", b"secret"), after=chunk(b"IDAT", bytes(LONG))),
    "image/gif": b"GIF89a"
    + bytes(7)
    + b"\x21\xfe\6secret\0\x2c"
    + bytes(10)
    + bytes([255] * 256) * (LONG // 255)
    + b"\0;",
    "image/webp": b"RIFF"
    + struct.pack("<I4s4sI6s4sI", LONG + 26, b"WEBP", b"XMP ", 6, b"secret", b"VP8 ", LONG)
    + bytes(LONG),
    "image/avif": Avif(items=(Item(1, bytes(LONG)), Item(2, b"secret", b"mime", ()))).make(),
}


@pytest.mark.parametrize("content_type", LONG_PIXELS)
def test_pixels_are_neither_copied_nor_parted(content_type: str) -> None:
    data = LONG_PIXELS[content_type]
    assert effort.memory(lambda: strip(data, content_type)) < 100_000
    parts = strip(data, content_type)
    assert len(parts) < 20
    assert b"secret" not in b"".join(parts)
    assert len(max(parts, key=len)) >= LONG
