"""The examples of docs/api.md do what they say: each language, from top to bottom, as it is typed."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from config import ROOT
from tests.rigs.listener import listening
from tests.rigs.server import Server

GUIDE = (ROOT / "docs" / "api.md").read_text()
ADDRESS = "http://localhost:8000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("guide"))
    server.start()
    yield server
    server.end()


@dataclass
class Busy:
    """A server in front of the real one, which asks whoever calls to come again."""

    url: str
    asked: Counter[str]


@pytest.fixture
def busy(server: Server) -> Iterator[Busy]:
    """Answer the first call to each path with 503, then with what the real server answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path = self.path.partition("?")[0]
            found.asked[path] += 1
            if found.asked[path] == 1 and path != "/":
                self.send_response(503)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            headers = {"Content-Type": self.headers["Content-Type"]}
            answer = requests.post(server.url + self.path, data=body, headers=headers, timeout=120)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as front:
        found = Busy(f"http://127.0.0.1:{front.server_port}", Counter())
        yield found


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(found) > 4
    return found


def run(language: str, parts: list[str], folder: Path, site: str) -> list[str]:
    """Run blocks of one language one after the other, as one program; return the lines that it prints."""
    program = "\n".join(parts)
    assert program.count(ADDRESS) == 1
    program = program.replace(ADDRESS, site)
    file = folder / {"sh": "guide.sh", "python": "guide.py", "js": "guide.mjs"}[language]
    file.write_text(f"set -euo pipefail\n{program}" if language == "sh" else program)
    command = {"sh": ["/bin/bash"], "python": [sys.executable], "js": ["node"]}[language]
    done = subprocess.run([*command, file.name], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    """A folder with the picture that the first block of the guide makes."""
    run("sh", blocks("sh")[:1], tmp_path, server.url)
    assert (tmp_path / "dot.png").stat().st_size == 70
    return tmp_path


def test_commands_work_as_typed(server: Server, folder: Path) -> None:
    relayed, alone, viewed, *rest = run("sh", blocks("sh"), folder, server.url)
    for link in (relayed, alone):
        assert requests.get(link, timeout=60).content == (folder / "dot.png").read_bytes()
    assert viewed.startswith(f"{server.url}/i/")
    assert requests.get(viewed, timeout=60).status_code == 404  # Deleted.
    said = "".join(rest).replace(" ", "")
    assert f'{{"viewURL":"{viewed}"}}' in said
    assert "image/avif" in said
    assert '"invalid_request"' in said


@pytest.mark.parametrize("language", ["python", "js"])
def test_program_works_as_typed(server: Server, folder: Path, language: str) -> None:
    relayed, viewed, refused = run(language, blocks(language), folder, server.url)
    assert requests.get(relayed, timeout=60).content == (folder / "dot.png").read_bytes()
    assert viewed.startswith(f"{server.url}/i/")
    assert requests.get(viewed, timeout=60).status_code == 404
    assert refused == "invalid_token - uploadToken was not made by this server."


@pytest.mark.parametrize("language", ["sh", "python", "js"])
def test_program_comes_again_when_it_is_asked_to(busy: Busy, server: Server, folder: Path, language: str) -> None:
    first, _, three, *_ = blocks(language)
    if language != "sh":
        # The shell's three calls stand in one block, the others' behind what repeats them.
        assert "Retry-After" in three
    viewed = run(language, [first, three], folder, busy.url)[-1]
    assert busy.asked == {"/uploads/init": 2, "/uploads/complete": 2}
    assert requests.get(viewed, timeout=60).content == (folder / "dot.png").read_bytes()
