"""Bodies with pictures in them, as programs and attackers send them: what is taken, and what a refusal names."""

import errno
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from app import form
from app.errors import InvalidRequest, StoreFull
from app.form import FRAME_BYTES, MAX_BOUNDARY, MAX_FIELD_BYTES, MAX_FIELDS, MAX_PICTURES, PICTURE_FIELDS, Form
from app.spool import Spool

LIMIT = 300_000
#: Anything but text, with all that a careless reader may take for the end of a part.
DATA = bytes(range(256)) * 400 + b"\r\n--other\r\n\r--b\n--b\r\n-- b--\r\n" + bytes(range(256))


class Body(io.BytesIO):
    """A body that arrives in pieces of one size."""

    def __init__(self, data: bytes, piece: int) -> None:
        super().__init__(data)
        self._piece = piece

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, self._piece))


def part(name: str, data: bytes = b"x", filename: str | None = None, headers: str = "") -> bytes:
    filed = "" if filename is None else f'; filename="{filename}"'
    head = f'--bnd\r\nContent-Disposition: form-data; name="{name}"{filed}\r\n{headers}\r\n'
    return head.encode() + data + b"\r\n"


END = b"--bnd--\r\n"


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Callable[..., Form]]:
    """Return a function that reads a multipart body."""
    opened: list[Form] = []

    def read(body: bytes, piece: int = 65_536, boundary: str = "bnd", **options: Any) -> Form:
        given = {"limit": LIMIT, "most": MAX_PICTURES, "admit": lambda _: None, "count": lambda: None, **options}
        opened.append(Form(tmp_path, **given))
        opened[-1].read_multipart(Body(body, piece), boundary)
        return opened[-1]

    yield read
    for each in opened:
        with each:
            pass
        assert all(sent.spool.file.closed for sent in each.pictures)
    # Nothing has a name there, whatever happened.
    assert list(tmp_path.iterdir()) == []


def pictures(form: Form) -> list[tuple[str, str | None, bytes]]:
    return [(sent.field, sent.name, sent.spool.head(sent.spool.size + 1)) for sent in form.pictures]


@pytest.mark.parametrize("piece", [1, 2, 7, 1000, 65_536])
def test_parts_are_the_same_however_they_arrive(read: Callable[..., Form], piece: int) -> None:
    data = DATA[-1000:] if piece < 1000 else DATA
    body = (
        b"preamble\r\n"
        + part("keep", b"metadata")
        + part("file", data, "a.png", "Content-Type: image/png\r\n")
        + part("image", b"y", "b.png")
        + part("expiresIn", b"7d")
        + END
        + b"epilogue"
    )
    form = read(body, piece)
    assert pictures(form) == [("file", "a.png", data), ("image", "b.png", b"y")]
    assert form.fields == {"keep": "metadata", "expiresIn": "7d"}
    assert form.size == len(data) + 1


@pytest.mark.parametrize("field", PICTURE_FIELDS)
def test_picture_may_be_in_each_of_its_fields(read: Callable[..., Form], field: str) -> None:
    assert pictures(read(part(field, b"x", "a.png") * 2 + END)) == [(field, "a.png", b"x")] * 2


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="été 東京.png"', "été 東京.png"),
        ("filename*=UTF-8''%C3%A9t%C3%A9.png", "été.png"),
        ('filename="a\\"b.png"', 'a"b.png'),
        ('filename="a%22b.png"', 'a"b.png'),
        ("filename=plain.png", "plain.png"),
        ('filename=""', None),
        (f'filename="{"x" * 300}.png"', "x" * 251 + ".png"),
    ],
)
def test_name_of_a_file_is_what_its_sender_means(read: Callable[..., Form], parameter: str, name: str | None) -> None:
    body = f'--bnd\r\nContent-Disposition: form-data; name="file"; {parameter}\r\n\r\nx\r\n'.encode() + END
    assert pictures(read(body)) == [("file", name, b"x")]


def test_fields_before_the_first_picture_admit_it(read: Callable[..., Form]) -> None:
    seen: list[dict[str, str]] = []
    body = part("key", b"token") + part("file", b"x", "a") + part("keep", b"metadata") + part("file", b"y", "b") + END
    read(body, admit=lambda fields: seen.append(dict(fields)))
    assert seen == [{"key": "token"}]


def test_picture_that_is_not_admitted_is_not_written(
    read: Callable[..., Form], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "Spool", lambda _: pytest.fail("written"))

    def refuse(_: dict[str, str]) -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        read(part("file", DATA, "a.png") + END, admit=refuse)
    with pytest.raises(PermissionError):
        read(part("key", b"token") + END, admit=refuse)


def test_each_picture_after_the_first_is_counted(read: Callable[..., Form]) -> None:
    counted: list[None] = []
    read(part("file", b"x", "a") * 5 + END, count=lambda: counted.append(None))
    assert len(counted) == 4


WRONG_FIELDS = {
    "no picture": (b"", "file"),
    "text in a picture's field": (part("file", b"x"), "file"),
    "picture in another field": (part("photo", b"x", "a.png"), "photo"),
    "empty file": (part("image", b"", "a.png"), "image"),
    "empty file after a good one": (part("file", b"x", "a.png") + part("image", b"", "a.png"), "image"),
    "too many pictures": (part("list", b"x", "a.png") * (MAX_PICTURES + 1), "list"),
    "too many fields": (b"".join(part(f"f{number}") for number in range(MAX_FIELDS + 1)), f"f{MAX_FIELDS}"),
    "field twice": (part("keep") * 2, "keep"),
    "long field": (part("keep", b"x" * (MAX_FIELD_BYTES + 1)), "keep"),
    "field that is no text": (part("keep", b"\xff"), "keep"),
}


@pytest.mark.parametrize("name", WRONG_FIELDS)
@pytest.mark.parametrize("piece", [100, 65_536])
def test_wrong_field_is_named(read: Callable[..., Form], name: str, piece: int) -> None:
    body, field = WRONG_FIELDS[name]
    with pytest.raises(InvalidRequest) as caught:
        read(body + END, piece)
    assert caught.value.fields == [field]


BROKEN = {
    "nothing": b"",
    "no boundary": b"x" * 1000,
    "no end": part("file", b"x", "a.png"),
    "end within a picture": part("file", DATA, "a.png")[:-1000],
    "end within a head": part("file", b"x", "a.png")[:30],
    "no disposition": b"--bnd\r\nContent-Type: image/png\r\n\r\nx\r\n" + END,
    "no name": b'--bnd\r\nContent-Disposition: form-data; filename="a.png"\r\n\r\nx\r\n' + END,
    "empty name": part("", b"x", "a.png") + END,
    "head that is no text": b'--bnd\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n' + END,
    "head without end": b"--bnd\r\nX: " + b"x" * 100_000,
    "heads without end": b"--bnd\r\n" + b"X: x\r\n" * 20_000,
    "preamble without end": b"x\r\n" * 100_000 + part("file", b"x", "a.png") + END,
    "epilogue without end": part("file", b"x", "a.png") + END + b"x" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("piece", [1000, 65_536])
def test_what_is_no_form_is_a_bad_request(read: Callable[..., Form], name: str, piece: int) -> None:
    with pytest.raises(BadRequest):
        read(BROKEN[name], piece)


@pytest.mark.parametrize("boundary", ["", "x" * (MAX_BOUNDARY + 1), "é", "b\0", "b\r\n"])
def test_boundary_that_is_none_is_a_bad_request(read: Callable[..., Form], boundary: str) -> None:
    with pytest.raises(BadRequest):
        read(END, boundary=boundary)


@pytest.mark.parametrize("boundary", ["x" * MAX_BOUNDARY, "'()+_,-./:=?", "----WebKitFormBoundaryAbC123", ".*[a"])
def test_boundary_may_be_any_that_the_standard_allows_and_longer(read: Callable[..., Form], boundary: str) -> None:
    body = (part("file", DATA, "a.png") + END).replace(b"bnd", boundary.encode())
    assert pictures(read(body, boundary=boundary)) == [("file", "a.png", DATA)]


def test_pictures_are_limited_together(read: Callable[..., Form]) -> None:
    half = b"x" * (LIMIT // 2)
    assert read(part("file", half, "a") * 2 + END).size == LIMIT
    with pytest.raises(RequestEntityTooLarge, match=str(LIMIT)):
        read(part("file", half, "a") + part("file", half + b"x", "b") + END)


def test_body_that_is_too_long_is_not_read_to_its_end(read: Callable[..., Form], tmp_path: Path) -> None:
    body = Body(part("file", bytes(10 * LIMIT), "a") + END, 65_536)
    with Form(tmp_path, LIMIT, 1, lambda _: None, lambda: None) as form, pytest.raises(RequestEntityTooLarge):
        form.read_multipart(body, "bnd")
    assert body.tell() < 2 * LIMIT


def test_frame_of_the_fullest_form_is_within_its_allowance(read: Callable[..., Form]) -> None:
    fields = b"".join(part(f"field-{number}", b"x" * MAX_FIELD_BYTES) for number in range(MAX_FIELDS))
    files = part("file", b"x", "x" * 255, "Content-Type: application/octet-stream\r\n") * MAX_PICTURES
    body = (fields + files + END).replace(b"bnd", b"x" * MAX_BOUNDARY)
    assert len(read(body, boundary="x" * MAX_BOUNDARY).pictures) == MAX_PICTURES
    assert len(body) < FRAME_BYTES


def test_raw_body_is_one_picture(tmp_path: Path) -> None:
    with Form(tmp_path, LIMIT, 1, lambda _: None, lambda: None) as form:
        form.read_raw(Body(DATA, 1000), "a.png")
        assert pictures(form) == [("file", "a.png", DATA)]
    with Form(tmp_path, LIMIT, 1, lambda _: None, lambda: None) as form, pytest.raises(InvalidRequest):
        form.read_raw(Body(b"", 1000), None)
    with Form(tmp_path, 10, 1, lambda _: None, lambda: None) as form, pytest.raises(RequestEntityTooLarge):
        form.read_raw(Body(b"x" * 11, 1000), None)


# The file on disk


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let spools lie on a disk that is full."""

    def make(**_: Any) -> Any:
        return Path("/dev/full").open("r+b", buffering=0)

    monkeypatch.setattr(tempfile, "TemporaryFile", make)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_full_disk_is_a_full_store(full: None, read: Callable[..., Form]) -> None:
    with pytest.raises(StoreFull):
        read(part("file", DATA, "a.png") + END)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_is_too_full_for_a_file_is_a_full_store(
    read: Callable[..., Form], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(**_: Any) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StoreFull):
        read(part("file", DATA, "a.png") + END)


def test_spool_gives_back_what_was_written(tmp_path: Path) -> None:
    with Spool(tmp_path / "new") as written:
        data = DATA * 30
        for start in range(0, len(data), 999_999):
            written.write(memoryview(data)[start : start + 999_999])
        assert written.size == len(data)
        assert written.head(10) == data[:10]
        assert bytes(written.map()) == data
        assert list((tmp_path / "new").iterdir()) == []
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert written.file.closed
