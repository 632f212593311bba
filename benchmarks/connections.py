"""What happens with thousands of open connections: memory, and answers for one client more.

The clients connect one after the other; each makes a request, reads its answer and stays. Then one client more requests
/health and init in turn over new connections. gunicorn runs with two workers as `make run` starts it: once reached
straight, and once through Caddy, with the store beside it. A worker has 800 places, and a new client takes the place
of the one that has been silent longest; Caddy keeps every client and shares few connections to gunicorn among them.
"""

import argparse
import resource
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from socket import socket

import requests

from benchmarks.measure import spread
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import INIT_REQUEST, Served, rss
from tests.contract.test_slow_clients import serving
from tests.rigs.server import Server, connect

ASK = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def is_open(client: socket) -> bool:
    """Say whether the server still keeps a silent connection."""
    client.setblocking(False)
    try:
        while client.recv(4096):
            pass
    except BlockingIOError:
        return True
    except ConnectionResetError:
        pass
    return False


def memory(server: Server, program: str) -> float:
    """Return the MB of the server's processes that run such a program."""
    pids = Served(server.url, server.process).pids()
    words = {pid: Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:3] for pid in pids}
    return sum(rss(pid) for pid in pids if program in (Path(word).name for word in words[pid]))


def measure(server: Server, count: int, seconds: int) -> list[str]:
    """Open the connections; return a row of the table."""
    before = {program: memory(server, program) for program in ("gunicorn", "caddy")}
    answered = 0
    times: list[float] = []
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(closing(connect(server.port, ASK)))
            clients.append(client)
            answered += client.recv(4096).startswith(b"HTTP/1.1 200")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            assert requests.get(f"{server.url}/health", timeout=60).status_code == 200
            assert requests.post(f"{server.url}/uploads/init", json=INIT_REQUEST, timeout=60).status_code == 201
            times.append(1000 * (time.perf_counter() - began) / 2)
        kept = sum(map(is_open, clients))
        after = {program: memory(server, program) for program in before}
    more = [f"{before[program]:.0f} → {after[program]:.0f}" for program in before]
    return [f"{count:,}", f"{answered:,}", f"{kept:,}", *more, spread(times).show(1)]


def run(arguments: argparse.Namespace) -> Section:
    """Measure both ways to gunicorn."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = {}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as alone:
        found["straight"] = measure(alone, arguments.count, arguments.seconds)
    with tempfile.TemporaryDirectory() as folder:
        edge = Server(Path(folder))
        edge.start()
        found["through Caddy"] = measure(edge, arguments.count, arguments.seconds)
        edge.stop()
    head = ["", "opened", "answered", "open at the end", "MB, gunicorn", "MB, Caddy", "an answer to one more, ms"]
    text = table(head, [[way, *row] for way, row in found.items()])
    return Section(
        "Open connections",
        text,
        [
            Goal(f"{arguments.count:,} connections, {way}: each has its answer", "all", row[1], row[1] == row[0])
            for way, row in found.items()
        ],
    )


if __name__ == "__main__":
    main(__file__, run, count=5_000, seconds=10)
