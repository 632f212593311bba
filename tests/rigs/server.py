"""gunicorn and its store, started as `make run` does, in a folder and on ports of their own."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import requests

from config import ROOT
from tests.conftest import NO_DOTENV, free_port

#: Settings for an S3 that nobody calls: signing needs no network.
OFFLINE = {
    "S3_BUCKET": "images",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "SECRET_KEY": "a secret of the tests and long enough",
}


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def answers(url: str, verify: str | bool = True) -> bool:
    """Say whether `url` answers 2xx."""
    try:
        return requests.get(url, timeout=30, verify=verify).ok
    except requests.RequestException:
        return False


def listens(port: int) -> bool:
    """Say whether something accepts connections on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def connect(port: int, data: bytes = b"", receive: int | None = None) -> socket.socket:
    """Open a connection and send `data`; it buffers about `receive` bytes of the answer at most."""
    client = socket.socket()
    if receive:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.settimeout(120)
    client.connect(("127.0.0.1", port))
    client.sendall(data)
    return client


@dataclass
class Answer:
    """An answer of the API, in the form of Flask's test client."""

    status_code: int
    json: Any
    text: str
    headers: Any


class Server:
    """One server; it may start again after it stopped."""

    def __init__(self, instance: Path, **env: str) -> None:
        self.lines: list[str] = []
        self.runner = [sys.executable, "-m"]
        self.command = ["gunicorn"]
        self.folder = ROOT
        self.before: Callable[[], object] | None = None
        self.certificate: Path | None = None
        self.port = free_port()
        self.s3_port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.store_url = f"http://127.0.0.1:{self.s3_port + 5}/healthz"
        self.env = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "S3_PORT": str(self.s3_port),
            "INSTANCE_PATH": str(instance),
            # All clients of a test come from one address.
            "RATE_LIMIT": "off",
            # A developer's .env must not change a test.
            **NO_DOTENV,
            **env,
        }

    def spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        self.process = subprocess.Popen(
            [*self.runner, *self.command, *arguments],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=self.before,
            process_group=0,
        )
        # Read all the time: a full pipe would stop the server.
        self.reader = threading.Thread(target=self._drain, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        return self.process

    def _drain(self, log: IO[str]) -> None:
        with log:
            self.lines.extend(log)

    def workers(self) -> list[int]:
        listed = subprocess.run(["/bin/ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
        return [pid for pid, parent in pairs if parent == self.process.pid]

    def connect(self, data: bytes = b"", receive: int | None = None) -> socket.socket:
        return connect(self.port, data, receive)

    def said(self) -> str:
        """Wait until the server and all its children have ended; return the log since the first start."""
        self.process.wait(timeout=120)
        self.reader.join(timeout=120)
        return "".join(self.lines)

    def run_by_flask(self, *options: str) -> "Server":
        """Use `flask run`, which does not read PORT, in place of gunicorn."""
        self.command = ["flask", "--app", "wsgi", "run", *options]
        del self.env["PORT"]
        return self

    def run_by_https(self, host: str = "localhost") -> "Server":
        """Serve HTTPS under this name, with an authority of its own, whose certificate is `certificate`."""
        self.url = f"https://{host}:{self.port}"
        self.env |= {"SITE_URL": self.url, "TLS": "internal", "HOST": "127.0.0.1"}
        self.certificate = Path(self.env["INSTANCE_PATH"]) / "edge/caddy/pki/authorities/local/root.crt"
        return self

    @property
    def verify(self) -> str | bool:
        """What requests needs, to trust this server."""
        return str(self.certificate) if self.certificate else True

    def is_ready(self) -> bool:
        """Say whether everything answers."""
        has_certificate = not self.certificate or self.certificate.exists()
        return has_certificate and answers(f"{self.url}/health/ready", self.verify)

    def limit_files(self, soft: int, hard: int) -> None:
        """Limit how many files its processes may open, as a small system would."""
        self.before = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def start(self) -> None:
        process = self.spawn()
        until(lambda: process.poll() is not None or self.is_ready())
        if process.poll() is not None:
            raise AssertionError(self.said())

    def fail(self) -> str:
        """Start it where it can't start; return the sentence that says why."""
        process = self.spawn()
        said = self.said()
        assert process.returncode != 0
        assert "Traceback" not in said
        return said

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Send a signal; return the log."""
        self.process.send_signal(how)
        return self.said()

    def end(self) -> None:
        """Kill it if it runs, for a test that is over: a stop takes seconds.

        The store and the edge see that their parent is gone, and end by themselves.
        """
        if hasattr(self, "process") and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.said()

    def post(self, path: str, json: dict[str, Any]) -> Answer:
        return self.send("POST", path, json)

    def send(self, method: str, path: str, json: dict[str, Any]) -> Answer:
        answer = requests.request(method, self.url + path, json=json, timeout=60, verify=self.verify)
        return Answer(answer.status_code, answer.json() if answer.content else None, answer.text, answer.headers)
