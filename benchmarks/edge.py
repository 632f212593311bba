"""What the edge costs: PUTs and GETs of photos of 5 MB, and GETs of 100 kB, through Caddy and straight to SeaweedFS.

curl PUTs the photos with URLs that were signed beforehand, several at a time, then GETs the published ones, several
times each. Both ways lead to the same store, on the same machine: on the straight one curl names the store's own port,
and sends the Referer that the store asks for. CPU is that of Caddy and of SeaweedFS.
"""

import argparse
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app import embedded
from app.publisher import Publisher
from app.storage import Storage, Upload
from app.storage.objects import SignedPut
from benchmarks.browser import photos
from benchmarks.measure import ratio, spread, take_turns
from benchmarks.photos import photo
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import cpu
from config import Config
from tests.conftest import free_port

GOAL = 1.25
PARALLEL = 8
#: Pixels of a photo of about 100 kB, as many visitors see it.
SMALL = (500, 375)


@dataclass(frozen=True)
class Took:
    """Seconds, and the seconds of CPU of the edge and of the store."""

    seconds: float
    caddy: float
    weed: float


def timed(transfers: list[str], folder: Path) -> Took:
    """Let curl make all transfers."""
    config = folder / "curl.conf"
    config.write_text("\nnext\n".join(f"{each}\nfail\nsilent" for each in transfers))
    command = ["curl", "--parallel", "--parallel-max", str(PARALLEL), "--config", str(config)]
    before, began = used(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    after = used()
    return Took(seconds, after["caddy"] - before["caddy"], after["weed"] - before["weed"])


def used() -> dict[str, float]:
    """Return the seconds of CPU that our children's children have taken, by program."""
    found = {"caddy": 0.0, "weed": 0.0}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name, parent = (process / "comm").read_text().strip(), int((process / "stat").read_text().split()[3])
            if name in found and int(Path(f"/proc/{parent}/stat").read_text().split()[3]) == os.getpid():
                found[name] += cpu(int(process.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def sign(storage: Storage, upload: Upload) -> SignedPut:
    """Sign the PUT of an upload."""
    return storage.sign_upload(upload.key, upload.content_type, upload.size)


def put(storage: Storage, paths: list[Path], folder: Path) -> Took:
    """PUT every photo to a key of its own."""
    lines = []
    for path in paths:
        signed = sign(storage, Upload.new("image/jpeg", path.stat().st_size))
        headers = "".join(f'header = "{name}: {value}"\n' for name, value in signed.headers.items())
        lines.append(f'upload-file = "{path}"\nurl = "{signed.url}"\n{headers}output = "/dev/null"')
    return timed(lines, folder)


def get(address: Callable[[str], str], keys: list[str], referer: str, count: int, folder: Path) -> Took:
    """GET published photos, one after the other, `count` times in all."""
    lines = [
        f'url = "{address(keys[number % len(keys)])}"\noutput = "/dev/null"\nreferer = "{referer}"'
        for number in range(count)
    ]
    return timed(lines, folder)


def publish(config: Config, storage: Storage, path: Path, folder: Path) -> str:
    """Publish a photo; return its key."""
    upload = Upload.new("image/jpeg", path.stat().st_size, f"{uuid.uuid4()}.jpg")
    signed = sign(storage, upload)
    headers = "".join(f'header = "{name}: {value}"\n' for name, value in signed.headers.items())
    timed([f'upload-file = "{path}"\nurl = "{signed.url}"\n{headers}output = "/dev/null"'], folder)
    Publisher(config, storage).publish(upload)
    return upload.key


def run(arguments: argparse.Namespace) -> Section:
    """Measure both ways."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update({"INSTANCE_PATH": str(folder / "instance"), "S3_PORT": str(free_port())})
        config = embedded.start(replace(Config.from_env(), edge=False))
        straight = replace(config, s3_public_endpoint_url=config.s3_endpoint_url, public_base_url=None)
        ways = {"edge": Storage(config), "straight": Storage(straight)}
        paths = photos(folder, arguments.photos)
        keys = [publish(config, ways["edge"], path, folder) for path in paths[:20]]
        small = folder / "small.jpg"
        small_size = small.write_bytes(photo(*SMALL)) // 1000
        small_keys = [publish(config, ways["edge"], small, folder) for _ in range(20)]
        referer = str(config.store_referer)

        def gets(keys: list[str], count: int) -> dict[str, list[Took]]:
            each = {
                way: partial(get, storage.links.public_url, keys, referer, count, folder)
                for way, storage in ways.items()
            }
            return take_turns(each, arguments.rounds)

        found = {
            f"{arguments.photos} PUTs of 5 MB": take_turns(
                {way: partial(put, storage, paths, folder) for way, storage in ways.items()}, arguments.rounds
            ),
            f"{arguments.gets:,} GETs of 5 MB": gets(keys, arguments.gets),
            f"{arguments.small_gets:,} GETs of {small_size} kB": gets(small_keys, arguments.small_gets),
        }
    return _report(found, arguments.rounds)


def _report(found: dict[str, dict[str, list[Took]]], rounds: int) -> Section:
    rows, goals = [], []
    for what, took in found.items():
        seconds = {way: [each.seconds for each in rounds] for way, rounds in took.items()}
        times = ratio(seconds["edge"], seconds["straight"])
        work = {way: [each.caddy + each.weed for each in rounds] for way, rounds in took.items()}
        rows.append(
            [
                what,
                spread(seconds["edge"]).show(2),
                spread(seconds["straight"]).show(2),
                times.show(2),
                f"{spread([each.caddy for each in took['edge']]).median:.2f}",
                f"{spread([each.weed for each in took['edge']]).median:.2f}",
                f"{spread([each.weed for each in took['straight']]).median:.2f}",
                ratio(work["edge"], work["straight"]).show(2),
            ]
        )
        goals.append(Goal(f"edge: {what}", f"≤ {GOAL} ×", f"{times.show(2)} ×", times.median <= GOAL))
    head = ["", "edge, s", "straight, s", "ratio", "CPU s: Caddy", "store", "store, straight", "ratio of CPU"]
    return Section("edge", table(head, rows) + f"\n\n{rounds} rounds, curl with {PARALLEL} at a time.", goals)


if __name__ == "__main__":
    main(__file__, run, rounds=5, photos=100, gets=1000, small_gets=5000)
