"""Looks for a picture of which page and server make different bytes: `python -m tests.rigs.stripping --help`.

The page's stripper runs in Node, ours here. Both get the same pictures, broken in the ways of `tests.rigs.fuzz` and
some more. The seed and an example's number determine the example (`--only`).
"""

import argparse
import collections
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Self

from tests.rigs.fuzz import mutate
from tests.strip_cases import Case, cases, in_folder, outcome

#: By the numbers that Node knows them by.
TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]
REFUSALS = {1: "BrokenPicture", 2: "NotShown"}
#: Bytes. Of small pictures the structure is hit more often.
SMALL = 8_000


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
        """Return a stripped picture, the name of the refusal, or where an error that should not happen comes from."""
        self._process.stdin.write(struct.pack(">IB", len(data), TYPES.index(content_type)) + data)
        self._process.stdin.flush()
        length, kind = struct.unpack(">Ib", self._process.stdout.read(5))
        body = self._process.stdout.read(length)
        return REFUSALS.get(kind, body.decode()) if kind else body


def broken(random: Random, data: bytes, other: bytes) -> bytes:
    """Break a picture in any place: turn bits, cut it off, or move, repeat, lose or borrow a stretch."""
    for _ in range(random.randrange(1, 4)):
        at, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
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


def example(seed: int, number: int, pictures: list[Case]) -> Case:
    """Return a broken picture."""
    random = Random(f"{seed}:{number}")
    kind = random.choice(TYPES)
    alike = [each for each in pictures if each.content_type == kind]
    small = [each for each in alike if len(each.data) < SMALL]
    chosen, other = random.choice(small if number % 10 else alike), random.choice(small)
    breaking = random.choice((mutate, broken))
    return Case(f"example {number}, {chosen.name}", kind, breaking(random, chosen.data, other.data))


def difference(page: Page, case: Case) -> str | None:
    """Say how the page's bytes differ from ours, if they do; the page has no limit to its work."""
    ours, theirs = outcome(case.data, case.content_type), page.outcome(case.data, case.content_type)
    said = [each if isinstance(each, str) else f"{len(each)} bytes" for each in (ours, theirs)]
    return None if ours in (theirs, "TooLong") else f"{case.name}: {said[0]}, the page {said[1]}"


def run(seed: int, count: int, pictures: list[Case], say: Callable[[str], None]) -> int:
    """Return how many examples differ."""
    tally: collections.Counter[str] = collections.Counter()
    with Page() as page:
        for number in range(count):
            case = example(seed, number, pictures)
            if found := difference(page, case):
                tally["different"] += 1
                say(found)
            result = outcome(case.data, case.content_type)
            tally[f"{case.content_type}: {result if isinstance(result, str) else 'stripped'}"] += 1
    for name, number in sorted(tally.items()):
        say(f"{name:30} {number:9,}")
    return tally["different"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other examples")
    parser.add_argument("--only", type=int, help="write this example to standard output")
    parser.add_argument("--more", type=Path, help="a folder of more pictures to break")
    arguments = parser.parse_args()
    pictures = [*cases(), *(in_folder(arguments.more) if arguments.more else ())]
    if arguments.only is not None:
        sys.stdout.buffer.write(example(arguments.seed, arguments.only, pictures).data)
        return 0
    return run(arguments.seed, arguments.examples, pictures, lambda line: print(line, flush=True))  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
