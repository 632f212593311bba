"""The health check of the container: it asks through the edge, so it fails as soon as any part is down."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT
from tests.contract.test_edge import processes, serving
from tests.rigs.server import Server, until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    yield from serving(tmp_path)


def check(server: Server, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the health check with the settings of the server, as a container does."""
    command = [sys.executable, str(ROOT / "healthcheck.py"), *arguments]
    done = subprocess.run(command, env={**server.env, **env}, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    return done


def is_healthy(server: Server) -> bool:
    return check(server).returncode == 0


def parts(server: Server) -> dict[str, list[int]]:
    return {
        "caddy": processes(server, "caddy"),
        "weed": processes(server, "weed"),
        "gunicorn": [
            pid for pid in server.workers() if b"supervisor.py" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ],
    }


@pytest.mark.parametrize("part", ["caddy", "weed", "gunicorn"])
def test_part_that_hangs_makes_all_unhealthy_until_it_goes_on(server: Server, part: str) -> None:
    assert check(server).stderr == ""
    stopped = parts(server)[part]
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: not is_healthy(server))
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    until(lambda: is_healthy(server))


def test_it_says_why_not(tmp_path: Path) -> None:
    done = check(Server(tmp_path))
    assert (done.returncode, done.stderr) == (1, "No answer: [Errno 111] Connection refused\n")
    done = check(Server(tmp_path, PORT="many"))
    assert done.returncode == 1
    assert "PORT: Not a valid integer." in done.stderr


@pytest.mark.parametrize("host", ["localhost", "img.example.test", "192.0.2.7"])
def test_https_under_a_name_that_leads_elsewhere(tmp_path: Path, host: str) -> None:
    server = Server(tmp_path, TLS="internal")
    server.env["SITE_URL"] = f"https://{host}:{server.port}"
    process = server.spawn()
    until(lambda: process.poll() is not None or is_healthy(server))
    assert process.poll() is None, server.said()
    # Through the container's other door: a URL, and the name that it has.
    assert check(server, f"{server.env['SITE_URL']}/health").returncode == 0
    done = check(server, f"https://localhost:{server.port}/i/none.png", SITE_URL="http://nowhere.test")
    assert done.returncode == 1
    server.end()


def test_behind_a_proxy_it_asks_without_tls(tmp_path: Path) -> None:
    for server in serving(
        tmp_path, SITE_URL="https://img.example.test", TLS="off", HOST="0.0.0.0", TRUSTED_PROXIES="1"
    ):
        assert check(server).stderr == ""
