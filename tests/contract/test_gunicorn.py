"""The process itself, as a load balancer sees it."""

import http.client
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import requests

from config import ROOT, Config
from tests.conftest import picture
from tests.contract.conftest import User, store_port
from tests.rigs.faults import Proxy, late
from tests.rigs.server import Answer, Server, answers, until

PNG = picture("image/png")
CONNECTIONS = 64
RESTARTS = 5


@pytest.fixture
def silent_store() -> Iterator[socket.socket]:
    """An S3 that accepts every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield listener


def to(store: socket.socket) -> dict[str, str]:
    return {
        "S3_BUCKET": "images",
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{store.getsockname()[1]}",
        "SECRET_KEY": "a secret of the tests and long enough",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


@pytest.fixture
def server(tmp_path: Path, silent_store: socket.socket) -> Iterator[Server]:
    server = Server(tmp_path, **to(silent_store))
    process = server.spawn()
    until(lambda: process.poll() is not None or answers(f"{server.url}/health"))
    yield server
    server.end()


def has_ended(server: Server, worker: int) -> bool:
    return worker not in server.workers()


def test_no_kept_alive_request_is_lost_while_workers_restart(server: Server) -> None:
    stopped = threading.Event()
    answered = [0] * CONNECTIONS

    def ask(number: int) -> int:
        # Like an ALB: one connection, kept until the server closes it, and no second try.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        failed = 0
        while not stopped.is_set():
            try:
                connection.request("GET", "/health")
                answer = connection.getresponse()
                answer.read()
                failed += answer.status != 200
                answered[number] += 1
            except (OSError, http.client.HTTPException):
                failed += 1
                connection.close()
        connection.close()
        return failed

    def everybody_is_answered() -> None:
        before = [*answered]
        until(lambda: all(now > then for now, then in zip(answered, before, strict=True)), 60)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        asking = [pool.submit(ask, number) for number in range(CONNECTIONS)]
        try:
            for _ in range(RESTARTS):
                everybody_is_answered()
                until(lambda: len(server.workers()) >= 2)
                oldest = min(server.workers())
                os.kill(oldest, signal.SIGTERM)
                until(partial(has_ended, server, oldest))
            everybody_is_answered()
        finally:
            stopped.set()
        assert sum(future.result() for future in asking) == 0


def test_request_under_way_is_answered_before_the_server_stops(server: Server, silent_store: socket.socket) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.get, f"{server.url}/health/ready", timeout=60)
        asked, _ = silent_store.accept()
        with asked:
            server.stop(signal.SIGTERM)
        answer = slow.result()
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert server.process.returncode == 0


#: How far clients are with a request, or an answer, when the server must stop.
UNFINISHED = {
    "silent": b"",
    "idle": b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "half-a-head": b"GET /health HTTP/1.1\r\nHost: loc",
    "half-a-body": b"POST /uploads/init HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    "no-reading": b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
}


@pytest.mark.parametrize(
    ("method", "path", "length", "status"),
    [
        ("GET", "/health", 0, b"200"),
        ("HEAD", "/health", 0, b"200"),
        ("GET", "/nowhere", 0, b"404"),
        ("POST", "/uploads/init", 5_000_000, b"413"),
        ("POST", "/uploads", 500_000_000, b"415"),
    ],
)
def test_head_and_body_of_an_answer_arrive_together(
    server: Server, method: str, path: str, length: int, status: bytes
) -> None:
    asked = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(f"{asked}Content-Type: application/json\r\n\r\n".encode())
            # A proxy that has more to send than we take may end the connection after the first packet.
            head, _, body = client.recv(65536).partition(b"\r\n\r\n")
        assert head.split()[1] == status
        if method != "HEAD":
            (said,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            assert len(body) == int(said.split()[1]) > 0


def test_ctrl_c_waits_for_requests_and_not_for_clients(server: Server, silent_store: socket.socket) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        for data in UNFINISHED.values():
            # A worker would be enough for each to get to all of them.
            for _ in range(10):
                stack.enter_context(server.connect(data, receive=4096))
        slow = pool.submit(requests.get, f"{server.url}/health/ready", timeout=60)
        asked, _ = silent_store.accept()
        with asked:
            # To all of them, as a terminal does.
            for pid in [*server.workers(), server.process.pid]:
                os.kill(pid, signal.SIGINT)
            # Less than graceful_timeout, after which gunicorn kills the rest.
            server.process.wait(20)
        said = server.said()
    assert (slow.result().status_code, server.process.returncode) == (503, 0)
    assert "SIGKILL" not in said
    assert "graceful timeout" not in said
    assert "Traceback" not in said


def test_health_answers_while_the_store_hangs(server: Server, silent_store: socket.socket) -> None:
    with ThreadPoolExecutor(8) as pool:
        hanging = [pool.submit(requests.get, f"{server.url}/health/ready", timeout=60) for _ in range(8)]
        asked, _ = silent_store.accept()
        with asked:
            assert requests.get(f"{server.url}/health", timeout=5).status_code == 200
        assert {future.result().status_code for future in hanging} == {503}


def test_log_is_json_by_choice_from_the_first_line_to_the_last(silent_store: socket.socket, tmp_path: Path) -> None:
    server = Server(tmp_path, **to(silent_store), LOG_FORMAT="json")
    server.spawn()
    until(lambda: answers(f"{server.url}/health"))
    asked = server.post("/uploads/complete", {"uploadToken": "x"})
    lines = [json.loads(line) for line in server.stop().splitlines()]
    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    (request,) = [line for line in lines if line["logger"] == "app"]
    assert (request["path"], request["status"]) == ("/uploads/complete", 403)
    assert request["request_id"] == asked.headers["X-Request-ID"]


def at_once(call: Callable[[int], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(call, range(CONNECTIONS)))


def test_health_answers_while_completes_hang(server: Server) -> None:
    # No call reaches the store, so nothing need be staged.
    user = User(server.post)
    uploads = [user.init(b"x" * 100, "image/png") for _ in range(CONNECTIONS)]
    hanging = threading.Event()

    def complete(number: int) -> Answer:
        hanging.set()
        return user.complete(uploads[number])

    with ThreadPoolExecutor(1) as pool:
        completes = pool.submit(at_once, complete)
        hanging.wait()
        asked = 0
        while not completes.done():
            # The load balancer waits as long.
            assert requests.get(f"{server.url}/health", timeout=5).status_code == 200
            asked += 1
        assert asked > 1
        seen = completes.result()
    assert {(answer.status_code, answer.json["code"]) for answer in seen} == {(503, "store_unavailable")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in seen)
    # A call that needs no store still works.
    user.init(b"x" * 100, "image/png")


@contextmanager
def serving(instance: Path, store: Config, **env: str) -> Iterator[Server]:
    """Run gunicorn with a working store."""
    assert store.credentials
    assert store.s3_endpoint_url
    access_key, secret_key = store.credentials
    server = Server(
        instance,
        S3_BUCKET=store.s3_bucket,
        S3_ENDPOINT_URL=store.s3_endpoint_url,
        S3_PUBLIC_ENDPOINT_URL=str(store.s3_public_endpoint_url),
        PUBLIC_BASE_URL=str(store.public_base_url),
        SECRET_KEY="a secret of the tests and long enough",
        AWS_ACCESS_KEY_ID=access_key,
        AWS_SECRET_ACCESS_KEY=secret_key,
    )
    server.env |= env
    server.start()
    try:
        yield server
    finally:
        server.end()


def test_as_many_completes_at_once_all_succeed_on_a_sound_store(tmp_path: Path, store: Config) -> None:
    # A call may wait for its turn as long as a busy machine takes; test_faults.py tests production's time-out.
    patient = tmp_path / "gunicorn.conf.py"
    patient.write_text(
        f"exec(open({str(ROOT / 'gunicorn.conf.py')!r}).read())\n"
        "import app.storage.turns\n"
        "app.storage.turns.TURN_TIMEOUT = 60\n"
    )
    with serving(tmp_path, store, GUNICORN_CMD_ARGS=f"--config={patient}") as server:
        user = User(server.post)
        uploads = [user.stage(PNG, "image/png") for _ in range(CONNECTIONS)]
        for status in (201, 200):
            seen = at_once(lambda number: user.complete(uploads[number]))
            assert [answer.status_code for answer in seen] == [status] * CONNECTIONS
        assert all(requests.get(answer.json["viewURL"], timeout=60).content == PNG for answer in seen)


def test_complete_whose_worker_is_killed_may_be_repeated(tmp_path: Path, store: Config) -> None:
    assert store.s3_endpoint_url
    proxy = Proxy(store_port(store))
    with serving(tmp_path, store, S3_ENDPOINT_URL=proxy.url) as server:
        user = User(server.post)
        upload = user.stage(PNG, "image/png")
        with proxy.broken(late, "^PUT /images/uploads/", times=1) as rule, ThreadPoolExecutor(1) as pool:
            dropped = pool.submit(user.complete, upload)
            until(lambda: rule.hits == 1)
            for pid in server.workers():
                os.kill(pid, signal.SIGKILL)
            with pytest.raises(requests.ConnectionError):
                dropped.result()
        # The store copies after the client has stopped waiting.
        assert rule.ended.wait(10)
        until(lambda: answers(f"{server.url}/health"))
        again = user.complete(upload)
        assert again.status_code == 200
        assert requests.get(again.json["viewURL"], timeout=60).content == PNG
    proxy.close()
