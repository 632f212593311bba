"""What a worker costs, and whether it grows: memory, start, and memory again after many inits and completes.

It measures one worker of gunicorn, started as in the container. The start lasts from the command to the first answer of
/health; `python -X importtime` times the imports. Then wrk requests inits, and completes with a stand-in for the store
(store.py), in tenths, and the worker's resident memory is read after each. `--full`: 200,000 inits and 10,000
completes.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.complete import token
from benchmarks.measure import spread
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import INIT_REQUEST, OFFLINE, Served, ours, post, rss, stand_in
from config import ROOT

STEPS = 10
#: MB that the second half may add, because Python's allocator varies by as much.
FLAT = 3


def start() -> float:
    """Return the seconds from the command to the first answer."""
    began = time.perf_counter()
    with ours():
        return time.perf_counter() - began


def imports() -> tuple[float, list[tuple[str, float]]]:
    """Return the milliseconds that `import wsgi` takes, and of these the packages that take most."""
    out = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import wsgi"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **OFFLINE},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    lines = re.findall(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)", out)
    whole = sum(int(own) for own, _, _, _ in lines) / 1000
    packages: dict[str, float] = {}
    for own, _, _, name in lines:
        package = name.partition(".")[0]
        packages[package] = packages.get(package, 0) + int(own) / 1000
    return whole, sorted(packages.items(), key=lambda each: -each[1])[:8]


def workers(served: Served) -> list[int]:
    """Return the pids below the master's."""
    return served.pids()[1:]


def grow(served: Served, script: Path, total: int) -> tuple[list[float], int]:
    """Send at least so many requests; return the worker's MB before and after each tenth, and the requests sent."""
    [worker] = workers(served)
    found, asked = [rss(worker)], 0
    for step in range(1, STEPS + 1):
        while asked < total * step / STEPS:
            load = served.load(script, 1)
            asked += int(load.rate)
        found.append(rss(worker))
    return found, asked


def run(arguments: argparse.Namespace) -> Section:
    """Measure memory, start and growth."""
    inits, completes = (200_000, 10_000) if arguments.full else (arguments.inits, arguments.completes)
    started = spread([start() for _ in range(arguments.rounds)])
    timed = [imports() for _ in range(arguments.rounds)]
    took = spread([whole for whole, _ in timed])
    bodies = [json.dumps({"uploadToken": token(f"{uuid.uuid4()}.jpg", INIT_REQUEST["size"])}) for _ in range(100)]
    with tempfile.TemporaryDirectory() as name, stand_in() as store, ours(S3_ENDPOINT_URL=store.url) as api:
        folder = Path(name)
        [worker] = workers(api)
        idle = rss(worker)
        master = rss(api.process.pid)
        private = _private(worker)
        grown = {
            "init": grow(api, post(folder, "/uploads/init", [json.dumps(INIT_REQUEST)]), inits),
            "complete": grow(api, post(folder, "/uploads/complete", bodies), completes),
        }
    weighed = table(
        ["", "MB"],
        [
            ["worker, idle, resident", f"{idle:.0f}"],
            ["of these its own alone", f"{private:.0f}"],
            ["master, resident", f"{master:.0f}"],
        ],
    )
    slowest = ", ".join(f"{package} {each:.0f}" for package, each in timed[0][1])
    steps = [f"{100 * step // STEPS} %" for step in range(STEPS + 1)]
    rows = [[f"{asked:,} × {what}", *(f"{each:.0f}" for each in found)] for what, (found, asked) in grown.items()]
    text = f"""\
{weighed}

First answer {started.show(2)} s after the command, {arguments.rounds} rounds; the imports of it {took.show()} ms, most
of them in (ms, without what they import) {slowest}.

Resident MB of a worker, with 16 clients at once, after each tenth:

{table(["", *steps], rows)}"""
    goals = [
        Goal(
            f"memory flat over {asked:,} {what}s",
            f"≤ {FLAT} MB more in the second half",
            f"{_second_half(found):+.1f} MB",
            _second_half(found) <= FLAT,
        )
        for what, (found, asked) in grown.items()
    ]
    return Section("Cost and growth", text, goals)


def _second_half(found: list[float]) -> float:
    return found[-1] - found[STEPS // 2]


def _private(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kib) for kib in re.findall(r"Private_\w+: +(\d+)", rollup)) / 1024


if __name__ == "__main__":
    main(__file__, run, rounds=5, inits=20_000, completes=1_000, full=False)
