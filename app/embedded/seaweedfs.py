"""The embedded store: finds, starts and stops SeaweedFS where no S3 is configured.

The flags harden it: without them, `weed mini` is open to every web page that the user visits, and reports statistics to
its makers (docs/adr/0002-embedded-store.md).
"""

import fcntl
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from app.embedded import instance, keys
from app.embedded.companion import START_TIMEOUT, Companion, StartFailed, find
from app.errors import StoreUnavailable
from app.storage import Storage, Upkeep
from config import ROOT, Config, allow_open_files

#: Bytes that must be free on the disk for a start. They are few, so that old links work on a disk that is nearly full.
FREE_BYTES: Final = 16 * 1024**2
#: Seconds between two runs of `flask storage expire`. SeaweedFS's own daily pass misses what is older than a week.
EXPIRE_EVERY: Final = 60 * 60
#: S3 itself listens this far above S3_PORT, where Caddy listens.
S3_OFFSET: Final = 5
#: gRPC listens this far above each HTTP port (SeaweedFS's own rule).
GRPC_OFFSET: Final = 10_000

_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_ANY_S3: Final = (
    "Or use any other S3, as a container must: set S3_BUCKET, SECRET_KEY, and S3_ENDPOINT_URL or AWS_REGION, as"
    " docs/configuration.md says."
)


@contextmanager
def starting(config: Config, *, pages: bool) -> Iterator[tuple[Config, bool]]:
    """Make sure that the store of this instance runs when the block ends; the block may do something meanwhile.

    Give it `config` with the store's addresses and keys, and whether this process is now its parent. `pages` says
    whether our pages must be able to upload to it.

    Raises:
        StartFailed: a port is taken, the disk is full, there is no build for this platform, …
        ConfigError: the system allows too few open files.
    """
    home = (config.instance_path / "seaweedfs").absolute()
    weed = find("weed", "The embedded store, SeaweedFS,", _ANY_S3)
    deadline = time.monotonic() + START_TIMEOUT
    store = None
    with ExitStack() as files:
        with _reasons(home):
            _prepare(config, home)
            lock = files.enter_context((home / "lock").open("a+"))
            if runs := _finds_running(lock, config.s3_port, home, deadline):
                config = _with_address(config, home)
            else:
                lock.truncate(0)
                _check_disk(home)
                _check_ports(config.s3_port)
                config = _with_address(config, home)
                store = _launch(weed, config.s3_port, home, lock)
            origins = files.enter_context((home / "origins").open("a+"))
            config = replace(config, neighbours=_read_origins(origins, new=not runs))
        yield config, not runs
        with _reasons(home):
            if store or (pages and not config.neighbours.issuperset(config.page_origins)):
                # boto3 takes its time to begin, while the store starts.
                upkeep = Upkeep(config, Storage(config))
                if store:
                    store.wait()
                _set_up_bucket(upkeep, config.page_origins, deadline)
                origins.truncate(0)
                origins.write("\n".join(config.page_origins))
            if store:
                lock.write(str(config.s3_port))


@contextmanager
def _reasons(home: Path) -> Iterator[None]:
    """Say what to do where the block fails."""
    try:
        yield
    except (keys.KeyBroken, instance.InstanceRefused) as error:
        raise StartFailed(str(error)) from error
    except OSError as error:
        raise StartFailed(
            f"The embedded store can't use {home} ({error.strerror or error}: {error.filename}). Set INSTANCE_PATH to a"
            f" folder that we may write to. {_ANY_S3}"
        ) from error


def _prepare(config: Config, home: Path) -> None:
    allow_open_files()
    config.instance_path.mkdir(parents=True, exist_ok=True)
    instance.prepare(config.instance_path)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _finds_running(lock: IO[str], s3_port: int, home: Path, deadline: float) -> bool:
    """Say whether another process runs the store; if none does, `lock` is ours now."""
    while not _try_lock(lock):
        lock.seek(0)
        # The file holds the port as soon as the store is ready.
        if port := lock.read():
            if port != str(s3_port):
                raise StartFailed(f"The store of {home} runs already, on port {port}: set S3_PORT={port}.")
            return True
        if time.monotonic() > deadline:
            raise StartFailed(f"Another process has been starting the store of {home} for too long. End it.")
        time.sleep(0.1)
    return False


def _with_address(config: Config, home: Path) -> Config:
    """Fill in the store's keys and addresses; the first start makes the keys.

    Behind the edge, uploads and links have the address of the site. Without it, they have S3_PORT, where Caddy listens.
    """
    pair = keys.credentials(home)
    if config.edge:
        uploads, links = str(config.site_url), f"{config.site_url}/i"
    else:
        uploads = f"http://127.0.0.1:{config.s3_port}"
        links = f"{uploads}/{config.s3_bucket}/uploads"
    return replace(
        config,
        s3_endpoint_url=f"http://127.0.0.1:{config.s3_port + S3_OFFSET}",
        s3_public_endpoint_url=config.s3_public_endpoint_url or uploads,
        public_base_url=config.public_base_url or links,
        credentials=pair,
        store_referer=keys.derive(pair[1], "pictures"),
        secret_key=config.secret_key or keys.secret_key(config.instance_path),
    )


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_disk(home: Path) -> None:
    if (free := shutil.disk_usage(home).free) < FREE_BYTES:
        raise StartFailed(
            f"The disk of {home} is full: {free // 1024**2} MiB are free. Free some space, or set INSTANCE_PATH to a"
            " folder on another disk."
        )


def _check_ports(first: int) -> None:
    for port in (*range(first, first + 6), *range(first + GRPC_OFFSET, first + GRPC_OFFSET + 6)):
        if _is_taken(port):
            raise StartFailed(
                f"Port {port} is taken, and the store needs it. Stop what listens there, or choose other ports:"
                f" S3_PORT={first + 1000} make run (links made so far name port {first})."
            )


def _launch(weed: str, port: int, home: Path, lock: IO[str]) -> Companion:
    (home / "data").mkdir(exist_ok=True)
    return Companion(
        [weed, *_flags(port)],
        home,
        home / "weed.log",
        lock,
        # `flask storage expire` finds this store by these two; weed reads neither.
        {"INSTANCE_PATH": str(home.parent), "S3_PORT": str(port)},
        lambda: _answers(port + S3_OFFSET),
        _expiry(),
    )


def _read_origins(file: IO[str], *, new: bool) -> frozenset[str]:
    """Lock the file of the origins whose pages upload to the bucket, those of every server that uses this store.

    A `new` store keeps only those of this machine. The servers behind them may still run, where just the one that
    started the store was started again.
    """
    fcntl.flock(file, fcntl.LOCK_EX)
    file.seek(0)
    known = frozenset(file.read().split())
    return frozenset(origin for origin in known if urlsplit(origin).hostname in _THIS_MACHINE) if new else known


def _set_up_bucket(upkeep: Upkeep, origins: list[str], deadline: float) -> None:
    """Set the bucket up, repeating until it works: a new SeaweedFS answers seconds before it finds its pictures."""
    while True:
        try:
            return upkeep.set_up(origins)
        except StoreUnavailable as error:
            if time.monotonic() > deadline:
                raise StartFailed(f"The store runs and does not work: {error.remedy} ({error.__cause__})") from error
            time.sleep(0.1)


def _flags(port: int) -> list[str]:
    return [
        "-logtostderr=true",
        "mini",
        "-dir=data",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-disableHttp",
        "-admin.ui=false",
        "-webdav=false",
        "-master.telemetry=false",
        "-filer.allowedOrigins=",
        "-filer.localSocket=filer.sock",
        "-s3.config=s3.json",
        "-s3.allowedOrigins=",
        "-s3.localSocket=s3.sock",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        # Else it waits for other machines to notice that it goes.
        "-volume.preStopSeconds=0",
        f"-s3.port={port + S3_OFFSET}",
        f"-master.port={port + 1}",
        f"-volume.port={port + 2}",
        f"-filer.port={port + 3}",
        f"-admin.port={port + 4}",
    ]


def _expiry() -> list[str]:
    """Return what the supervisor runs beside the store: seconds between two runs, and the command."""
    command = [sys.executable, "-I", "-m", "flask", "--app", str(ROOT / "wsgi.py"), "storage", "expire"]
    return [str(EXPIRE_EVERY), *command]


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False
