"""What pictures that come through the API itself cost: other clients' patience, and memory.

gunicorn runs as `make run` starts it, with the store and the edge; the clients share its machine and its cores.

- 50 senders trickle a picture each, 1 kB a second, and begin anew when they are cut off, which is after half a minute;
  there are places for all of them. Another client requests init over new connections, in turns with a quiet time.
- 40 JPEGs of 25 MB each, four at a time, through one worker. Memory is the worker's resident memory, idle and at most:
  with what of a picture's file the system has in memory.
"""

import argparse
import io
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import requests
from PIL import Image

from benchmarks.measure import spread
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import INIT_REQUEST, cpu, rss
from tests.rigs.server import Server

SENDERS: Final = 50
FILES: Final = 40
AT_ONCE: Final = 4
#: Bytes that each picture has at least; as many as the server takes, but for what a form needs.
BYTES: Final = 25_000_000
_HEAD: Final = (
    b"POST /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 20000000\r\n\r\n"
)


@contextmanager
def serving(**env: str) -> Iterator[Server]:
    """Run all of it in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "instance", **env)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def workers(server: Server) -> list[int]:
    """Return gunicorn's workers; the supervisors of the store and the edge are children of the server too."""
    return [pid for pid in server.workers() if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def inits(server: Server, seconds: float) -> list[float]:
    """Return the milliseconds of each init."""
    took: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        assert requests.post(f"{server.url}/uploads/init", json=INIT_REQUEST, timeout=60).status_code == 201
        took.append(1000 * (time.perf_counter() - began))
    return took


@contextmanager
def trickling(server: Server) -> Iterator[None]:
    """Let SENDERS trickle while the block runs."""
    over = threading.Event()

    def trickle() -> None:
        while not over.is_set():
            with suppress(OSError), server.connect(_HEAD) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.settimeout(0)
                while not over.wait(0.1):
                    client.send(bytes(100))
                    with suppress(BlockingIOError):
                        if client.recv(1000):
                            break

    with ThreadPoolExecutor(SENDERS) as pool:
        for _ in range(SENDERS):
            pool.submit(trickle)
        time.sleep(2)
        try:
            yield
        finally:
            over.set()


def patience(rounds: int, seconds: int) -> tuple[list[float], list[float], int]:
    """Return the p99 of init in each quiet round and in each beside slow senders, and how many were asked."""
    quiet, beside, asked = [], [], 0
    with serving(RELAY_CONCURRENCY="64") as server:
        inits(server, 3)
        for _ in range(rounds):
            first = inits(server, seconds)
            with trickling(server):
                second = inits(server, seconds)
            quiet.append(_p99(first))
            beside.append(_p99(second))
            asked += len(first) + len(second)
    return quiet, beside, asked


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def photograph() -> bytes:
    """Make a JPEG of nearly BYTES, with metadata."""
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a place"
    for width in range(5000, 9000, 100):
        buffer = io.BytesIO()
        noise = Image.effect_noise((width // 2, 2000), 100).resize((width, 4000), Image.Resampling.NEAREST)
        noise.convert("RGB").save(buffer, "JPEG", quality=95, exif=exif)
        if buffer.tell() >= BYTES:
            break
    return buffer.getvalue()


def memory() -> tuple[float, float, float, float, int]:
    """Return MB idle and at most, the seconds that all files took, the worker's CPU of each, and a file's bytes."""
    data = photograph()
    with serving(WEB_CONCURRENCY="1", MAX_UPLOAD_BYTES=str(len(data))) as server:
        for _ in range(5):
            _send(server, b"\x89PNG")
        (worker,) = workers(server)
        idle, most, over = rss(worker), [0.0], threading.Event()
        before, began = cpu(worker), time.monotonic()

        def watch() -> None:
            while not over.wait(0.005):
                most[0] = max(most[0], rss(worker))

        with ThreadPoolExecutor(AT_ONCE + 1) as pool:
            watching = pool.submit(watch)
            answers = list(pool.map(lambda _: _send(server, data), range(FILES)))
            took = time.monotonic() - began
            over.set()
            watching.result()
        assert answers == [201] * FILES, answers
        return idle, most[0], took, (cpu(worker) - before) / FILES, len(data)


def _send(server: Server, data: bytes) -> int:
    headers = {"Content-Type": "image/jpeg"}
    return requests.post(f"{server.url}/uploads", data=data, headers=headers, timeout=300).status_code


def run(arguments: argparse.Namespace) -> Section:
    """Measure both."""
    quiet, beside, asked = patience(arguments.rounds, arguments.seconds)
    idle, most, took, each, size = memory()
    factor = spread([slow / alone for slow, alone in zip(beside, quiet, strict=True)])
    text = "\n\n".join(
        [
            table(
                ["init, p99 in ms", "quiet", f"beside {SENDERS} slow senders", "ratio", "asked"],
                [["", spread(quiet).show(1), spread(beside).show(1), factor.show(2), f"{asked:,}"]],
            ),
            table(
                [
                    f"{FILES} files of {size / 1e6:.1f} MB",
                    "MB idle",
                    "MB at most",
                    "MB/s",
                    "worker's CPU of each, s",
                ],
                [["", f"{idle:.0f}", f"{most:.0f}", f"{FILES * size / 1e6 / took:.0f}", f"{each:.2f}"]],
            ),
        ]
    )
    return Section(
        "Pictures through the API",
        text,
        [
            Goal(
                "init beside slow senders of pictures",
                "≤ 3 × quiet (p99)",
                f"{factor.median:.2f} ×",
                factor.median <= 3,
            ),
            Goal("memory while pictures come through", "≤ 64 MB over idle", f"{most - idle:.0f} MB", most - idle <= 64),
        ],
    )


if __name__ == "__main__":
    main(__file__, run, rounds=3, seconds=20)
