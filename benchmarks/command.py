"""A folder of 200 pictures to its links, with imghost beside curl.

curl sends each picture in one request to `POST /uploads`; with `Accept: text/plain` it gets the links. imghost begins
as a person begins it: a new process reads the limits, removes metadata, hashes, writes each step to its journal on the
disk, calls `init`, PUTs to the store and calls `complete`. The server does with curl's pictures what imghost does by
itself: it removes the metadata, hashes, stages and publishes them. curl sends four at a time, as many as one worker
takes from it: of more it refuses some, and curl would wait before it tries again. imghost sends as many as it does by
default. gunicorn, SeaweedFS and the client share the machine. CPU is that of the client and its children.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.browser import running
from benchmarks.measure import ratio, spread, take_turns
from benchmarks.photos import photo
from benchmarks.report import Goal, Section, main, table
from tests.rigs.imghost import Imghost
from tests.rigs.server import Server

GOAL: Final = 1.0
#: RELAY_CONCURRENCY.
PARALLEL: Final = 4
#: Pixels, which make pictures of 50 kB and of 800 kB.
SIZES: Final = {"screenshots": (480, 360), "photos": (1920, 1440)}


def folder_of(place: Path, size: tuple[int, int], count: int) -> Path:
    """Write pictures, each different, into a folder of their own."""
    place.mkdir()
    for number in range(count):
        (place / f"{number:03}.jpg").write_bytes(photo(*size, seed=number, quality=77))
    return place


def timed(command: list[str], count: int, **options: Any) -> dict[str, float]:
    """Run a command that prints one link for each picture; return its seconds, and its CPU."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    links = {line for line in done.stdout.splitlines() if line.startswith("http")}
    if len(links) != count:
        raise SystemExit(f"{len(links)} links in place of {count}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return {"seconds": seconds, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def imghost(server: Server, folder: Path, home: Path) -> dict[str, float]:
    """Upload a folder with imghost."""
    command = Imghost(home, IMGHOST_SERVER=server.url)
    return timed([*command.command, str(folder)], len(list(folder.iterdir())), env=command.env, cwd=home)


def curl(server: Server, folder: Path, home: Path) -> dict[str, float]:
    """Upload a folder with curl."""
    lines = ["parallel", f"parallel-max = {PARALLEL}"]
    paths = sorted(folder.iterdir())
    for path in paths:
        lines += [f'url = "{server.url}/uploads"', f'form = "file=@{path}"', 'header = "Accept: text/plain"']
        lines += ["fail", "silent", "next"]
    config = home / "curl.conf"
    config.write_text("\n".join(lines[:-1]) + "\n")
    return timed(["curl", "--config", str(config)], len(paths))


def run(arguments: argparse.Namespace) -> Section:
    """Upload."""
    rows, goals = [], []
    with tempfile.TemporaryDirectory() as name, running() as server:
        home = Path(name)
        for what, size in SIZES.items():
            folder = folder_of(home / what, size, arguments.pictures)
            bytes_ = sum(path.stat().st_size for path in folder.iterdir()) / arguments.pictures
            found = take_turns(
                {"imghost": partial(imghost, server, folder, home), "curl": partial(curl, server, folder, home)},
                arguments.rounds,
            )
            seconds = {who: [each["seconds"] for each in found[who]] for who in found}
            cpu = {who: spread([each["cpu"] for each in found[who]]) for who in found}
            times = ratio(seconds["imghost"], seconds["curl"])
            label = f"{arguments.pictures} {what} of {bytes_ / 1000:.0f} kB"
            shown = [spread(seconds[who]).show(2) for who in found]
            rows.append([label, *shown, times.show(2), *(cpu[who].show(2) for who in found)])
            goals.append(
                Goal(f"imghost, {label}, against curl", f"≤ {GOAL} ×", f"{times.show(2)} ×", times.median <= GOAL)
            )
    head = ["", "imghost, s", "curl, s", "imghost ÷ curl", "CPU of imghost, s", "CPU of curl, s"]
    text = f"""\
{table(head, rows)}

{arguments.rounds} rounds. curl sends {PARALLEL} at a time, imghost as many as by default. Client, API and store share \
{os.cpu_count()} cores."""
    return Section("A folder with imghost", text, goals)


if __name__ == "__main__":
    main(__file__, run, rounds=5, pictures=200)
