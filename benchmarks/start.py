"""How long a start takes: of gunicorn without a store, and of all that `make run` starts, the second time.

It lasts from the command to the first good answer: of /health without a store, of /health/ready, asked through Caddy,
with SeaweedFS. The first start of `make run` makes keys and a bucket; it is not counted. CPU is that of all processes
until then. `python -X importtime` times the imports of a worker.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.measure import spread, take_turns
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import OFFLINE, Served
from config import ROOT
from tests.rigs.server import Server, answers

#: Seconds.
GOAL = 1.5


def start(server: Server, path: str) -> tuple[float, float]:
    """Start a server and stop it; return its seconds until `path` answers, and those of CPU."""
    began = time.perf_counter()
    process = server.spawn()
    while not answers(server.url + path):
        if process.poll() is not None:
            raise RuntimeError(server.said())
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    used = Served(server.url, process).cpu()
    server.stop()
    return seconds, used


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


def run(arguments: argparse.Namespace) -> Section:
    """Start both, in turns."""
    with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as instance:
        found = take_turns(
            {
                "gunicorn, two workers": partial(start, Server(Path(alone), **OFFLINE), "/health"),
                "`make run`, the second time": partial(start, Server(Path(instance)), "/health/ready"),
            },
            arguments.rounds,
        )
    took = {name: spread([seconds for seconds, _ in each]) for name, each in found.items()}
    timed = [imports() for _ in range(arguments.rounds)]
    slowest = ", ".join(f"{package} {each:.0f}" for package, each in timed[0][1])
    rows = [[name, took[name].show(2), spread([used for _, used in each]).show(2)] for name, each in found.items()]
    text = f"""\
{table(["", "seconds to its first answer", "CPU s of all processes"], rows)}

{arguments.rounds} rounds. The imports of a worker take {spread([whole for whole, _ in timed]).show()} ms, most of them
in (ms, without what they import) {slowest}."""
    _, second = took.values()
    goal = Goal("second `make run`, to ready", f"≤ {GOAL} s", f"{second.show(2)} s", second.median <= GOAL)
    return Section("Start", text, [goal])


if __name__ == "__main__":
    main(__file__, run, rounds=5)
