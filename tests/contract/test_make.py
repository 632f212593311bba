"""What `make` says when something is wrong, and what it stops."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT
from tests.conftest import free_port
from tests.contract.test_start import may_upload
from tests.rigs.server import Server, answers, until
from tests.rigs.terminal import Terminal

MAKE = shutil.which("make") or "make"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


class Development:
    """`make dev` in a terminal, on ports of its own."""

    def __init__(self, server: Server, page_port: int, **env: str) -> None:
        self.api = server.url
        self.store = server.store_url
        self.page_port = page_port
        self.page = f"http://127.0.0.1:{self.page_port}"
        # Everything is installed, or these tests would not run.
        installed = [word for name in ("python", "store", "node") for word in ("-o", f".make/{name}")]
        variables = [f"BIN={Path(sys.executable).parent}", f"PAGE_PORT={self.page_port}"]
        self.terminal = Terminal([MAKE, "dev", *installed, *variables], {**server.env, **env})

    def is_up(self) -> bool:
        return answers(self.page) and answers(f"{self.page}/health") and answers(f"{self.api}/health/ready")

    def is_gone(self) -> bool:
        return not any(map(answers, (self.page, f"{self.api}/health", self.store)))


def test_make_says_why_npm_installs_nothing(tmp_path: Path) -> None:
    (tmp_path / "frontend").mkdir()
    for name in ("Makefile", "config.py", "frontend/package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    package = json.loads((ROOT / "frontend" / "package.json").read_text())
    package["dependencies"]["react"] = "1.2.3"
    (tmp_path / "frontend" / "package.json").write_text(json.dumps(package))
    done = subprocess.run([MAKE, ".make/node"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "npm error code" in done.stderr
    assert not (tmp_path / ".make" / "node").exists()


@pytest.fixture
def page_port() -> int:
    return free_port()


def test_ctrl_c_ends_all_of_make_dev(server: Server, page_port: int) -> None:
    development = Development(server, page_port)
    development.terminal.until(development.is_up)
    assert may_upload(server, f"http://localhost:{page_port}")
    development.terminal.press_ctrl_c()
    assert "Traceback" not in development.terminal.end()
    until(development.is_gone, 60)


def test_make_dev_ends_with_the_sentence_of_its_api(server: Server, page_port: int) -> None:
    development = Development(server, page_port, MAX_PIXELS="many")
    assert "MAX_PIXELS: Not a valid integer." in development.terminal.end()
    assert development.is_gone()


@pytest.mark.parametrize("whose", ["api", "page"])
def test_make_dev_ends_where_a_port_is_taken(server: Server, page_port: int, whose: str) -> None:
    taken = server.port if whose == "api" else page_port
    with socket.create_server(("127.0.0.1", taken)):
        said = Development(server, page_port).terminal.end()
    assert f"Port {taken} is " in said
    assert not any(map(answers, (f"{server.url}/health", f"http://127.0.0.1:{page_port}")))
    until(lambda: not answers(server.store_url), 60)
