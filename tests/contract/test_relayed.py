"""Pictures by way of the API, through what stands in front of it: the edge, and an nginx before that."""

import re
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from urllib3.util import connection

from app import create_app, relay
from config import ROOT, Config
from tests.conftest import picture
from tests.rigs.nginx import SITE, Nginx
from tests.rigs.server import Server, connect

PNG = picture("image/png")
MAX_BYTES = 25 * 1024**2
#: Requests that are taken in at a time.
PLACES = 3


@dataclass(frozen=True)
class Ways:
    """The two ways to one server."""

    server: Server
    nginx: Nginx

    def open(self, way: str) -> socket.socket:
        """Return a connection on which the server is asked for SITE."""
        if way == "edge":
            return connect(self.server.port)
        trust = ssl.create_default_context(cafile=self.nginx.certificate)
        return trust.wrap_socket(connect(self.nginx.port), server_hostname=SITE)

    def get(self, path: str) -> int:
        """Ask the edge, and return the status."""
        return requests.get(self._edge(path), headers={"Host": SITE}, timeout=120).status_code

    def post(self, path: str, body: bytes | Iterator[bytes], **headers: str) -> requests.Response:
        """Send a picture to the edge."""
        headers = {"Host": SITE, "Content-Type": "image/png"} | headers
        return requests.post(self._edge(path), data=body, headers=headers, timeout=120)

    def _edge(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    folder = tmp_path_factory.mktemp("relayed")
    server = Server(
        folder / "instance",
        SITE_URL=f"https://{SITE}",
        TLS="off",
        TRUSTED_PROXIES="1",
        WEB_CONCURRENCY="1",
        RELAY_CONCURRENCY=str(PLACES),
    )
    server.start()
    nginx = Nginx(folder, server.port)
    nginx.start()
    yield Ways(server, nginx)
    nginx.stop()
    server.end()


@pytest.fixture(params=["edge", "nginx"])
def url(request: pytest.FixtureRequest, ways: Ways, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the site's address; its name leads to the edge, or to nginx with a certificate that is trusted."""
    create = connection.create_connection
    port = ways.server.port if request.param == "edge" else ways.nginx.port

    def resolve(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
        return create(("127.0.0.1", port) if address[0] == SITE else address, *rest, **options)

    monkeypatch.setattr(connection, "create_connection", resolve)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ways.nginx.certificate))
    return f"http://{SITE}" if request.param == "edge" else f"https://{SITE}"


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    """Return what closes the connections that are entered into it."""
    with ExitStack() as stack:
        yield stack


def pieces(count: int) -> Iterator[bytes]:
    """Yield a body of `count` bytes, whose length nobody is told."""
    yield PNG
    for _ in range(count // 65536):
        yield bytes(65536)


@pytest.mark.parametrize(
    ("path", "field"), [("/uploads", "file"), ("/upload", "list"), ("/api/1/upload", "source"), ("/", "file")]
)
def test_large_picture_arrives(url: str, ways: Ways, path: str, field: str) -> None:
    data = PNG.ljust(20 * 1024**2, b"\0")
    answer = requests.post(f"{url}{path}?keep=metadata", files={field: ("a.png", data, "image/png")}, timeout=120)
    assert answer.status_code in (200, 201), answer.text
    found = answer.text.partition(f"https://{SITE}/i/")[2]
    link = f"{url}/i/{found[: len('0b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png')]}"
    assert requests.get(link, timeout=120).content == data


def test_picture_of_unknown_length_arrives(url: str) -> None:
    answer = requests.post(
        f"{url}/uploads?keep=metadata", data=pieces(2 * 1024**2), headers={"Content-Type": "image/png"}, timeout=120
    )
    assert (answer.status_code, answer.json()["size"]) == (201, len(PNG) + 2 * 1024**2)


@pytest.mark.parametrize("path", ["/uploads", "/upload", "/api/1/upload", "/"])
def test_too_much_is_refused_in_words(url: str, path: str) -> None:
    answer = requests.post(url + path, files={"file": ("a.png", bytes(MAX_BYTES + 1024**2))}, timeout=120)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert str(MAX_BYTES) in answer.json()["detail"]


def test_too_much_of_unknown_length_is_refused_too(ways: Ways) -> None:
    answer = ways.post("/uploads", pieces(2 * MAX_BYTES))
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("path", ["/uploads/init", "/uploads/complete", "/uploads/", "/upload/", "/health", "/nowhere"])
@pytest.mark.parametrize("is_measured", [True, False], ids=["measured", "unmeasured"])
def test_other_calls_take_no_large_body(ways: Ways, path: str, is_measured: bool) -> None:
    body = bytes(5_000_000) if is_measured else pieces(5_000_000)
    answer = ways.post(path, body, **{"Content-Type": "application/json"})
    # The API may find first that nothing can be sent to that path.
    allowed = {413} if path in ("/uploads/init", "/uploads/complete") else {404, 405, 413}
    assert answer.status_code in allowed
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_call_that_is_small_enough_is_not_held_to_the_limit_of_the_edge(url: str) -> None:
    answer = requests.post(f"{url}/uploads/init", json={"contentType": "x" * 15_000, "size": 1}, timeout=120)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_page_of_another_site_is_refused(url: str) -> None:
    files = {"file": ("a.png", PNG, "image/png")}
    answer = requests.post(f"{url}/uploads", files=files, headers={"Origin": "https://evil.test"}, timeout=120)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")


def test_slow_senders_lose_their_places_and_hold_up_nobody(ways: Ways, clients: ExitStack) -> None:
    size = 20 * 1024**2
    head = f"POST /uploads HTTP/1.1\r\nHost: {SITE}\r\nContent-Type: image/png\r\nContent-Length: {size}\r\n\r\n"
    *slow, honest = [clients.enter_context(ways.open(way)) for way in ("edge", "nginx", "nginx")]
    for each in slow:
        each.sendall(head.encode() + PNG + bytes(8000))
    # So much that it must have been read: all three have a place.
    honest.sendall(head.encode() + PNG + bytes(size // 2))
    sent = len(PNG) + size // 2
    refused: list[requests.Response] = []
    answers: dict[socket.socket, bytes] = {}
    while len(answers) < len(slow):
        assert ways.get("/health") == 200
        if not refused and (answer := ways.post("/uploads", PNG)).status_code == 503:
            refused.append(answer)
        waiting = [each for each in slow if each not in answers]
        for each in select.select(waiting, [], [], 1)[0]:
            answers[each] = each.recv(65536)
        for each in set(waiting) - answers.keys():
            each.sendall(bytes(1000))
        honest.sendall(bytes(20_000))
        sent += 20_000
    assert {answer.split(b"\r\n")[0].split()[1] for answer in answers.values()} == {b"408"}
    # While they had all places, whoever came was told when to come again.
    assert refused[0].headers["Retry-After"]
    # There is room again, and whoever goes on sending has lost nothing.
    assert ways.post("/uploads", PNG).status_code == 201
    honest.sendall(bytes(size - sent))
    assert honest.recv(65536).split()[1] == b"201"


def test_edge_knows_where_pictures_are_sent(configure: Callable[..., Config]) -> None:
    (named,) = re.findall(r"^\s+path (/ .*)$", (ROOT / "deploy" / "caddy" / "edge.caddy").read_text(), re.MULTILINE)
    assert set(named.split()) == relay.paths(create_app(configure()))
