"""imghost as people install it: the wheel, the man page, the shells' completion."""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT, VERSION
from tests.conftest import picture
from tests.rigs.imghost import Imghost
from tests.rigs.server import Server

PROJECT = ROOT / "clients" / "imghost"
STRIPPERS = {path.name for path in (ROOT / "app" / "pictures" / "strip").glob("*.py")}


def built(kind: str, folder: Path) -> Path:
    """Build the package from nothing but what is here."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, timeout=120)
    [found] = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a folder of its own; what it depends on is in the tests' environment."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True, timeout=120)
    return folder


@pytest.fixture
def imghost(installed: Path, tmp_path: Path) -> Imghost:
    imghost = Imghost(tmp_path, PYTHONPATH=str(installed))
    imghost.command = [sys.executable, str(installed / "bin" / "imghost")]
    imghost.env["PATH"] = f"{installed / 'bin'}:{imghost.env['PATH']}"
    return imghost


def test_wheel_has_what_removes_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        assert {f"imghost/strip/{name}" for name in STRIPPERS} <= names
        assert packed.read("imghost/strip/__init__.py") == (ROOT / "app/pictures/strip/__init__.py").read_bytes()
    assert not [name for name in names if name.startswith("app/") or "test" in name]
    assert [name for name in names if name.endswith("share/man/man1/imghost.1")]


def test_wheel_of_the_source_package_is_the_same(wheel: Path, tmp_path: Path) -> None:
    packed = built("sdist", tmp_path / "sdist")
    shutil.unpack_archive(packed, tmp_path)
    folder = tmp_path / packed.name.removesuffix(".tar.gz")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=120)
    [again] = (tmp_path / "again").iterdir()
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {info.filename: info.CRC for info in one.infolist()} == {
            info.filename: info.CRC for info in other.infolist()
        }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"))
    server.start()
    yield server
    server.end()


def test_installed_wheel_uploads(imghost: Imghost, server: Server) -> None:
    (imghost.home / "a.jpg").write_bytes(picture("image/jpeg", comment=b"where I live"))
    assert len(imghost.links("a.jpg", "--server", server.url)) == 1
    assert imghost.run("--version").output == f"imghost {VERSION}\n"


def test_man_page_says_what_help_says(imghost: Imghost) -> None:
    page = PROJECT / "man" / "imghost.1"
    made = subprocess.run(
        [sys.executable, str(PROJECT / "man" / "manual.py")],
        env=imghost.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert page.read_text() == made.stdout, "make manual"
    if not shutil.which("man"):
        pytest.skip("no man: apt-get install man-db")
    rendered = subprocess.run(
        ["/usr/bin/man", "--warnings=all", "-l", str(page)],
        env={**imghost.env, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert rendered.stderr == ""
    helped = imghost.run("--help").output
    for command in re.findall(r"^  ([a-z]+) ", helped.partition("Commands:")[2], re.MULTILINE):
        assert f"imghost {command}" in rendered.stdout
        helped += imghost.run(command, "--help").output
    options = set(re.findall(r"^  (--[a-z-]+)", helped, re.MULTILINE))
    assert len(options) > 10
    assert options == set(re.findall(r"^ +(--[a-z-]+)", rendered.stdout, re.MULTILINE))


def completed(imghost: Imghost, *words: str) -> set[str]:
    """Return what bash offers for the last of these words."""
    script = (
        'source <(imghost completion bash); COMP_WORDS=(imghost "$@"); COMP_CWORD=$#; '
        'compopt() { COMPREPLY=("(files)"); }; _imghost_completion imghost; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["/bin/bash", "-c", script, "bash", *words],
        env=imghost.env,
        cwd=imghost.home,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_completion_in_bash(imghost: Imghost) -> None:
    assert completed(imghost, "hist") == {"history"}
    (imghost.home / "history.png").touch()
    # bash lists the files by itself.
    assert completed(imghost, "hist") == completed(imghost, "") == completed(imghost, f"{imghost.home}/") == {"(files)"}
    assert {"--markdown", "--expires"} <= completed(imghost, "--")
    assert completed(imghost, "--expires", "") == {"1d", "7d", "30d"}
    assert completed(imghost, "a.png", "--expires", "7") == {"7d"}
    assert completed(imghost, "completion", "") == {"bash", "zsh", "fish"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_one_that_the_shell_reads(imghost: Imghost, shell: str) -> None:
    script = imghost.run("completion", shell)
    assert script.errors == ""
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"no {shell}: apt-get install {shell}")
    checked = subprocess.run(
        [program, "-n"], input=script.output, capture_output=True, text=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stderr) == (0, "")
