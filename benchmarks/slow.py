"""How long others wait beside clients that take their time, and what such clients cost in memory.

gunicorn with two workers, as `make run` starts it, and the clients on the same machine, with no core to themselves.
300 clients send half a head and no more, 300 half a body, 300 ask for a file of 8 MB and read nothing, and 2,500
connect and say nothing: one kind after the other, each to a server of its own. Beside them, /health and init are asked
in turn over new connections, from when all are connected, for longer than a request may take: so some of these clients
are cut off on the way. Memory is what both workers hold, resident, before and at most; the system's own for the sockets
is not in it.
"""

import argparse
import resource
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import requests

from benchmarks.measure import spread
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import PROMISE, rss
from tests.contract.test_slow_clients import KINDS, TIMEOUT, serving
from tests.server import Server


def measure(kind: str, seconds: int) -> tuple[list[float], list[float], float, float]:
    """Return the milliseconds that each /health and each init took, and MB before and at most."""
    count, data, receive = KINDS[kind]
    health: list[float] = []
    init: list[float] = []
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as api, ExitStack() as stack:
        for _ in range(20):
            _ask(api, [], [])
        before = most = _memory(api)
        for _ in range(count):
            stack.enter_context(api.connect(data, receive))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _ask(api, health, init)
            most = max(most, _memory(api))
    return health, init, before, most


def _ask(api: Server, health: list[float], init: list[float]) -> None:
    began = time.perf_counter()
    assert requests.get(f"{api.url}/health", timeout=TIMEOUT).status_code == 200
    asked = time.perf_counter()
    assert requests.post(f"{api.url}/uploads/init", json=PROMISE, timeout=TIMEOUT).status_code == 201
    health.append(1000 * (asked - began))
    init.append(1000 * (time.perf_counter() - asked))


def _memory(api: Server) -> float:
    return sum(map(rss, api.workers()))


def run(arguments: argparse.Namespace) -> Section:
    """Ask beside each kind."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    found = {kind: measure(kind, arguments.seconds) for kind in KINDS}
    rows = [
        [
            f"{KINDS[kind][0]:,} × {kind}",
            spread(health).show(1),
            spread(init).show(1),
            f"{len(health) + len(init):,}",
            f"{before:.0f}",
            f"{most:.0f}",
        ]
        for kind, (health, init, before, most) in found.items()
    ]
    worst = max(max(health + init) for health, init, _, _ in found.values())
    return Section(
        "Slow clients",
        table(["", "/health, ms", "init, ms", "asked", "MB before", "MB at most"], rows),
        [Goal("answers beside slow clients", "≤ 1 s, each", f"{worst / 1000:.2f} s at most", worst <= 1000)],
    )


if __name__ == "__main__":
    main(__file__, run, rounds=1, seconds=30)
