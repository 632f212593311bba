"""The systemd unit: sound, hardened, and not so hard that the server can't work."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from config import ROOT
from tests.conftest import picture
from tests.contract.conftest import User
from tests.rigs.server import Server

UNIT = ROOT / "deploy" / "systemd" / "image-host.service"
HOME = "/opt/image-host"
PNG = picture("image/png")


def analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    tool = shutil.which("systemd-analyze")
    assert tool, "Debian's package systemd is missing: .ci/packages"
    return subprocess.run([tool, "--no-pager", *arguments], capture_output=True, text=True)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return the unit as it is where the project lies here."""
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text().replace(HOME, str(ROOT)))
    return path


def test_systemd_takes_it(unit: Path) -> None:
    done = analyze("verify", unit)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=yess"))
    assert "Failed to parse protect system value" in analyze("verify", unit).stderr


def test_exposure_is_low(unit: Path) -> None:
    # Of 10, lower is safer; a service without any of it has 9.6.
    done = analyze("security", "--offline=true", "--threshold=18", unit)
    assert done.returncode == 0, done.stdout


def test_main_process_ends_the_others_in_order() -> None:
    text = UNIT.read_text()
    # With another KillMode, systemd would stop the store while requests are under way.
    assert "\nKillMode=mixed\n" in text
    # A server ends with 0 when one of its parts ends for good.
    assert "\nRestart=always\n" in text
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    (graceful,) = re.findall(r"^graceful_timeout = (\d+)$", (ROOT / "gunicorn.conf.py").read_text(), re.MULTILINE)
    # Then the edge and the store have ten seconds each.
    assert int(seconds) > int(graceful) + 2 * 10


def test_guide_has_the_folders_of_the_unit() -> None:
    guide = (ROOT / "docs" / "self-hosting.md").read_text()
    text = UNIT.read_text()
    for path in (HOME, *re.findall(r"^EnvironmentFile=-(\S+)$", text, re.MULTILINE)):
        assert path in guide
    assert "\nStateDirectory=image-host\n" in text
    assert "INSTANCE_PATH=/var/lib/image-host" in text
    assert "/var/lib/image-host" in guide


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.command = ["tests.rigs.sandbox", str(UNIT), "gunicorn"]
    server.start()
    yield server
    server.end()


def test_server_works_under_what_it_may_call(server: Server) -> None:
    user = User(server.post)
    published = user.publish(PNG, "image/png")
    assert requests.get(published["viewURL"], timeout=60).content == PNG
    assert user.delete(published["deleteToken"]).status_code == 204
    # Its bytes lie in a file meanwhile, which the unit lets nothing but its own folder hold.
    relayed = requests.post(f"{server.url}/uploads", files={"file": ("a.png", PNG, "image/png")}, timeout=60)
    assert requests.get(relayed.json()["viewURL"], timeout=60).content == PNG
    # The filter is on: 2 is SECCOMP_MODE_FILTER, of proc(5).
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    assert re.search(r"^Seccomp:\t2$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
