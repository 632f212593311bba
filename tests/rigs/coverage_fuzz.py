"""Looks for a crash of `pictures.inspect` along new paths through it; run it by hand, with atheris installed.

    python -m tests.rigs.coverage_fuzz CORPUS -max_total_time=480

atheris (libFuzzer) keeps in CORPUS each file that reached new code. docs/adr/0003-own-head-parser.md has the
result.
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["app.pictures"]):
    import app.pictures  # noqa: F401

from tests.rigs.fuzz import SEEDS, check, mutate

ASIDE = 3


def one(data: bytes) -> None:
    """Inspect one input: its first bytes say where to cut the head, the rest is the file."""
    file = data[ASIDE:]
    check(file, int.from_bytes(data[:ASIDE]) % (len(file) + 1))


def change(data: bytes, longest: int, seed: int) -> bytes:
    """Break the structure in half of the cases, single bytes in the others."""
    random = Random(seed)
    if random.random() < 0.5:
        return bytes(atheris.Mutate(data, longest))
    return (data[:ASIDE] + mutate(random, data[ASIDE:], random.choice(SEEDS)))[:longest]


if __name__ == "__main__":
    corpus = Path(sys.argv[1])
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(b"\xff" * ASIDE + seed)
    atheris.Setup(sys.argv, one, custom_mutator=change)
    atheris.Fuzz()
