"""What all tests share: a configuration, free ports, and small real pictures of each type."""

import functools
import io
import itertools
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSHTTPConnectionPool
from hypothesis import settings
from PIL import Image

from app import memory
from config import Config

PICTURES = Path(__file__).parent / "pictures"
PHOTOGRAPHS = Path(__file__).parent / "photographs"
FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}

#: Keeps `Config` and the flask command from reading `.env`.
NO_DOTENV = {"PYTHON_DOTENV_DISABLED": "1", "FLASK_SKIP_DOTENV": "1"}
os.environ.update(NO_DOTENV)
# A shell makes its jobs in the background deaf to Ctrl-C, and so the programs that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("long", max_examples=4_000, deadline=None)
# No example is too slow: a busy machine may take long.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def picture(content_type: str, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Make a small picture."""
    buffer = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(buffer, FORMATS[content_type], **options)
    return buffer.getvalue()


#: Even 10,000 higher, these are below 32,768, from where on the system gives ports to outgoing connections.
_PORTS = range(11_000, 21_000, 10)
# Each process starts elsewhere, so that the processes of one run, and two runs at once, don't race for a port. None
# comes back soon: what a test has just ended may open its port once more before it sees that.
_turns = itertools.cycle(range(len(_PORTS)))
_first = os.getpid() * 197


def free_port() -> int:
    """Return a port P with P to P+9 and, as SeaweedFS adds for gRPC, P+10000 to P+10009 free."""
    for turn in itertools.islice(_turns, len(_PORTS)):
        port = _PORTS[(_first + turn) % len(_PORTS)]
        ports = [*range(port, port + 10), *range(port + 10_000, port + 10_010)]
        if all(_is_free(candidate) for candidate in ports):
            return port
    raise OSError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=["seaweedfs", "ceph"], default="seaweedfs", help="the store of tests/contract")
    parser.addoption("--front", choices=["http", "https", "nginx"], default="http", help="the address of tests/e2e")
    parser.addoption("--running", type=Path, metavar="FILE", help="a store that runs already, of test_guards.py")
    parser.addoption("--photographs", type=Path, metavar="DIR", help="photographs for tests/e2e/test_photographs.py")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail in CI if a test was skipped: everything can be installed there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def one_loader() -> Iterator[None]:
    """Let all clients share one loader: to read AWS's descriptions of its services takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def configure() -> Callable[..., Config]:
    """Return a function that makes a configuration for an S3 at `https://s3.test`, with the given changes."""

    def make(**changes: Any) -> Config:
        base = Config(
            s3_bucket="images",
            aws_region="us-east-1",
            s3_endpoint_url="https://s3.test",
            s3_public_endpoint_url=None,
            public_base_url=None,
            cloudfront_distribution_id=[],
            site_url="https://img.test",
            allowed_hosts=[],
            secret_key="a secret of the tests and long enough",
            max_upload_bytes=25 * 1024**2,
            max_pixels=100_000_000,
            reject_location=False,
            relay_uploads=True,
            relay_concurrency=4,
            report_url=None,
            verify_url=None,
            verify_secret=None,
            verify_timeout=5,
            verify_fails="closed",
            upload_url_ttl=300,
            cors_origins=[],
            upload_tokens=[],
            rate_limit=None,
            rate_limit_storage_uri="memory://",
            trusted_proxies=0,
            tls="auto",
            host="127.0.0.1",
            port=8000,
            s3_port=8333,
            web_concurrency=2,
            metrics_port=None,
            metrics_host="127.0.0.1",
            instance_path=Path("unused"),
            log_format="text",
            git_commit="unknown",
            credentials=("AKIDEXAMPLE", "secret"),
        )
        return replace(base, **changes)

    return make


class Clock:
    """A clock that stands still until it is told to go on."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock by which answers of the store are remembered."""
    stopped = Clock()
    monkeypatch.setattr(memory, "time", stopped)
    return stopped


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the method of each request to any store, a list that grows as we send more."""
    methods: list[str] = []
    send = AWSHTTPConnectionPool.urlopen

    def count(pool: Any, method: str, *args: Any, **options: Any) -> Any:
        methods.append(method)
        return send(pool, method, *args, **options)

    monkeypatch.setattr(AWSHTTPConnectionPool, "urlopen", count)
    return methods
