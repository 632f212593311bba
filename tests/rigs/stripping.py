"""Looks for a picture of which page and server make different bytes: `python -m tests.rigs.stripping --help`.

The page's stripper runs in Node, ours here. Both get the same pictures, which are broken in the ways of `tests.rigs.fuzz`
and some more. The seed and an example's number determine the example (`--only`).
"""

import argparse
import base64
import collections
import contextlib
import json
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple, Self

from app.pictures.strip import BrokenPicture, NotShown, strip
from tests import raster
from tests.conftest import PHOTOGRAPHS, PICTURES, picture
from tests.rigs.fuzz import mutate

TABLES = Path(__file__).parents[1] / "tables"
TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]
SUFFIXES = {".jpg": TYPES[0], ".png": TYPES[1], ".gif": TYPES[2], ".webp": TYPES[3], ".avif": TYPES[4]}
#: Why there are no bytes, by the number that Node sends.
REFUSALS = {1: "BrokenPicture", 2: "NotShown"}


class Seed(NamedTuple):
    """A picture that is stripped or broken."""

    name: str
    content_type: str
    data: bytes


def in_folder(folder: Path) -> Iterator[Seed]:
    """Yield the pictures in a folder."""
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES:
            yield Seed(path.name, SUFFIXES[path.suffix], path.read_bytes())


def in_tables() -> Iterator[Seed]:
    """Yield the pictures in the tables that the front end's tests read."""
    for row in raster.read():
        yield Seed(row["name"], row["type"], zlib.decompress(base64.b64decode(row["data"])))
    for name, content_type in (("avif", "image/avif"), ("gainmap", "image/jpeg")):
        for case, row in json.loads((TABLES / f"{name}.json").read_text()).items():
            yield Seed(f"{name}: {case}", content_type, base64.b64decode(row["file"]))


def scans() -> Iterator[Seed]:
    """Yield JPEGs without an end, whose codes must be read to find it; some with bytes behind it."""
    ways: dict[str, dict[str, object]] = {
        "sequential": {},
        "progressive": {"progressive": True},
        "optimised": {"optimize": True, "quality": 30},
        "fine": {"subsampling": 0, "quality": 98},
        "restarts": {"restart_marker_blocks": 3},
        "progressive restarts": {"progressive": True, "restart_marker_blocks": 2},
    }
    for way, options in ways.items():
        data = picture("image/jpeg", (67, 43), **options)[:-2]
        for name, tail in (("", b""), (" and more", b"behind it"), (" and zeros", bytes(9)), (" cut off", None)):
            yield Seed(f"{way}, no end{name}", "image/jpeg", data[:-30] if tail is None else data + tail)


@cache
def seeds() -> list[Seed]:
    """Return every picture that the tests have."""
    return [*in_folder(PICTURES), *in_folder(PHOTOGRAPHS), *in_tables(), *scans()]


def outcome(data: bytes, content_type: str) -> bytes | str:
    """Return a stripped picture, or the name of the refusal."""
    try:
        return b"".join(strip(data, content_type))
    except (BrokenPicture, NotShown) as error:
        return type(error).__name__


class Page:
    """The page's stripper, in a process of Node's."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node, "Node is not installed"
        script = Path(__file__).with_name("stripper.mjs")
        self._process = subprocess.Popen([node, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # It ends with its input.
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def outcome(self, data: bytes, content_type: str) -> bytes | str:
        """Return what `outcome` does."""
        self._process.stdin.write(struct.pack(">IB", len(data), TYPES.index(content_type)) + data)
        self._process.stdin.flush()
        length, kind = struct.unpack(">Ib", self._process.stdout.read(5))
        body = self._process.stdout.read(length)
        assert kind in (0, *REFUSALS), body.decode()
        return REFUSALS.get(kind, body)


def broken(random: Random, data: bytes, other: bytes) -> bytes:
    """Break a picture in any place: turn bits, cut it off, or move, repeat, lose or borrow a stretch."""
    for _ in range(random.randrange(1, 4)):
        at, end = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
        few = min(len(data), at + random.choice((1, 2, 4, 12, 60)))
        match random.randrange(8):
            case 0:
                data = data[:end]
            case 1:
                data = data[:at] + data[few:]
            case 2:
                data = data[:few] + data[at:few] + data[few:]
            case 3:
                data = data[:at] + random.choice((b"\xff", b"\0", b"\xff\xd9", b"\xff\xd0", b"\xff\xff")) + data[few:]
            case 4:
                start = random.randrange(len(other) + 1)
                data = data[:at] + other[start : start + random.randrange(400)] + data[at:]
            case 5:
                data = data[:at] + data[few:end] + data[at:few] + data[end:]
            case _ if at < len(data):
                data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
    return data


def example(seed: int, number: int, pictures: list[Seed]) -> Seed:
    """Return a broken picture."""
    random = Random(f"{seed}:{number}")
    kind = random.choice(TYPES)
    alike = [each for each in pictures if each.content_type == kind]
    # Small ones: their structure is hit more often.
    small = [each for each in alike if len(each.data) < 8_000] or alike
    chosen = random.choice(small if random.random() < 0.9 else alike)
    other = random.choice(small).data
    data = (mutate if number % 2 else broken)(random, chosen.data, other)
    return Seed(f"{seed}:{number} of {chosen.name}", kind, data)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.rigs.stripping", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this example alone; its bytes go to the output")
    parser.add_argument("--more", type=Path, action="append", default=[], metavar="DIR", help="more pictures to break")
    arguments = parser.parse_args()
    pictures = [*seeds(), *(each for folder in arguments.more for each in in_folder(folder))]
    if arguments.only is not None:
        sys.stdout.buffer.write(example(arguments.seed, arguments.only, pictures).data)
        return
    counts: collections.Counter[str] = collections.Counter()
    with Page() as page:
        for each in [*pictures, *(example(arguments.seed, number, pictures) for number in range(arguments.count))]:
            theirs = None
            with contextlib.suppress(AssertionError):
                theirs = page.outcome(each.data, each.content_type)
            ours = outcome(each.data, each.content_type)
            counts[f"{each.content_type} {ours if isinstance(ours, str) else 'stripped'}"] += 1
            if ours != theirs:
                counts["different"] += 1
                said = [way if isinstance(way, str) else f"{len(way)} bytes" for way in (ours, theirs or "a fault")]
                print(f"{each.name}: {said[0]}, the page: {said[1]}")
    print(dict(sorted(counts.items())))
    sys.exit(counts["different"] > 0)


if __name__ == "__main__":
    main()
