"""The parts apart, as deploy/compose.parts.yaml starts them: its commands and settings, on ports of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from config import ROOT
from tests.conftest import free_port, picture
from tests.contract.conftest import User
from tests.deploy import compose
from tests.rigs.server import Answer, until

BIN = Path(sys.executable).parent
PNG = picture("image/png")
#: In place of "every address": what listens on it would be open to the other containers.
SHOWN = "127.0.0.2"


class Parts:
    """Every service of the file as a process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        first = free_port()
        self.store, self.redis, self.edge = first, first + 4, first + 5
        self.api = {"api-1": first + 6, "api-2": first + 7}
        self.url = f"https://localhost:{self.edge}"
        self.inner = [f"-{part}.port={first + offset}" for offset, part in enumerate(("master", "volume", "filer"), 1)]
        self.env = {
            "SITE_URL": self.url,
            "SECRET_KEY": "k" * 64,
            "S3_KEY_ID": "i" * 64,
            "S3_SECRET": "s" * 64,
            "EDGE_SITE_OPTIONS": "tls internal",
            "RATE_LIMIT": "8 per hour",
        }
        self.services = compose.load("compose.parts.yaml", **self.env)["services"]
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def here(self, name: str, text: str) -> str:
        """Replace what only a container has."""
        places = {
            "0.0.0.0": SHOWN,
            "store:8333": f"{SHOWN}:{self.store}",
            "localhost:8333": f"localhost:{self.store}",
            "port=8333": f"port={self.store}",
            "redis:6379": f"127.0.0.1:{self.redis}",
            "/data": str(self.folder / name),
            **{f"{api}:8000": f"127.0.0.1:{port}" for api, port in self.api.items()},
        }
        for there, here in places.items():
            text = text.replace(there, here)
        return text

    def environment(self, name: str) -> dict[str, str]:
        named = compose.environment(self.services[name], self.env)
        env = {key: self.here(name, value) for key, value in named.items()}
        env |= {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self.folder), "PYTHON_DOTENV_DISABLED": "1"}
        if name in self.api:
            env["PORT"] = str(self.api[name])
        if name == "edge":
            env["EDGE_OPTIONS"] = "auto_https disable_redirects"
        return env

    def command(self, name: str) -> list[str]:
        words = [self.here(name, word) for word in self.services[name].get("command", ["gunicorn"])]
        if name == "expire":
            # Once, and not every hour.
            words = [*words[:2], words[2].replace("while ", "").partition(";")[0]]
        if name == "store":
            words += self.inner
        if name == "redis":
            words += ["--bind", "127.0.0.1", "--port", str(self.redis), "--dir", str(self.folder / name)]
        return words

    def start(self, name: str) -> None:
        """Start a service, and wait until it is healthy."""
        (self.folder / name).mkdir(exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            command, env = self.command(name), self.environment(name)
            self.running[name] = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        until(lambda: self.is_healthy(name))

    def run(self, name: str) -> str:
        """Run a service that ends by itself; where it is restarted on failure, until it succeeds."""
        command, env = self.command(name), self.environment(name)
        tries: list[subprocess.CompletedProcess[str]] = []

        def succeeds() -> bool:
            tries.append(subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300))
            return tries[-1].returncode == 0

        if self.services[name]["restart"] == "on-failure":
            until(succeeds)
        else:
            assert succeeds(), tries[-1].stderr
        return tries[-1].stdout

    def is_healthy(self, name: str) -> bool:
        """Run the health check of a service: its own, or else that of the image."""
        assert self.running[name].poll() is None, (self.folder / f"{name}.log").read_text()
        kind, *command = self.services[name].get("healthcheck", {"test": ["CMD", "python", "healthcheck.py"]})["test"]
        assert kind == "CMD"
        command = [self.here(name, word) for word in command]
        if name == "redis":
            command[1:1] = ["-p", str(self.redis)]
        done = subprocess.run(command, cwd=ROOT, env=self.environment(name), capture_output=True, check=False)
        return done.returncode == 0

    def stop(self) -> None:
        for name, process in reversed(self.running.items()):
            # The store would take 15 s to leave in order what nobody needs any more.
            process.send_signal(signal.SIGKILL if name == "store" else signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = Parts(tmp_path_factory.mktemp("parts"))
    try:
        for name in ("redis", "store"):
            parts.start(name)
        assert parts.url in parts.run("setup")
        for name in ("api-1", "api-2"):
            parts.start(name)
        parts.start("edge")
        yield parts
    finally:
        parts.stop()


@pytest.fixture
def visitor(parts: Parts) -> Iterator[requests.Session]:
    with requests.Session() as session:
        # Otherwise a bundle of the machine's, if the environment names one, comes first.
        session.trust_env = False
        session.verify = str(parts.folder / "edge/caddy/pki/authorities/local/root.crt")
        yield session


def test_upload_goes_through_the_one_address(parts: Parts, visitor: requests.Session) -> None:
    def post(path: str, json: dict[str, Any]) -> Answer:
        answer = visitor.post(parts.url + path, json=json, timeout=60)
        return Answer(answer.status_code, answer.json() if answer.content else None, answer.text, answer.headers)

    user = User(post)
    upload = user.init(PNG, "image/png")
    assert upload["uploadURL"].startswith(f"{parts.url}/images/incoming/")
    assert visitor.put(upload["uploadURL"], data=PNG, headers=upload["headers"], timeout=60).status_code == 200
    published = user.complete(upload)
    assert published.status_code == 201, published.text
    link = published.json["viewURL"]
    assert link.startswith(f"{parts.url}/i/")
    answer = visitor.get(f"{link}?response-content-type=text/html", timeout=60)
    assert (answer.content, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert parts.run("expire") == "0 deleted\n"
    assert user.delete(published.json["deleteToken"]).status_code == 204
    assert visitor.get(link, timeout=60).status_code == 404


def test_check_finds_nothing_wrong_with_a_store_behind_caddy(parts: Parts, visitor: requests.Session) -> None:
    env = {**parts.environment("api-1"), "SSL_CERT_FILE": str(visitor.verify), "MAX_UPLOAD_BYTES": "1000000"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "check"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert (done.returncode, "✗" in done.stdout) == (0, False), done.stdout + done.stderr
    assert "✓ type by query" in done.stdout


def test_both_servers_count_together(parts: Parts, visitor: requests.Session) -> None:
    # Sixteen calls, eight for each of two servers, if they did not.
    asked = {"contentType": "image/png", "size": len(PNG)}
    found = [visitor.post(f"{parts.url}/uploads/init", json=asked, timeout=60).status_code for _ in range(16)]
    assert set(found) == {201, 429}
    assert found.count(201) <= 8


def test_store_shows_no_more_than_s3_to_the_other_containers(parts: Parts) -> None:
    address = "".join(f"{int(byte):02X}" for byte in reversed(SHOWN.split(".")))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [line[1].split(":") for line in lines if line[3] == "0A"]
    ours = {*range(parts.store, parts.store + 4), *range(parts.store + 10_000, parts.store + 10_004)}
    found = {(int(port, 16), host) for host, port in listening if int(port, 16) in ours}
    assert {port for port, _ in found} == ours
    # HTTP and gRPC.
    assert {port for port, host in found if host == address} == {parts.store, parts.store + 10_000}
    assert {host for _, host in found} == {address, "0100007F"}
    for path in ("", "/images", "/images?list-type=2", "/images?policy"):
        assert requests.get(f"http://{SHOWN}:{parts.store}{path}", timeout=60).status_code == 403


def test_one_server_goes_on_without_the_other(parts: Parts, visitor: requests.Session) -> None:
    gone = parts.running.pop("api-1")
    gone.send_signal(signal.SIGTERM)
    assert gone.wait(60) == 0
    for _ in range(8):
        assert visitor.get(f"{parts.url}/health/ready", timeout=60).status_code == 200
