"""The command imghost: what it decides as the page does, how its modules hang together, and hostile input."""

import ast
import json
import re
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT, VERSION
from imghost import __version__, fetch, retry
from imghost.batch import Uploader
from imghost.errors import Failure, Usage
from imghost.pictures import prepare, sniff
from imghost.serve import Refused, pictures_of_form
from imghost.settings import Settings
from imghost.snippets import snippet
from imghost.text import plain
from imghost.wire import ApiError, Limits, Picture, Signed, key_of
from tests.conftest import FORMATS, picture
from tests.rigs.listener import listening

TABLES = ROOT / "tests" / "tables"
SOURCE = ROOT / "clients" / "imghost" / "src" / "imghost"
MODULES = sorted(SOURCE.glob("*.py"))
UUID = "0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee"
ANSWER = {
    "uploadId": "1",
    "viewURL": "https://img.test/1.png",
    "deleteURL": "https://img.test/delete#1",
    "deleteToken": "1",
    "filename": "1.png",
    "contentType": "image/png",
    "size": 1,
    "width": 640,
    "height": 480,
    "expiresAt": None,
}
LIMITS = Limits({kind: [] for kind in FORMATS}, 10**6, ["1d"], token_required=False, page_url=None)


@pytest.mark.parametrize("row", json.loads((TABLES / "heads.json").read_text()), ids=lambda row: row["name"])
def test_files_are_known_as_the_page_knows_them(row: dict[str, Any]) -> None:
    assert sniff(bytes.fromhex(row["head"])) == row["type"]


@pytest.mark.parametrize("row", json.loads((TABLES / "snippets.json").read_text()), ids=lambda row: row["filename"])
def test_snippets_are_the_page_s(row: dict[str, Any]) -> None:
    whole = Picture.of({**ANSWER, "filename": row["filename"]})
    # A link with such characters is refused when it comes, so it is put in afterwards.
    object.__setattr__(whole, "view_url", row["viewURL"])
    for form in ("markdown", "html", "bbcode"):
        assert snippet(form, whole) == row[form]


@pytest.mark.parametrize("key", [f"{UUID}.png", f"7d/{UUID}.avif"])
def test_page_is_where_the_server_has_it(key: str) -> None:
    link = f"https://pictures.test/i/{key}"
    page = replace(LIMITS, page_url="https://img.test/p/{name}").page_of(link)
    assert page == f"https://img.test/p/{key.replace('.', '-')}"
    assert key_of(page) == key_of(link) == key


def test_picture_without_a_page_has_its_link() -> None:
    link = f"https://pictures.test/i/{UUID}.png"
    assert LIMITS.page_of(link) == link
    other = "https://pictures.test/holiday.png"
    assert replace(LIMITS, page_url="https://img.test/p/{name}").page_of(other) == other
    assert key_of(other) is None


def test_pages_are_asked_only_of_a_server_that_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Older(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            answer = {"contentTypes": [], "maxUploadBytes": 1, "expiries": [], "tokenRequired": False}
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr("imghost.batch.state_folder", lambda: tmp_path)
    with listening(Older) as site:
        server = f"http://127.0.0.1:{site.server_port}"
        assert Uploader(Settings(server, None)).limits(lambda _: None).page_url is None
        with pytest.raises(Usage, match="has no pages of pictures"):
            Uploader(Settings(server, None, format="page")).limits(lambda _: None)


def test_waits_are_the_page_s() -> None:
    page = (ROOT / "frontend/src/engine/retry.ts").read_text()
    found = {name: int(value.replace("_", "")) for name, value in re.findall(r"const (\w+) = ([\d_]+);", page)}
    assert found == {
        "MAX_FAILURES": retry.MAX_FAILURES,
        "BASE_WAIT_MS": retry.BASE_WAIT * 1000,
        "MAX_WAIT_MS": retry.MAX_WAIT * 1000,
        "MAX_RETRY_AFTER_MS": retry.MAX_RETRY_AFTER * 1000,
    }


def test_version_is_the_server_s() -> None:
    assert __version__ == VERSION


@pytest.mark.parametrize(
    "wrong",
    [
        {"viewURL": "javascript:alert(1)"},
        {"viewURL": "https://img.test/1.png\nhttps://evil.test"},
        {"viewURL": "https://img.test/\x1b[2J"},
        {"viewURL": 1},
        {"deleteToken": None},
        {"filename": ["a"]},
        {"width": '"><script>'},
        {"height": True},
    ],
)
def test_answer_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Picture.of(ANSWER | wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
LIMITS_ANSWER = {"contentTypes": [{"contentType": "image/png", "extensions": ["png"]}], "maxUploadBytes": 1}
LIMITS_ANSWER |= {"expiries": ["1d"], "tokenRequired": False}
SIGNED_ANSWER = {"uploadURL": "https://s3.test/a", "headers": {"A": "b"}, "uploadToken": "t"}


@given(data=st.data())
@pytest.mark.parametrize(
    ("read", "whole"), [(Limits.of, LIMITS_ANSWER), (Signed.of, SIGNED_ANSWER), (Picture.of, ANSWER)]
)
def test_hostile_answer_is_read_or_refused(read: Any, whole: dict[str, Any], data: st.DataObject) -> None:
    read(whole)
    field = data.draw(st.sampled_from(sorted(whole)))
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        read(whole | {field: data.draw(JSON)})


@pytest.mark.parametrize("headers", [{"A\r\nB": "c"}, {"A": "b\r\nC: d"}, {"A:": "b"}, {"": "b"}])
def test_headers_that_hide_others_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no headers"):
        Signed.of(SIGNED_ANSWER | {"headers": headers})


def test_web_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PATIENCE", 1.0)
    ended = threading.Event()

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not ended.wait(0.05):
                    self.wfile.write(b"x")

        def log_message(self, *_: object) -> None:
            pass

    with listening(Drip) as site:
        with pytest.raises(Failure, match="can't be fetched"), urllib3.PoolManager() as http:
            fetch.download(f"http://127.0.0.1:{site.server_port}/a.png", 10**9, http)
        ended.set()


@pytest.mark.parametrize(
    ("status", "code", "temporary", "exit_code"),
    [
        (0, "network", True, 5),
        (401, "access_token_required", False, 4),
        (408, "", True, 5),
        (413, "body_too_large", False, 1),
        (422, "not_an_image", False, 1),
        (429, "rate_limited", True, 5),
        (500, "internal_error", True, 5),
        (503, "store_unavailable", True, 5),
        (503, "store_misconfigured", False, 1),
        (507, "store_full", False, 5),
    ],
)
def test_what_may_succeed_later(status: int, code: str, temporary: bool, exit_code: int) -> None:
    error = ApiError(status, code, "It is so.")
    assert error.is_temporary is temporary
    assert error.failure().exit_code == exit_code


def test_what_is_printed_steers_no_terminal() -> None:
    assert plain("a\x1b]0;x\x07\n\u202eb\ud800\u2028é 東") == "a�]0;x���b��é 東"


def file(data: bytes) -> BinaryIO:
    """Return a file with a descriptor."""
    made = tempfile.TemporaryFile()  # noqa: SIM115
    made.write(data)
    made.seek(0)
    return made


@given(data=st.binary(max_size=500), kind=st.sampled_from(sorted(FORMATS)))
def test_garbage_is_sent_whole_or_refused(data: bytes, kind: str) -> None:
    for head in (b"", picture(kind)[:40]):
        try:
            with file(head + data) as opened:
                prepared = prepare(opened, LIMITS, keep_metadata=False)
        except Failure:
            continue
        assert prepared.size == sum(map(len, prepared.parts)) <= len(head + data) + 100


@given(body=st.binary(min_size=1, max_size=300) | st.lists(st.sampled_from([
    b"--x", b"--", b"\r\n", b"\r\n\r\n", b'Content-Disposition: form-data; filename="a"', b"a", b"\xff"
]), min_size=1).map(b"".join))  # fmt: skip
def test_garbage_is_no_form(body: bytes) -> None:
    with file(body) as spool:
        try:
            found = pictures_of_form(spool, "x")
        except Refused:
            return
        for source in found:
            with source.open(10) as copied:
                copied.seek(0)
                assert copied.read() in body


def test_form_in_which_a_name_is_raw_utf_8() -> None:
    body = '--x\r\nContent-Disposition: form-data; name="f"; filename="dir/é.png"\r\n\r\nabc\r\n--x--\r\n'.encode()
    with file(body) as spool:
        [source] = pictures_of_form(spool, "x")
        assert source.name == "é.png"
        with source.open(10) as copied:
            copied.seek(0)
            assert copied.read() == b"abc"


# How its modules hang together.

#: Lowest first: a module imports those of lower rows only. A new module takes its place here.
ROWS = [
    {"__init__", "errors", "spool", "text"},
    {"settings", "wire", "clipboard"},
    {"server", "snippets", "journal"},
    {"retry", "fetch", "pictures"},
    {"sources", "enter"},
    {"transfer", "remove"},
    {"batch"},
    {"show"},
    {"terminal", "serve"},
    {"cli"},
    {"__main__"},
]
RANKS = {module: rank for rank, row in enumerate(ROWS) for module in row}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
            if node.module == "imghost":
                found |= {f"imghost.{alias.name}" for alias in node.names if (SOURCE / f"{alias.name}.py").exists()}
    return found


def test_every_module_has_a_place() -> None:
    assert {path.stem for path in MODULES} == set(RANKS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules_are_short_and_imports_point_one_way(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name
    found = imports(path)
    assert {name.partition(".")[0] for name in found} - sys.stdlib_module_names <= {
        "click",
        "imghost",
        "platformdirs",
        "rich",
        "urllib3",
    }
    assert ("os.environ" in text or "getenv" in text) is (path.stem == "settings")
    for name in found:
        inner = name.removeprefix("imghost.")
        if name.startswith("imghost.") and not inner.startswith("strip"):
            assert RANKS[inner] < RANKS[path.stem], name


def test_rich_is_loaded_on_a_terminal_alone() -> None:
    assert {path.stem for path in MODULES if "rich" in {name.partition(".")[0] for name in imports(path)}} == {
        "terminal"
    }


def test_link_leads_to_the_server_s_own_code() -> None:
    assert (SOURCE / "strip").is_symlink()
    assert (SOURCE / "strip").resolve() == ROOT / "app" / "pictures" / "strip"
