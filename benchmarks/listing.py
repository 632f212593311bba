"""`flask images list` and `images stats` over a million pictures: how long, and in how much memory.

A stand-in (store.py) lists the million in pages, as S3 does: to store real ones would take a day. SeaweedFS's or S3's
own time for a page comes on top; the memory is the command's only.
"""

import argparse
import json
import os
import sys
import time

from benchmarks.measure import spread
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import OFFLINE, stand_in
from config import ROOT

#: MB that a million may take more than the shortest list.
CONSTANT = 5


def measured(command: str, keys: int) -> tuple[float, float]:
    """List or count so many pictures; return the seconds and the peak MB.

    Raises:
        RuntimeError: not all of them were listed or counted.
    """
    with stand_in(keys=keys) as store:
        reading, writing = os.pipe()
        began = time.perf_counter()
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "images", *command.split()],
            {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **OFFLINE, "S3_ENDPOINT_URL": store.url},
            file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)],
        )
        os.close(writing)
        number, last = 0, b'{"pictures": 0}'
        with os.fdopen(reading, "rb") as out:
            for line in out:
                number, last = number + 1, line
        _, status, usage = os.wait4(pid, 0)
    counted = number if command == "list" else json.loads(last)["pictures"]
    if status or counted != keys:
        raise RuntimeError(f"status {status}, {counted} pictures")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def run(arguments: argparse.Namespace) -> Section:
    """List and count."""
    sizes = [1_000, arguments.keys // 10, arguments.keys]
    rows, goals = [], []
    for command in ("list", "stats --json"):
        found = {keys: [measured(command, keys) for _ in range(arguments.rounds)] for keys in sizes}
        peaks = {keys: spread([peak for _, peak in each]) for keys, each in found.items()}
        rows += [
            [f"`images {command}`", f"{keys:,}", spread([seconds for seconds, _ in each]).show(1), peaks[keys].show()]
            for keys, each in found.items()
        ]
        more = peaks[sizes[-1]].median - peaks[sizes[0]].median
        goals.append(
            Goal(
                f"`images {command}` of {arguments.keys:,}: memory constant",
                f"≤ {CONSTANT} MB over that of 1,000",
                f"{more:+.1f} MB",
                more <= CONSTANT,
            )
        )
    text = (
        table(["command", "pictures", "seconds", "most MB held"], rows)
        + f"\n\n{arguments.rounds} rounds, from a stand-in for the store that pages by 1,000."
    )
    return Section("Listing a million", text, goals)


if __name__ == "__main__":
    main(__file__, run, rounds=2, keys=1_000_000)
