"""/metrics: what all workers have counted, added up in gunicorn's master process (docs/adr/0014-metrics-and-traces.md).

In the master, because it lives as long as the server does: no worker must be free to answer Prometheus, and the counts
of a worker that has ended stay. Everything here runs in greenlets, between two looks of gunicorn at its workers.
"""

import atexit
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gevent import Timeout
from gevent.pool import Pool
from gevent.server import StreamServer
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import MetricsHandler
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

#: Seconds that a client has for its request and for its answer.
PATIENCE: Final = 5
#: Clients that are answered at a time; others wait.
CLIENTS: Final = 16

#: Returns the bytes that are `free`, the `total`, and those that are `kept` free.
Usage = Callable[[], dict[str, int] | None]


class Exporter(StreamServer):
    """Answers Prometheus, until its process ends."""

    def __init__(self, address: tuple[str, int], folder: Path, build: dict[str, str], usage: Usage | None) -> None:
        """Make the folder in which workers count.

        Args:
            address: where to listen.
            folder: which PROMETHEUS_MULTIPROC_DIR names; this process removes it at its end.
            build: what is told of this build: its version and its commit.
            usage: returns the room on the disk of the embedded store.

        Raises:
            OSError: the folder can't be made.
        """
        super().__init__(address, spawn=Pool(CLIENTS))
        self._folder = folder
        self._build = build
        self._usage = usage
        _make_empty(folder)
        registry = CollectorRegistry()
        registry.register(self)
        MultiProcessCollector(registry, path=str(folder))
        self._answer = MetricsHandler.factory(registry)

    def handle(self, client: Any, address: Any) -> None:
        """Answer one request."""
        with Timeout(PATIENCE, False), suppress(OSError):
            self._answer(client, address, self)

    def collect(self) -> Iterator[Metric]:
        """Yield what nobody counts, as it is now."""
        yield _gauge("build_info", "The build that runs.", 1, **self._build)
        if self._usage and (usage := self._usage()):
            yield _gauge("disk_free_bytes", "Room on the disk of the pictures.", usage["free"])
            yield _gauge("disk_size_bytes", "Size of that disk.", usage["total"])
            yield _gauge("disk_kept_bytes", "Room below which uploads are refused.", usage["kept"])

    def leave_to_master(self) -> None:
        """Let go, in a worker that was forked just now, of what only the master must answer."""
        self.close()
        self.pool.kill(block=False)
        # systemd may remove it where a user logs out, and a worker can't start without it.
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def take_over(self, pid: int) -> None:
        """Add what a worker that has ended had counted to the count of all such workers, and remove its files.

        Without this there would be two more files to read for each worker that ever was. No scrape comes in between.
        """
        for kind in ("counter", "histogram"):
            file = self._folder / f"{kind}_{pid}.db"
            if file.exists():
                ended = MmapedDict(str(self._folder / f"{kind}_ended.db"))
                for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
                    ended.write_value(key, ended.read_value(key)[0] + value, 0)
                ended.close()
                file.unlink()


def _gauge(name: str, says: str, value: float, **labels: str) -> Metric:
    found = GaugeMetricFamily(f"image_host_{name}", says, labels=list(labels))
    found.add_metric(list(labels.values()), value)
    return found


def _make_empty(folder: Path) -> None:
    """Make the folder of the counts, and remove it when this process ends."""
    # A server of the same pid, which was killed, may have left it. If it is another user's, the next line says so.
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: Path, master: int) -> None:
    # Workers inherit this with the fork.
    if os.getpid() == master:
        shutil.rmtree(folder, ignore_errors=True)
