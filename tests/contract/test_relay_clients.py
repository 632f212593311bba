"""Clients that send pictures themselves, slowly, brokenly or not at all: gunicorn's side of the relay.

As in test_slow_clients.py, nothing is timed. No store is needed: what arrives here is no picture.
"""

import http.client
import json
import select
import signal
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.conftest import picture
from tests.contract.test_framing import BROKEN, LENGTH, SHORT, SOUND, statuses
from tests.contract.test_slow_clients import HASTY, PATIENT, PROMISE, TIMEOUT, rest, serving, trickle
from tests.rigs.server import Server, until

PNG = picture("image/png")
TOKEN = "an-access-token-long-enough"
HEAD = b"POST /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
FORM = HEAD.replace(b"image/png", b"multipart/form-data; boundary=b")
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
#: Says that a picture comes, and sends a byte of it.
SILENT = HEAD + b"Content-Length: 1000000\r\n\r\nx"
MEASURED = {
    "raw": SILENT,
    "form": FORM + b"Content-Length: 1000000\r\n\r\n" + FILE + b"x",
    "form without a part": FORM + b"Content-Length: 1000000\r\n\r\n--",
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    "expecting": HEAD + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one place, which waits for its clients."""
    settings = {"WEB_CONCURRENCY": "1", "RELAY_CONCURRENCY": "1"}
    with serving(tmp_path_factory.mktemp("patient"), PATIENT, **settings) as server:
        yield server
        assert "ERROR" not in "".join(server.lines)


def send(server: Server) -> requests.Response:
    """Send what is no picture; the answer says whether there was a place: 422 or 503."""
    return requests.post(f"{server.url}/uploads", data=b"x", headers={"Content-Type": "image/png"}, timeout=TIMEOUT)


def is_free(server: Server) -> bool:
    return send(server).status_code == 422


def is_taken(server: Server) -> bool:
    return not is_free(server)


def holds(server: Server, data: bytes) -> socket.socket:
    """Connect as somebody who takes the only place, and wait until that is so."""
    found: list[socket.socket] = []

    def is_held() -> bool:
        # One of our own questions may have had the place just now.
        if not found or (select.select(found, [], [], 0)[0] and found[0].recv(12, socket.MSG_PEEK) == b"HTTP/1.1 503"):
            for refused in found:
                refused.close()
            found[:] = [server.connect(data)]
        return is_taken(server)

    until(is_held)
    return found[0]


@pytest.mark.parametrize("kind", MEASURED)
def test_silent_sender_holds_a_place_and_stops_nobody(server: Server, kind: str) -> None:
    with holds(server, MEASURED[kind]):
        for _ in range(5):
            answer = send(server)
            assert (answer.status_code, answer.json()["code"]) == (503, "relay_busy")
            assert int(answer.headers["Retry-After"]) > 0
            assert requests.get(f"{server.url}/health", timeout=TIMEOUT).status_code == 200
            assert requests.post(f"{server.url}/uploads/init", json=PROMISE, timeout=TIMEOUT).status_code == 201
    # It has left: its place is free again.
    until(lambda: is_free(server))


@pytest.mark.parametrize("kind", MEASURED)
def test_sender_that_breaks_off_leaves_nothing(server: Server, kind: str) -> None:
    for _ in range(5):
        with holds(server, MEASURED[kind]) as client:
            # A reset in place of a goodbye.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: is_free(server))
    opened = [str(link.readlink()) for pid in server.workers() for link in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [path for path in opened if path.startswith(f"{tempfile.gettempdir()}/") and "deleted" in path]


# Deadlines


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"WEB_CONCURRENCY": "1", "RELAY_CONCURRENCY": "1"}
    with serving(tmp_path_factory.mktemp("hasty"), HASTY, **settings) as server:
        yield server


@pytest.mark.parametrize("kind", MEASURED)
def test_picture_that_trickles_in_is_cut_off(hasty: Server, kind: str) -> None:
    until(lambda: is_free(hasty))
    with hasty.connect(MEASURED[kind]) as client:
        if kind == "expecting":
            assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        step = b"1\r\nx\r\n" if kind == "chunked" else b"x"
        trickle(client, lambda: client.send(step), select.POLLIN)
        head, _, body = rest(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["code"] == "request_timeout"
    until(lambda: is_free(hasty))


def test_credit_is_not_saved_up(hasty: Server) -> None:
    # What came fast buys no silence later.
    with hasty.connect(HEAD + b"Content-Length: 20000000\r\n\r\n" + bytes(10_000_000)) as client:
        assert rest(client).startswith(b"HTTP/1.1 408 ")


def test_picture_that_keeps_its_pace_may_take_longer_than_a_request(tmp_path: Path) -> None:
    settings = "import worker; worker.REQUEST_TIMEOUT = 4; worker.PACE = 1000"
    pieces = 0
    with (
        serving(tmp_path, settings, WEB_CONCURRENCY="1") as server,
        server.connect(HEAD + b"Transfer-Encoding: chunked\r\n\r\n") as client,
    ):
        watched = select.poll()
        watched.register(client, select.POLLIN)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            client.sendall(b"3e8\r\n" + bytes(1000) + b"\r\n")
            pieces += 1
            assert not watched.poll(100)
        client.sendall(b"0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 422 ")
    assert pieces > 10


# What is refused before it is read


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"WEB_CONCURRENCY": "1", "UPLOAD_TOKENS": TOKEN, "RATE_LIMIT": "100 per hour"}
    with serving(tmp_path_factory.mktemp("private"), PATIENT, **settings) as server:
        yield server


AUTHORIZED = b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
UNREAD = {
    "no token": (HEAD, 401),
    "another token": (HEAD + b"Authorization: Bearer x\r\n", 401),
    "another token with a form": (FORM + b"Authorization: Bearer x\r\n", 401),
    "foreign page": (HEAD + AUTHORIZED + b"Origin: https://evil.test\r\n", 403),
    "foreign host": (HEAD.replace(b"localhost", b"evil.test") + AUTHORIZED, 421),
    "another type": (HEAD.replace(b"image/png", b"text/html") + AUTHORIZED, 415),
    "another option": (HEAD.replace(b" HTTP", b"?expiresIn=1y HTTP") + AUTHORIZED, 422),
}


@pytest.mark.parametrize("name", UNREAD)
@pytest.mark.parametrize("path", [b"/uploads", b"/upload", b"/api/1/upload", b"/"])
def test_refusal_comes_before_the_body(private: Server, name: str, path: bytes) -> None:
    head, status = UNREAD[name]
    head = head.replace(b"POST /uploads", b"POST " + path, 1)
    for more in (b"Content-Length: 1000000\r\n\r\n", b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"):
        # The client waits, and has sent nothing of it.
        assert statuses(private, head + more) == [status]


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_length_over_the_limit_is_refused_unread(private: Server, expect: bytes) -> None:
    for length in (b"26214401", b"1000000000", b"9" * 30):
        assert statuses(private, HEAD + AUTHORIZED + expect + b"Content-Length: " + length + b"\r\n\r\n") == [413]


def test_who_may_send_is_told_to_go_on(private: Server) -> None:
    head = HEAD + AUTHORIZED + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
    with private.connect(head) as client:
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"12345")
        assert rest(client).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize("headers", [{}, {"Authorization": f"Bearer {TOKEN}"}], ids=["stranger", "too long"])
def test_refusal_reaches_who_sends_all_the_same(private: Server, headers: dict[str, str]) -> None:
    # http.client looks for an answer only when it has sent everything.
    connection = http.client.HTTPConnection("127.0.0.1", private.port, timeout=TIMEOUT)
    connection.request("POST", "/uploads", bytes(40_000_000), {"Content-Type": "image/png", **headers})
    assert connection.getresponse().status == (413 if headers else 401)
    connection.close()


def test_too_many_requests_are_refused_unread(tmp_path: Path) -> None:
    with serving(tmp_path, PATIENT, WEB_CONCURRENCY="1", RATE_LIMIT="1 per hour") as server:
        assert is_free(server)
        assert statuses(server, SILENT[:-1]) == [429]


# Bodies that are not what their heads say


def relayed(data: bytes) -> bytes:
    return data.replace(b"/uploads/init", b"/uploads").replace(b"application/json", b"image/png")


@pytest.mark.parametrize("name", SOUND)
def test_sound_body_is_read_to_its_end(server: Server, name: str) -> None:
    until(lambda: is_free(server))
    # What comes behind it is nobody's request: the connection ends with the answer.
    behind = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert [each for each in statuses(server, relayed(SOUND[name]) + behind) if each >= 200] == [422]


@pytest.mark.parametrize("name", BROKEN)
def test_broken_body_is_a_bad_request(server: Server, name: str) -> None:
    until(lambda: is_free(server))
    assert statuses(server, relayed(BROKEN[name]) + b"\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") == [400]


@pytest.mark.parametrize("name", SHORT)
def test_body_that_ends_early_is_a_bad_request(server: Server, name: str) -> None:
    until(lambda: is_free(server))
    assert statuses(server, relayed(SHORT[name]), half_closed=True) == [400]


@pytest.mark.parametrize(
    "target", [b"/uplo%61ds", b"/%75ploads?x=1", b"//uploads", b"/uploads/", b"/uploads;x", b"/uploads/init"]
)
def test_another_spelling_of_a_path_is_framed_alike(server: Server, target: bytes) -> None:
    # Worker and app must agree on whose the body is.
    until(lambda: is_free(server))
    data = b"POST " + target + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: " + LENGTH
    body = b"x" * int(LENGTH)
    goodbye = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    first, *others = statuses(server, data + b"\r\n\r\n" + body + goodbye)
    assert first in (308, 404, 415, 422)
    # Either it was read, and the next request is answered; or the connection was closed.
    assert others in ([], [200])


def test_other_methods_leave_the_body_to_the_worker(server: Server) -> None:
    data = b"PUT /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n12345"
    goodbye = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert statuses(server, data + goodbye) == [405, 200]


def test_ctrl_c_does_not_wait_for_pictures(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path, PATIENT, WEB_CONCURRENCY="1"))
        for data in [*MEASURED.values()] * 2:
            stack.enter_context(server.connect(data))
        until(lambda: is_taken(server))
        server.process.send_signal(signal.SIGINT)
        # Less than graceful_timeout.
        assert server.process.wait(20) == 0
        assert "graceful timeout" not in server.said()


# Without gunicorn


def test_flask_run_takes_pictures_too(tmp_path: Path) -> None:
    server = Server(tmp_path, RELAY_CONCURRENCY="1")
    server.run_by_flask("--port", str(server.port)).start()
    try:
        with holds(server, SILENT) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: is_free(server))
        pieces = iter([PNG[:10], PNG[10:]])
        for sent in (
            requests.post(f"{server.url}/uploads", files={"file": ("a.png", PNG)}, timeout=TIMEOUT),
            requests.post(f"{server.url}/uploads", data=pieces, headers={"Content-Type": "image/png"}, timeout=TIMEOUT),
        ):
            assert sent.status_code == 201, sent.text
            assert requests.get(sent.json()["viewURL"], timeout=TIMEOUT).content == PNG
        long = requests.post(f"{server.url}/uploads", files={"file": ("a.png", bytes(40_000_000))}, timeout=TIMEOUT)
        assert (long.status_code, long.json()["code"]) == (413, "body_too_large")
    finally:
        said = server.stop(signal.SIGINT)
    assert "Traceback" not in said
