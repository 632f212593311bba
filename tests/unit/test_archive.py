"""The form of a backup: what is written is read again, from a file and from a pipe, and all else is refused."""

import hashlib
import io
import json
import tarfile
import threading
from os import fdopen, pipe
from typing import Any, BinaryIO

import pytest

from app import archive
from app.archive import ArchiveRefused, Reader, Writer
from app.contents import Contents, Mark, Picture
from app.storage import Upload
from tests.conftest import picture

PNG = picture("image/png")
KEYS = [
    "0b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png",
    "7d/1b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png",
    "2b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png",
]
GONE = "3b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.gif"
NAME = "été 東京 😀.png"
NOW = 1_795_000_000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def upload(key: str, data: bytes) -> Upload:
    return Upload(key, NAME, "image/png", len(data), NOW)


#: One that spans blocks and the memory of a spool, one that fills its block, one that is a real picture.
DATA = {KEYS[0]: b"\xff" * (archive.IN_MEMORY + 5), KEYS[1]: b"x" * 512, KEYS[2]: PNG}


def written() -> bytes:
    file = io.BytesIO()
    writer = Writer(file)
    for key, data in DATA.items():
        writer.add_picture(upload(key, data), sha256(data), io.BytesIO(data))
    writer.add_mark(GONE)
    writer.close()
    return file.getvalue()


WHOLE = written()


def read(file: BinaryIO) -> list[Any]:
    reader = Reader(file)
    found: list[Any] = []
    for entry in reader:
        if isinstance(entry, Mark):
            found.append(entry.key)
        else:
            with reader.take(entry) as taken:
                taken.seek(0)
                found.append((entry.upload, taken.read()))
    return found


def test_what_is_written_is_read_again() -> None:
    assert read(io.BytesIO(WHOLE)) == [*((upload(key, data), data) for key, data in DATA.items()), GONE]


def test_archive_is_read_from_a_pipe() -> None:
    ours, theirs = pipe()
    with fdopen(ours, "rb") as reading, fdopen(theirs, "wb") as writing:

        def feed() -> None:
            writing.write(WHOLE)
            writing.close()

        feeding = threading.Thread(target=feed)
        feeding.start()
        assert read(reading) == read(io.BytesIO(WHOLE))
        feeding.join()


def test_entries_may_be_passed_over() -> None:
    reader = Reader(io.BytesIO(WHOLE))
    assert [entry.upload.key if isinstance(entry, Picture) else entry.key for entry in reader] == [*DATA, GONE]
    assert reader.contents.pictures == set(DATA)


def test_any_tar_program_reads_the_pictures() -> None:
    with tarfile.open(fileobj=io.BytesIO(WHOLE)) as tar:
        assert {name: tar.extractfile(f"uploads/{name}").read() for name in DATA} == DATA
        headers = tar.getmember(f"uploads/{KEYS[0]}").pax_headers
    assert headers["SCHILY.xattr.user.filename"] == NAME


def test_writer_goes_on_behind_what_is_whole() -> None:
    # Whatever its length, the beginning of an archive is a beginning to go on from.
    for length in (600, 5_000, len(WHOLE) // 2, len(WHOLE) - 20_000, len(WHOLE) - 5_000, len(WHOLE)):
        file = io.BytesIO(WHOLE[:length])
        reader = Reader(file)
        try:
            for entry in reader:
                if isinstance(entry, Picture):
                    reader.take(entry).close()
        except ArchiveRefused:
            assert length < len(WHOLE)
        contents = reader.contents
        file.truncate(file.seek(contents.end))
        writer = Writer(file, contents if contents.end else None)
        for key in DATA.keys() - contents.pictures:
            writer.add_picture(upload(key, DATA[key]), sha256(DATA[key]), io.BytesIO(DATA[key]))
        writer.close()
        file.seek(0)
        assert {found[0].key for found in read(file) if isinstance(found, tuple)} == set(DATA)


# What is cut off or altered


def refused(data: bytes) -> str:
    with pytest.raises(ArchiveRefused) as caught:
        read(io.BytesIO(data))
    return str(caught.value)


def test_archive_that_is_cut_off_is_refused_wherever_it_is_cut() -> None:
    end = WHOLE.index(b"end.json")
    small = [*range(0, 3_000, 100), *range(end - 3_000, end + 512, 100)]
    for length in (*small, len(WHOLE) // 2):
        said = refused(WHOLE[:length])
        assert "cut off" in said or "no backup" in said
    assert f"uploads/{KEYS[0]}" in refused(WHOLE[: len(WHOLE) // 2])


def test_picture_with_one_bit_altered_is_named() -> None:
    for key, data in DATA.items():
        place = WHOLE.index(data) + len(data) // 2
        altered = WHOLE[:place] + bytes([WHOLE[place] ^ 1]) + WHOLE[place + 1 :]
        assert f"uploads/{key}" in refused(altered)


def test_header_with_one_bit_altered_is_refused() -> None:
    # A tar's own checksum finds it; Python's tarfile would take it for the end of the archive.
    for key in (*DATA, GONE):
        place = WHOLE.index(f"{key}\0".encode()) + 5
        assert "damaged" in refused(WHOLE[:place] + b"X" + WHOLE[place + 1 :])


def test_archive_from_which_something_was_taken_is_refused() -> None:
    for gone in (f"uploads/{KEYS[1]}", f"incoming/deleted/{GONE}"):
        rest = io.BytesIO()
        with (
            tarfile.open(fileobj=io.BytesIO(WHOLE)) as source,
            tarfile.open(fileobj=rest, mode="w", format=tarfile.PAX_FORMAT) as target,
        ):
            for member in source:
                if member.name != gone:
                    target.addfile(member, source.extractfile(member))
        assert "taken out" in refused(rest.getvalue())


# What somebody else made


def made(*entries: tuple[tarfile.TarInfo, bytes], begin: Any = None, end: Any = None) -> bytes:
    file = io.BytesIO()
    first = small("image-host.json", begin or {"format": 1, "version": "0.1.0", "made": ""})
    last = small("end.json", end or {"pictures": 1, "deleted": 0})
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in (first, *entries, last):
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def small(name: str, value: Any) -> tuple[tarfile.TarInfo, bytes]:
    data = json.dumps(value).encode()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def entry(name: str = f"uploads/{KEYS[0]}", data: bytes = PNG, **changes: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.pax_headers = {
        "SCHILY.xattr.user.mime_type": "image/png",
        "SCHILY.xattr.user.filename": NAME,
        "SCHILY.xattr.user.sha256": sha256(data),
    }
    for field, value in changes.items():
        setattr(info, field, value)
    return info, data


def headers(**changes: str | None) -> dict[str, str]:
    both = {**entry()[0].pax_headers, **{f"SCHILY.xattr.user.{name}": value for name, value in changes.items()}}
    return {name: value for name, value in both.items() if value is not None}


def test_archive_that_somebody_made_with_another_program_is_read() -> None:
    assert read(io.BytesIO(made(entry())))[0][1] == PNG


@pytest.mark.parametrize(
    "name",
    [
        "../" + KEYS[0],
        "/uploads/" + KEYS[0],
        "uploads/../" + KEYS[0],
        "uploads/uploads/" + KEYS[0],
        "uploads//" + KEYS[0],
        "uploads/" + KEYS[0].upper(),
        "uploads/" + KEYS[0] + "/x",
        "uploads/" + KEYS[0] + "\n",
        "uploads/x.png",
        "uploads/../../../etc/passwd",
        "incoming/" + KEYS[0],
        "restored/20261201T000000Z/" + KEYS[0],
        "incoming/deleted/../" + KEYS[0],
        "secret_key",
        "é",
        "x" * 300,
    ],
)
def test_name_that_is_no_key_of_ours_is_refused(name: str) -> None:
    refused(made(entry(name)))


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
        tarfile.GNUTYPE_SPARSE,
        tarfile.XGLTYPE,
        b"Z",
    ],
)
def test_entry_that_is_no_file_is_refused(kind: bytes) -> None:
    assert "is no file" in refused(made(entry(type=kind, linkname="/etc/passwd")))


@pytest.mark.parametrize(
    "pax_headers",
    [
        {},
        headers(sha256=None),
        headers(sha256=""),
        headers(sha256="0" * 64),
        headers(mime_type="text/html"),
        headers(mime_type="image/svg+xml"),
        headers(mime_type="image/jpeg"),
        headers(mime_type="IMAGE/PNG"),
        headers(other="x"),
        headers() | {"path": "../../x"},
        headers() | {"size": "5"},
        headers() | {"size": "-512"},
        headers() | {"GNU.sparse.map": "0,1"},
        headers() | {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
        headers() | {"hdrcharset": "BINARY"},
        headers(filename="x" * 20_000),
    ],
)
def test_header_that_says_something_else_is_refused(pax_headers: dict[str, str]) -> None:
    refused(made(entry(pax_headers=pax_headers)))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x.png"),
        ("x.html", "x.html.png"),
        ("", "picture.png"),
    ],
)
def test_file_name_is_as_safe_as_that_of_an_upload(said: str, kept: str) -> None:
    found = read(io.BytesIO(made(entry(pax_headers=headers(filename=said)))))
    assert found[0][0].filename == kept


def test_entry_may_not_claim_more_than_there_is() -> None:
    whole = made(entry())
    place = whole.index(f"uploads/{KEYS[0]}".encode())
    for claimed in (2**33 - 1, 4096):
        info = tarfile.TarInfo.frombuf(whole[place : place + 512], "utf-8", "strict")
        info.size = claimed
        assert KEYS[0] in refused(whole[:place] + info.tobuf(tarfile.USTAR_FORMAT) + whole[place + 512 :])


@pytest.mark.parametrize(("field", "value"), [("mtime", -1), ("mtime", 2**40), ("size", -512)])
def test_number_that_can_not_be_is_refused(field: str, value: int) -> None:
    whole = made(entry())
    place = whole.index(f"uploads/{KEYS[0]}".encode())
    info = tarfile.TarInfo.frombuf(whole[place : place + 512], "utf-8", "strict")
    setattr(info, field, value)
    assert "can't be" in refused(whole[:place] + info.tobuf(tarfile.GNU_FORMAT)[:512] + whole[place + 512 :])


def test_picture_that_is_in_it_twice_is_refused() -> None:
    assert "twice" in refused(made(entry(), entry()))
    marks = [entry(f"incoming/deleted/{GONE}", b"", pax_headers={})] * 2
    assert "twice" in refused(made(*marks))


def test_mark_is_empty() -> None:
    assert GONE in refused(made(entry(f"incoming/deleted/{GONE}", b"x", pax_headers={})))


@pytest.mark.parametrize("record", [b"", b"x", b"99 a=b\n", b"5 a=b\n", b"0 a=b\n", b"6 a=b\nx", b"6 \xff=b\n"])
def test_broken_pax_header_is_refused(record: bytes) -> None:
    whole = made(entry())
    start = whole.index(b"SCHILY") - 3
    start -= start % 512
    broken = whole[:start] + record.ljust(512, b"\0") + whole[start + 512 :]
    refused(broken)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 10_240, b"x" * 10_240, b"\x1f\x8b" + bytes(1_000), PNG, made(begin=[])[512:], made()[1024:]],
)
def test_file_that_is_no_backup_is_told_so(data: bytes) -> None:
    assert "no backup" in refused(data)


def test_backup_of_a_newer_version_is_told_so() -> None:
    said = refused(made(begin={"format": 2, "version": "9.9.9"}))
    assert "format 2" in said
    assert "9.9.9" in said


@pytest.mark.parametrize("end", [{"pictures": 2, "deleted": 0}, {"pictures": 1}, {"pictures": True, "deleted": "0"}])
def test_end_that_counts_otherwise_is_refused(end: Any) -> None:
    assert "counts" in refused(made(entry(), end=end))


def test_archive_is_read_in_small_pieces() -> None:
    asked: list[int] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    read(Watched(WHOLE))
    assert max(asked) <= 256 * 1024


def test_contents_say_what_the_last_entry_says() -> None:
    assert Contents({"a"}, {"b", "c"}).numbers == {"pictures": 1, "deleted": 2}
