"""Slow clients: other clients don't notice any number of them, and each has a deadline.

Nothing is timed here. What must be answered is asked with a time-out much longer than an answer takes, and the slow
clients stay for longer still. `make bench ARGS=slow` measures how long answers take beside them.
"""

import resource
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from config import ROOT
from tests.rigs.server import OFFLINE, Server, answers, until

PROMISE = {"filename": "a.png", "contentType": "image/png", "size": 11}
#: Seconds for an answer, on a machine that does much else too; the slow clients are let stay for longer.
TIMEOUT = 120
PATIENT = "import worker; worker.REQUEST_TIMEOUT = worker.ANSWER_TIMEOUT = keepalive = 600"
HALF_HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Name: "
HALF_BODY = (
    b"POST /uploads/init HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b'Content-Length: 100\r\n\r\n{"filename"'
)
#: More than the buffers between two processes hold.
LARGE = 8 * 1024 * 1024
WHOLE = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: How many clients of each kind, what they send, and how much they let come.
KINDS: dict[str, tuple[int, bytes, int | None]] = {
    "half-a-head": (300, HALF_HEAD, None),
    "half-a-body": (300, HALF_BODY, None),
    "no-reading": (300, WHOLE, 4096),
    "silent": (2500, b"", None),
}


@contextmanager
def serving(folder: Path, settings: str = "", **env: str) -> Iterator[Server]:
    """Run gunicorn with its own configuration, changed by `settings` (Python), and a page that is LARGE."""
    server = Server(folder, **OFFLINE, **env)
    page = folder / "page"
    page.mkdir()
    (page / "large").write_bytes(bytes(LARGE))
    configuration = folder / "gunicorn.conf.py"
    configuration.write_text(f"""\
exec(open({str(ROOT / "gunicorn.conf.py")!r}).read())
import app.frontend
app.frontend.DIST = Path({str(page)!r})
{settings}
""")
    process = server.spawn("-c", str(configuration))
    until(lambda: process.poll() is not None or answers(f"{server.url}/health"))
    try:
        yield server
    finally:
        said = server.stop()
    assert "Traceback" not in said
    assert "CRITICAL" not in said


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process open more files than many systems allow by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard < 4096 else max(soft, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("many_files")
def test_slow_clients_stop_nobody(tmp_path: Path, kind: str) -> None:
    count, data, receive = KINDS[kind]
    with serving(tmp_path, PATIENT) as server, ExitStack() as stack:
        processes = [server.process.pid, *server.workers()]
        for pid in processes:
            # The default limit of many systems.
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, 1024))
        for _ in range(count):
            stack.enter_context(server.connect(data, receive))
        for _ in range(20):
            assert requests.get(f"{server.url}/health", timeout=TIMEOUT).status_code == 200
            assert requests.post(f"{server.url}/uploads/init", json=PROMISE, timeout=TIMEOUT).status_code == 201
        assert [server.process.pid, *server.workers()] == processes


HASTY = "import worker; worker.REQUEST_TIMEOUT = worker.ANSWER_TIMEOUT = keepalive = 2"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short deadlines."""
    with serving(tmp_path_factory.mktemp("hasty"), HASTY, WEB_CONCURRENCY="1") as server:
        yield server


def trickle(client: socket.socket, step: Callable[[], Any], events: int) -> None:
    """Repeat a step until the server closes the connection."""
    watched = select.poll()
    watched.register(client, events)
    for _ in range(150):
        if watched.poll(100):
            return
        with suppress(OSError):
            step()
    raise AssertionError("the server goes on waiting")


def rest(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.mark.parametrize("data", [HALF_HEAD, HALF_BODY], ids=["head", "body"])
def test_request_that_trickles_in_is_cut_off(hasty: Server, data: bytes) -> None:
    with hasty.connect(data) as client:
        trickle(client, lambda: client.send(b"x"), select.POLLIN)
        assert rest(client).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_chunks_that_trickle_in_are_cut_off(hasty: Server) -> None:
    head = HALF_BODY.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    with hasty.connect(head) as client:
        trickle(client, lambda: client.send(b"1\r\n \r\n"), select.POLLIN)
        assert rest(client).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_answer_that_trickles_out_is_cut_off(hasty: Server) -> None:
    with hasty.connect(WHOLE, 4096) as client:
        trickle(client, lambda: client.recv(1), select.POLLHUP | select.POLLERR)


@pytest.mark.parametrize("data", [b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"], ids=["first", "next"])
def test_silent_connection_is_closed(hasty: Server, data: bytes) -> None:
    with hasty.connect(data) as client:
        assert rest(client).count(b"HTTP/1.1") == bool(data)


def test_slow_request_and_answer_within_their_deadlines_are_served(tmp_path: Path) -> None:
    with serving(tmp_path, PATIENT) as server, server.connect(receive=4096) as client:
        for byte in b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":
            client.send(bytes([byte]))
        expected = requests.get(f"{server.url}/openapi.json", timeout=TIMEOUT).content
        assert b"".join(iter(lambda: client.recv(100), b"")).endswith(b"\r\n\r\n" + expected)


def test_where_all_places_are_taken_the_longest_silence_makes_room(tmp_path: Path) -> None:
    # Nobody is closed for being idle while this waits.
    settings = "worker_connections = 4\nkeepalive = 600"
    with serving(tmp_path, settings, WEB_CONCURRENCY="1") as server, ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(12)]
        for client in clients[:8]:
            client.settimeout(30)
            assert client.recv(1) == b""
        with server.connect(HALF_HEAD) as half:
            assert requests.get(f"{server.url}/health", timeout=TIMEOUT).status_code == 200
            # The server still answers the newest.
            half.sendall(b"x\r\nConnection: close\r\n\r\n")
            assert rest(half).startswith(b"HTTP/1.1 200 OK\r\n")
