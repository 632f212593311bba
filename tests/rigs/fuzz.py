"""Looks for a head of a file that `pictures.inspect` misreads: `make fuzz`, or `python -m tests.rigs.fuzz --help`.

It breaks real pictures of every type in the ways that a hostile client would try, and gives each to `inspect`, whole
and cut off. The seed and an example's number determine the example (`--only`).
"""

import argparse
import collections
import contextlib
import io
import resource
import struct
import sys
import time
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image as Pillow

from app.pictures import Image
from tests.unit.test_inspection import FTYP, PNG_SIGNATURE, SMALL, TYPES, avif, box, outcome

SEEDS = [*SMALL.values(), avif()]

# Take pictures apart and put them together again, so that a change breaks one thing and not each length and checksum
# around it.


def _segments(data: bytes) -> list[bytes]:
    """JPEG: up to its scan."""
    parts, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:]]


def _blocks(data: bytes) -> list[bytes]:
    """GIF: up to its first picture."""
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    parts = [data[:at]]
    while data[at : at + 1] == b"\x21":
        end = at + 2
        while end < len(data) and data[end]:
            end += 1 + data[end]
        parts.append(data[at : end + 1])
        at = end + 1
    return [*parts, data[at:]]


def _chunks(data: bytes, start: int, before: int, order: str, after: int) -> list[bytes]:
    """PNG and WebP: a length after `before` bytes, and `after` more bytes than it says."""
    parts, at = [data[:start]], start
    while at + before + 4 <= len(data):
        (length,) = struct.unpack_from(order + "I", data, at + before)
        end = at + 8 + length + after
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:]]


CONTAINERS = {b"meta": 12, b"iprp": 8, b"ipco": 8, b"moov": 8, b"trak": 8}


def _boxes(data: bytes) -> list[bytes]:
    parts, at = [], 0
    while at + 8 <= len(data) and (length := int.from_bytes(data[at : at + 4])) >= 8:
        parts.append(data[at : at + length])
        at += length
    return [*parts, data[at:]]


def _shuffle(random: Random, parts: list[bytes], others: list[bytes]) -> list[bytes]:
    """Repeat, drop, exchange or borrow one of the parts; or break one from within."""
    at, to = random.randrange(len(parts)), random.randrange(len(parts) + 1)
    match random.randrange(5):
        case 0:
            parts.insert(to, parts[at])
        case 1:
            del parts[at]
        case 2:
            parts.insert(to, parts.pop(at)) if to < len(parts) else parts.reverse()
        case 3:
            parts.insert(to, random.choice(others))
        case 4:
            parts[at] = _break(random, parts[at])
    return parts


def _reorder(random: Random, data: bytes, other: bytes) -> bytes:
    if data.startswith(b"\xff\xd8"):
        return b"".join(_shuffle(random, _segments(data), _segments(other)))
    if data.startswith(b"GIF8") and len(data) > 13:
        return b"".join(_shuffle(random, _blocks(data), [other[:13], other[13:40]]))
    if data.startswith(PNG_SIGNATURE):
        return _sealed(b"".join(_shuffle(random, _chunks(data, 8, 0, ">", 4), _chunks(other, 8, 0, ">", 4))))
    if data.startswith(b"RIFF"):
        riff = b"".join(_shuffle(random, _chunks(data, 12, 4, "<", 0), _chunks(other, 12, 4, "<", 0)))
        return riff[:4] + struct.pack("<I", len(riff) - 8) + riff[8:] if len(riff) >= 12 else riff
    return b"".join(_rebox(random, data, other))


def _rebox(random: Random, data: bytes, other: bytes) -> list[bytes]:
    boxes = _boxes(data)
    inner = [at for at, found in enumerate(boxes) if found[4:8] in CONTAINERS]
    if inner and random.random() < 0.8:
        at = random.choice(inner)
        start = CONTAINERS[boxes[at][4:8]]
        body = b"".join(_rebox(random, boxes[at][start:], other))
        boxes[at] = box(boxes[at][4:8], boxes[at][8:start], body)
        return boxes
    return _shuffle(random, boxes, [*_boxes(other), box(b"ispe", bytes(4), random.randbytes(8)), box(b"irot", b"\1")])


def _sealed(png: bytes) -> bytes:
    """Give every chunk its checksum."""
    first, *chunks = _chunks(png, 8, 0, ">", 4)
    return first + b"".join(
        part[:-4] + struct.pack(">I", zlib.crc32(part[4:-4])) if len(part) >= 12 else part for part in chunks
    )


NUMBERS = [0, 1, 2, 6, 7, 8, 0x7F, 0x80, 0xFF, 0x3FFF, 0x7FFF, 0xFFFF, 0xFFFFFF, 2**31 - 1, 2**31, 2**32 - 1]


def _break(random: Random, data: bytes) -> bytes:
    """Change some bytes, mostly near the beginning, where the structure is."""
    at = random.randrange(min(len(data), random.choice((40, 400, 4096))) + 1)
    count = random.randrange(1, 40)
    match random.randrange(5):
        case 0:
            return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + count :]
        case 2:
            return data[:at] + random.randbytes(random.randrange(1, 13)) + data[at:]
        case 3:
            return data[: at + count] + data[at:]
        case _:
            number = random.choice([*NUMBERS, len(data), len(data) - at, random.randrange(2**16)])
            size = random.choice((1, 2, 3, 4, 8))
            lie = (number % 256**size).to_bytes(size, random.choice(("big", "little")))
            return data[:at] + lie + data[at + size :]


def mutate(random: Random, data: bytes, other: bytes) -> bytes:
    """Break one picture, with parts of another, in one to four places."""
    for _ in range(random.randrange(1, 5)):
        match random.randrange(10):
            case 0:
                data = data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]
            case 1 | 2 | 3 | 4:
                data = _reorder(random, data, other)
            case _:
                data = _break(random, data)
                if data.startswith(PNG_SIGNATURE) and random.random() < 0.8:
                    data = _sealed(data)
    return data


def example(seed: int, number: int) -> tuple[bytes, int]:
    """Return a file, and where to cut off its head."""
    random = Random(f"{seed}:{number}")
    data = mutate(random, random.choice(SEEDS), random.choice(SEEDS))
    if number % 20 == 0:
        data = random.choice((b"\xff\xd8\xff", PNG_SIGNATURE, b"GIF89a", b"RIFF\x20\0\0\0WEBP", FTYP)) + data[:200]
    return data, random.randrange(len(data) + 1)


# The second opinion

#: The most pixels of a picture that Pillow is asked about.
ASKED = 2**22


def second_opinion(data: bytes) -> tuple[str, tuple[int, int], int] | None:
    """Return what Pillow says: type, size before rotation, orientation; None if it can't open the file."""
    # Pillow's plug-ins raise all kinds of errors, and warn.
    with (
        contextlib.suppress(Exception),
        warnings.catch_warnings(action="ignore"),
        Pillow.open(io.BytesIO(data)) as seen,
    ):
        name = str(seen.format)
        kind = TYPES.get("JPEG" if name == "MPO" else name, name)
        return kind, seen.size, seen.getexif().get(0x0112, 1)
    return None


def disagreement(image: Image, data: bytes) -> str | None:
    """Say how Pillow's reading differs, if it does."""
    # Pillow allocates as much memory as the file says when it opens one.
    opinion = second_opinion(data) if image.width * image.height <= ASKED else None
    if opinion is None:
        return None
    kind, (width, height), orientation = opinion
    if kind != image.content_type:
        return f"{image.content_type} is {kind} to Pillow"
    if (image.width, image.height) not in ((width, height), (height, width)):
        return f"{image.content_type} of another size to Pillow"
    turns = orientation in (5, 6, 7, 8) and kind != "image/webp"  # Browsers leave WebP as it is.
    if (image.width, image.height) != ((height, width) if turns else (width, height)):
        return f"{image.content_type} turned otherwise by Pillow"
    return None


def check(data: bytes, end: int) -> tuple[Image | type[Exception], Image | type[Exception]]:
    """Inspect a file whole and its head; raise unless the answers are among those that `inspect` promises."""
    whole = outcome(data, len(data))
    part = outcome(data[:end], len(data))
    assert isinstance(whole, Image) or whole.__name__ == "NotAnImage", whole
    # A shorter head may ask for more bytes, but never contradict the longer one.
    assert not isinstance(part, Image) or part == whole, (part, whole)
    assert whole == part or part.__name__ == "MoreBytesNeeded" or end < 1024, (part, whole)
    return whole, part


def run(examples: int, seed: int, keep: Path | None, say: Callable[[str], None]) -> int:
    """Return how many examples broke a promise of `inspect`."""
    tally: collections.Counter[str] = collections.Counter()
    differ: collections.Counter[str] = collections.Counter()
    cut: collections.Counter[str] = collections.Counter()
    failed, slowest, memory = [], (0.0, 0), (0, 0)
    for number in range(examples):
        data, end = example(seed, number)
        began = time.thread_time()
        try:
            image, part = check(data, end)
        except Exception as error:  # noqa: BLE001
            failed.append(number)
            say(f"example {number}: {error!r}")
            continue
        slowest = max(slowest, (time.thread_time() - began, number))
        if number % 100 == 0:
            tracemalloc.start()
            outcome(data, len(data))
            memory = max(memory, (tracemalloc.get_traced_memory()[1], number))
            tracemalloc.stop()
        cut["published" if isinstance(part, Image) else part.__name__] += 1
        if not isinstance(image, Image):
            tally["refused"] += 1
            continue
        tally[image.content_type] += 1
        if difference := disagreement(image, data):
            differ[difference] += 1
            if keep and differ[difference] <= 200:
                (keep / f"{difference.replace('/', '-').replace(' ', '-')}-{number}").write_bytes(data)
    rows = [("examples", examples), *sorted(tally.items()), ("exceptions", len(failed))]
    rows += [(f"cut off: {name}", count) for name, count in sorted(cut.items())]
    rows += [*sorted(differ.items())]
    for name, count in rows:
        say(f"{name:55} {count:9,}")
    process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(f"{'slowest, ms of CPU (both looks)':55} {slowest[0] * 1000:9.2f}  example {slowest[1]}")
    say(f"{'most memory of inspect, bytes (every 100th)':55} {memory[0]:9,}  example {memory[1]}")
    say(f"{'most memory of the process, Pillow with it, KiB':55} {process:9,}")
    return len(failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other examples")
    parser.add_argument("--only", type=int, help="write this example to standard output")
    parser.add_argument("--keep", type=Path, help="a folder for the files that Pillow reads differently")
    arguments = parser.parse_args()
    if arguments.only is not None:
        sys.stdout.buffer.write(example(arguments.seed, arguments.only)[0])
        return 0
    if arguments.keep:
        arguments.keep.mkdir(exist_ok=True)
    return run(arguments.examples, arguments.seed, arguments.keep, lambda line: print(line, flush=True))  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
