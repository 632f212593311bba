"""What a worker costs, and whether it grows: memory, time and CPU over many inits and completes.

It measures one worker of gunicorn on one core, started as in the container. wrk requests inits, and completes with a
stand-in for the store (store.py), in tenths; after each, the worker's resident memory is read, and the median time and
the CPU of its requests are noted. `--full`: a million inits and 50,000 completes.
"""

import argparse
import json
import re
import statistics
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from benchmarks.complete import token
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import INIT_REQUEST, Load, Served, ours, post, rss, stand_in

STEPS = 10
#: MB that the second half may add, because Python's allocator varies by as much.
FLAT = 3
#: Other work on the machine moves it by as much.
SAME = 1.1


@dataclass
class Grown:
    """What a worker did: the requests it answered, its MB before and after each tenth, and each tenth's load."""

    asked: int
    memory: list[float]
    loads: list[Load]

    def added(self) -> float:
        """Return the MB that the second half added."""
        return self.memory[-1] - self.memory[STEPS // 2]

    def slower(self) -> float:
        """Return the CPU of a request in the last three tenths ÷ that in the first three."""
        costs = [load.cpu_ms for load in self.loads]
        return statistics.median(costs[-3:]) / statistics.median(costs[:3])


def workers(served: Served) -> list[int]:
    """Return the pids below the master's."""
    return served.pids()[1:]


def grow(served: Served, script: Path, total: int) -> Grown:
    """Send at least so many requests."""
    [worker] = workers(served)
    grown = Grown(0, [rss(worker)], [])
    for step in range(1, STEPS + 1):
        while grown.asked < total * step / STEPS:
            load = served.load(script, 2)
            grown.asked += int(2 * load.rate)
        grown.memory.append(rss(worker))
        grown.loads.append(load)
    return grown


def run(arguments: argparse.Namespace) -> Section:
    """Measure memory, time and CPU."""
    inits, completes = (1_000_000, 50_000) if arguments.full else (arguments.inits, arguments.completes)
    bodies = [json.dumps({"uploadToken": token(f"{uuid.uuid4()}.jpg", INIT_REQUEST["size"])}) for _ in range(100)]
    with tempfile.TemporaryDirectory() as name, stand_in() as store, ours(S3_ENDPOINT_URL=store.url) as api:
        folder = Path(name)
        [worker] = workers(api)
        idle = rss(worker)
        master = rss(api.process.pid)
        private = _private(worker)
        found = {
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
    steps = [f"{100 * step // STEPS} %" for step in range(STEPS + 1)]
    rows = []
    for what, grown in found.items():
        rows += [
            [f"{grown.asked:,} × {what}: MB", *(f"{each:.0f}" for each in grown.memory)],
            ["the same: p50, ms", "", *(f"{load.p50:.1f}" for load in grown.loads)],
            ["the same: CPU of each, ms", "", *(f"{load.cpu_ms:.2f}" for load in grown.loads)],
        ]
    text = f"""\
{weighed}

Resident MB of a worker, with 16 clients at once, before and after each tenth, and the last two seconds of each tenth:

{table(["", *steps], rows)}"""
    goals = []
    for what, grown in found.items():
        done = f"{grown.asked:,} {what}s"
        goals += [
            Goal(
                f"memory flat over {done}",
                f"≤ {FLAT} MB more in the second half",
                f"{grown.added():+.1f} MB",
                grown.added() <= FLAT,
            ),
            Goal(
                f"CPU flat over {done}",
                f"≤ {SAME} ×, last to first three tenths",
                f"{grown.slower():.2f} ×",
                grown.slower() <= SAME,
            ),
        ]
    return Section("Cost and growth", text, goals)


def _private(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kib) for kib in re.findall(r"Private_\w+: +(\d+)", rollup)) / 1024


if __name__ == "__main__":
    main(__file__, run, inits=20_000, completes=2_000, full=False)
