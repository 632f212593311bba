"""What Prometheus is told, seen by Debian's Prometheus: a server with two workers, its store and its edge."""

import json
import math
import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import free_port, picture
from tests.contract.conftest import User
from tests.deploy.test_monitoring import documented
from tests.rigs.prometheus import MONITORING, Prometheus
from tests.rigs.server import OFFLINE, Answer, Server, answers, connect, until

PNG = picture("image/png", (1, 1))
HTML = b"<html></html>"
LIMIT = 4
QUERIES = [
    target["expr"]
    for panel in json.loads((MONITORING / "grafana.json").read_text())["panels"]
    for target in panel.get("targets", [])
]


def counts(server: Server) -> str:
    answer = requests.get(f"http://127.0.0.1:{server.env['METRICS_PORT']}/metrics", timeout=60)
    assert answer.status_code == 200
    return answer.text


def count(server: Server, series: str) -> float:
    (line,) = [line for line in counts(server).splitlines() if line.startswith(f"image_host_{series} ")]
    return float(line.rpartition(" ")[2])


@dataclass
class Tally:
    """What the clients themselves saw."""

    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    completes: Counter[str] = field(default_factory=Counter)
    inits: int = 0
    deletes: int = 0
    bytes: int = 0


class Visitor:
    """A client with an address of its own, whose answers are tallied."""

    def __init__(self, server: Server, session: requests.Session, number: int, tally: Tally) -> None:
        self._server, self._session, self._tally = server, session, tally
        self._headers = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}
        self.user = User(self.post)

    def post(self, path: str, json: dict[str, Any]) -> Answer:
        answer = self._session.post(self._server.url + path, json=json, headers=self._headers, timeout=60)
        body = answer.json() if answer.content else None
        call, code = path.removeprefix("/uploads/"), body["code"] if not answer.ok else None
        self._tally.calls[call] += 1
        if code:
            self._tally.refusals[code] += 1
        if call == "complete":
            self._tally.completes[code or {201: "published", 200: "repeated"}[answer.status_code]] += 1
        self._tally.inits += call == "init" and answer.ok
        self._tally.deletes += call == "delete" and answer.ok
        self._tally.bytes += body["size"] if call == "complete" and answer.status_code == 201 else 0
        return Answer(answer.status_code, body, answer.text, answer.headers)

    def put(self, upload: dict[str, Any], data: bytes) -> None:
        assert self._session.put(upload["uploadURL"], data=data, headers=upload["headers"], timeout=60).ok

    def come(self, number: int) -> None:
        """Upload a picture; every fiftieth visitor does something else as well."""
        data = HTML if number % 50 == 1 else PNG
        upload = self.user.init(data, "image/png")
        match number % 50:
            case 2:
                self.user.complete(upload)
            case 3:
                self.user.complete({"uploadToken": upload["uploadToken"] + "x"})
            case 4:
                self.post("/uploads/init", json={"contentType": "text/html", "size": 1})
        self.put(upload, data)
        done = self.user.complete(upload)
        match number % 50:
            case 5:
                self.user.complete(upload)
            case 6:
                self.user.delete(done.json["deleteToken"])
                self.user.complete(upload)


def visit(server: Server, numbers: range) -> Tally:
    def come(numbers: range) -> Tally:
        tally = Tally()
        with requests.Session() as session:
            for number in numbers:
                Visitor(server, session, number, tally).come(number)
        return tally

    parts = [numbers[start::8] for start in range(8)]
    total = Tally()
    with ThreadPoolExecutor(len(parts)) as pool:
        for tally in pool.map(come, parts):
            total.calls += tally.calls
            total.refusals += tally.refusals
            total.completes += tally.completes
            total.inits += tally.inits
            total.deletes += tally.deletes
            total.bytes += tally.bytes
    return total


@dataclass(frozen=True)
class Run:
    """What Prometheus said when all clients had been answered, and what they had seen."""

    server: Server
    prometheus: Prometheus
    seen: Tally
    at: float

    def says(self, query: str) -> dict[Any, float]:
        """Return what a query found; values of one label stand alone, and those that count nothing are left out."""
        found = self.prometheus.query(query, self.at)
        return {name[0] if len(name) == 1 else name: value for name, value in found.items() if value}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """500 uploads, and a client that calls too often, before any test calls the server."""
    port = free_port()
    server = Server(
        tmp_path_factory.mktemp("instance"),
        METRICS_PORT=str(port),
        RATE_LIMIT=f"{LIMIT} per hour",
        # Every client has an address of its own, which a proxy would tell.
        TRUSTED_PROXIES="1",
    )
    prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), f"localhost:{port}")
    with ExitStack() as stack:
        server.start()
        stack.callback(server.stop)
        prometheus.start()
        stack.callback(prometheus.stop)
        # An increase is what comes after the first look.
        until(lambda: list(prometheus.query("up").values()) == [1])
        seen = visit(server, range(500))
        with requests.Session() as session:
            # A worker would allow LIMIT of them, and there are two.
            abuser = Visitor(server, session, 500, seen)
            said = [abuser.post("/uploads/lookup", json={"deleteToken": "x"}).status_code for _ in range(2 * LIMIT + 1)]
        assert set(said) == {403, 429}
        total = sum(seen.calls.values())
        until(lambda: prometheus.query("sum(image_host_request_duration_seconds_count)") == {(): total})
        yield Run(server, prometheus, seen, time.time())


@pytest.fixture
def server(run: Run) -> Server:
    return run.server


def test_prometheus_agrees_with_the_clients_of_500_uploads(run: Run) -> None:
    seen = run.seen
    assert (seen.inits, seen.completes["published"], seen.completes["not_an_image"]) == (500, 490, 10)
    assert run.says("sum by (call) (image_host_request_duration_seconds_count)") == seen.calls
    assert run.says("sum by (outcome) (image_host_completes_total)") == seen.completes
    assert run.says("sum by (code) (image_host_refusals_total)") == seen.refusals
    assert run.says("sum(image_host_inits_total)") == {(): 500}
    assert run.says("sum(image_host_deletes_total)") == {(): seen.deletes}
    assert run.says("sum(image_host_published_bytes_total)") == {(): seen.bytes}
    stored = run.says("sum by (operation, status) (image_host_store_calls_total)")
    assert stored["CopyObject", "200"] == 490
    assert stored["GetObject", "206"] >= 500
    latencies = run.says("sum by (operation) (image_host_store_call_duration_seconds_count)")
    assert latencies["CopyObject"] == sum(n for (operation, _), n in stored.items() if operation == "CopyObject")
    (kept,) = run.says("image_host_disk_kept_bytes").values()
    (free,) = run.says("image_host_disk_free_bytes").values()
    (size,) = run.says("image_host_disk_size_bytes").values()
    assert 0 < kept < free < size


def test_every_query_of_the_dashboard_finds_something(run: Run) -> None:
    for query in QUERIES:
        found = run.prometheus.query(query.replace("$__rate_interval", "10m").replace("$instance", ".*"), run.at)
        assert [value for value in found.values() if not math.isnan(value)], query


def test_every_alert_can_be_evaluated_and_none_fires_where_all_is_well(run: Run) -> None:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in run.prometheus.ask("rules")["groups"] for rule in group["rules"]]

    until(lambda: all(rule["health"] != "unknown" for rule in rules()))
    assert {rule["health"] for rule in rules()} == {"ok"}
    assert [rule["name"] for rule in rules() if rule["state"] == "firing"] == []


def test_every_number_is_documented_and_nothing_else(server: Server) -> None:
    told = set(re.findall(r"^# TYPE (\S+)", counts(server), re.MULTILINE))
    assert told == documented()


def test_no_label_holds_what_a_client_chose(server: Server) -> None:
    requests.get(f"{server.url}/chosen-by-a-client", timeout=60)
    requests.request("CHOSEN", f"{server.url}/uploads/init", timeout=60)
    server.post("/uploads/complete", {"uploadToken": "chosen-by-a-client"})
    told = counts(server)
    assert "chosen" not in told.lower()
    assert "10.0." not in told
    assert ".png" not in told


def processes(server: Server) -> list[int]:
    """Return the workers; the supervisors of the store and the edge are children of the server too."""

    def is_worker(pid: int) -> bool:
        try:
            return b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False  # It has just ended.

    return [pid for pid in server.workers() if is_worker(pid)]


def folder(server: Server) -> Path:
    return Path(f"/dev/shm/image-host-counts-{server.process.pid}")  # noqa: S108


def kill(server: Server) -> None:
    for pid in processes(server):
        os.kill(pid, signal.SIGKILL)


def reload(server: Server) -> None:
    server.process.send_signal(signal.SIGHUP)


@pytest.mark.parametrize("restart", [kill, reload])
def test_counts_outlive_the_workers_and_leave_no_files(server: Server, restart: Callable[[Server], object]) -> None:
    before = count(server, "inits_total")
    old = processes(server)
    with requests.Session() as session:
        Visitor(server, session, 600, Tally()).user.init(PNG, "image/png")
    restart(server)
    until(lambda: len(processes(server)) == 2 and not set(old) & set(processes(server)))
    until(lambda: answers(f"{server.url}/health"))
    assert count(server, "inits_total") == before + 1

    def kept() -> set[str]:
        return {f"{kind}_{who}" for kind in ("counter", "histogram") for who in ("ended", *processes(server))}

    # The master may yet have to notice that an old one has ended.
    until(lambda: {file.stem for file in folder(server).iterdir()} <= kept())
    assert count(server, "inits_total") == before + 1


def test_no_worker_is_needed_to_answer(server: Server) -> None:
    stopped = processes(server)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert "image_host_inits_total" in counts(server)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_silent_clients_of_the_metrics_hold_up_nobody(server: Server) -> None:
    port = int(server.env["METRICS_PORT"])
    silent = [connect(port, b"GET /met") for _ in range(16)]
    # As many as are answered at a time: one of them must go before it is our turn.
    assert "image_host_inits_total" in counts(server)
    assert server.is_ready()
    for client in silent:
        client.close()


def test_nothing_is_left_when_the_server_has_ended(tmp_path: Path) -> None:
    server = Server(tmp_path, **OFFLINE, METRICS_PORT=str(free_port()))
    server.spawn()
    until(lambda: answers(f"{server.url}/health"))
    assert folder(server).stat().st_mode & 0o777 == 0o700
    assert "disk" not in counts(server)
    assert "Traceback" not in server.stop()
    assert not folder(server).exists()


def test_port_that_is_taken_is_named(tmp_path: Path) -> None:
    server = Server(tmp_path, **OFFLINE)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server.env["METRICS_PORT"] = str(port)
        said = server.fail()
    assert f"port {port}" in said
    assert "METRICS_PORT" in said
