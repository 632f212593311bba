"""`imghost serve`: PicGo's protocol for editors, and what it refuses, which is every web page."""

import http.client
import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import free_port, picture
from tests.rigs.imghost import Imghost, ended
from tests.rigs.server import Server, listens, until

LIMIT = 200_000
PNG = picture("image/png")
JPEG = picture("image/jpeg")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"), MAX_UPLOAD_BYTES=str(LIMIT))
    server.start()
    yield server
    server.end()


class Editor:
    """A client of `imghost serve`."""

    def __init__(self, port: int, home: Path) -> None:
        self.port = port
        self.home = home
        self.url = f"http://127.0.0.1:{port}"

    def post(self, path: str = "/upload", **options: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=120, **options)

    def raw(self, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """Send exactly these headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def listening(imghost: Imghost) -> Iterator[Editor]:
    port = free_port()
    process = imghost.spawn("serve", "--port", str(port))
    until(lambda: process.poll() is not None or listens(port))
    yield Editor(port, imghost.home)
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert (said.code, said.errors) == (0, ""), said


@pytest.fixture(scope="module")
def editor(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    home = tmp_path_factory.mktemp("home")
    (home / "bin").mkdir()
    imghost = Imghost(home, IMGHOST_SERVER=server.url)
    imghost.env["PATH"] = f"{home}/bin:{imghost.env['PATH']}"
    with listening(imghost) as editor:
        yield editor


def links(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    return list(answer.json()["result"])


def test_heartbeat(editor: Editor) -> None:
    assert editor.post("/heartbeat").json() == {"success": True, "result": "alive"}


def test_list_of_paths(editor: Editor) -> None:
    for name, data in (("a.png", PNG), ("b ü.jpg", JPEG)):
        (editor.home / name).write_bytes(data)
    paths = [str(editor.home / name) for name in ("b ü.jpg", "a.png")]
    first, second = links(editor.post(json={"list": paths}))
    assert (first.rpartition(".")[2], second.rpartition(".")[2]) == ("jpg", "png")
    assert requests.get(second, timeout=60).content == PNG


@pytest.mark.parametrize("field", ["list", "files", "file"])
def test_multipart(editor: Editor, field: str) -> None:
    boundary_inside = PNG + b"\r\n--not-the-boundary\r\n\r\n"
    files = [(field, ('ü "1".png', boundary_inside)), (field, ("C:\\b.jpg", JPEG))]
    found = links(editor.post(files=files, data={"key": "value"}))
    assert len(found) == 2
    # What is behind the end of a PNG is metadata.
    assert requests.get(found[0], timeout=60).content == PNG


def test_clipboard(editor: Editor) -> None:
    answer = editor.post()
    assert answer.status_code == 422
    assert answer.json()["success"] is False
    assert "clipboard" in answer.json()["message"]
    (editor.home / "clip").write_bytes(PNG)
    path = editor.home / "bin" / "wl-paste"
    path.write_text(f"#!/bin/sh\ncase $* in --list-types) echo image/png;; *) cat {editor.home}/clip;; esac\n")
    path.chmod(0o755)
    bodies: list[dict[str, Any]] = [{}, {"data": b"{}"}, {"json": {"list": []}}]
    for body in bodies:
        [link] = links(editor.post(**body))
        assert requests.get(link, timeout=60).content == PNG


PAGES = {
    "another site": {"Origin": "https://evil.test"},
    "this computer's own page": {"Origin": "http://localhost:8000"},
    "a sandboxed page": {"Origin": "null"},
    "a page that looks like Obsidian": {"Origin": "https://app.obsidian.md"},
    "a page without an origin": {"Sec-Fetch-Site": "cross-site"},
    "a page of the same site": {"Sec-Fetch-Site": "same-site"},
    "DNS rebinding": {"Host": "evil.test:36677"},
    "a name that begins like ours": {"Host": "localhost.evil.test"},
    "a name that ends like ours": {"Host": "evil.localhost"},
    "no host": {"Host": ""},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("path", ["/upload", "/heartbeat"])
def test_web_pages_are_refused(editor: Editor, page: str, path: str) -> None:
    (editor.home / "a.png").write_bytes(PNG)
    body = json.dumps({"list": [str(editor.home / "a.png")]}).encode()
    headers = {"Host": f"127.0.0.1:{editor.port}", "Content-Length": str(len(body)), **PAGES[page]}
    status, answer = editor.raw(path, headers, body)
    assert status == 403
    assert json.loads(answer)["success"] is False


def test_preflight_of_a_page_is_refused_and_obsidian_s_is_answered(editor: Editor) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    refused = requests.options(f"{editor.url}/upload", headers={**asked, "Origin": "https://evil.test"}, timeout=60)
    assert refused.status_code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    origin = {"Origin": "app://obsidian.md"}
    let = requests.options(f"{editor.url}/upload", headers={**asked, **origin}, timeout=60)
    assert (let.status_code, let.headers["Access-Control-Allow-Origin"]) == (204, "app://obsidian.md")
    answer = editor.post(files=[("list", ("a.png", PNG))], headers={**origin, "Sec-Fetch-Site": "cross-site"})
    assert len(links(answer)) == 1
    assert answer.headers["Access-Control-Allow-Origin"] == "app://obsidian.md"


def refused(answer: requests.Response, status: int, sentence: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json()["success"] is False
    assert re.search(sentence, answer.json()["message"]), answer.text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/etc/hostname", "no picture that the server takes"),
        ("/dev/zero", "not the absolute path of a file"),
        ("/etc", "not the absolute path of a file"),
        ("a.png", "not the absolute path of a file"),
        ("~/a.png", "not the absolute path of a file"),
        ("http://127.0.0.1/a.png", "not the absolute path of a file"),
        ("-", "not the absolute path of a file"),
        ("/nothing\0.png", "not the absolute path of a file"),
        ("\ud800", "not the absolute path of a file"),
    ],
)
def test_only_files_with_pictures_are_taken(editor: Editor, path: str, sentence: str) -> None:
    refused(editor.post(json={"list": [path]}), 422, sentence)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 100_000, "application/json"),
        (b"garbage", "application/json"),
        (b"[]", "application/json"),
        (b'{"list": "a.png"}', "application/json"),
        (b'{"list": [1]}', "application/json"),
        (b"garbage", "multipart/form-data"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; filename="a.png"\r\n\r\n\x89PNG', "multipart/form-data; boundary=x"),
        (b"--x\r\n" + b"a" * 10_000 + b"\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
def test_broken_bodies_are_refused(editor: Editor, body: bytes, kind: str) -> None:
    refused(editor.post(data=body, headers={"Content-Type": kind}), 400, r"\.$")


def test_body_has_a_limit(editor: Editor) -> None:
    host = {"Host": f"localhost:{editor.port}"}
    large = {**host, "Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(LIMIT * 2)}
    assert editor.raw("/upload", large)[0] == 413
    listed = {**host, "Content-Type": "application/json", "Content-Length": str(2 * 1024 * 1024)}
    assert editor.raw("/upload", listed)[0] == 413
    for length in ("-1", "x", "1" * 30):
        assert editor.raw("/upload", {**host, "Content-Length": length})[0] == 411
    assert editor.raw("/upload", {**host, "Transfer-Encoding": "chunked"})[0] == 411


def test_other_calls(editor: Editor) -> None:
    assert editor.post("/other").status_code == 404
    assert requests.get(f"{editor.url}/upload", timeout=60).status_code == 501


def test_it_listens_on_this_computer_alone(editor: Editor) -> None:
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        with socket.socket() as probe:
            assert probe.connect_ex((str(address), editor.port))


def test_port_in_use(editor: Editor, server: Server, tmp_path: Path) -> None:
    said = Imghost(tmp_path, IMGHOST_SERVER=server.url).run("serve", "--port", str(editor.port))
    assert said.code == 1
    assert f"Port {editor.port} can't be used: Address already in use." in said.errors


def test_failure_keeps_what_was_sent_for_the_next_try(editor: Editor) -> None:
    for name, data in (("good.png", picture("image/png", (50, 50))), ("bad.png", b"no picture")):
        (editor.home / name).write_bytes(data)
    paths = [str(editor.home / name) for name in ("good.png", "bad.png")]
    refused(editor.post(json={"list": paths}), 422, "bad.png: It is no picture")
    imghost = Imghost(editor.home)
    sent = imghost.history()[0]["viewURL"]
    assert links(editor.post(json={"list": paths[:1]})) == [sent]


def test_private_server_without_a_token(tmp_path: Path) -> None:
    server = Server(tmp_path / "instance", UPLOAD_TOKENS="a-token-of-the-tests")
    server.start()
    (tmp_path / "a.png").write_bytes(PNG)
    imghost = Imghost(tmp_path, IMGHOST_SERVER=server.url)
    with listening(imghost) as editor:
        refused(editor.post(json={"list": [str(tmp_path / "a.png")]}), 401, "is private: run imghost login")
    imghost.env["IMGHOST_TOKEN"] = "a-token-of-the-tests"
    with listening(imghost) as editor:
        assert len(links(editor.post(json={"list": [str(tmp_path / "a.png")]}))) == 1
    server.end()
