"""Programs upload with the settings that the server gives them: the programs themselves, or what they do."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.clients import MARK
from config import ROOT
from tests.conftest import PICTURES, picture
from tests.rigs.server import Server
from tests.rigs.sharex import Uploader

TOKEN = "it's-$(touch)-\"&5=`id`"
#: The same without what ShareX takes for a command; both are accepted.
PLAIN_TOKEN = "plain-token-of-somebody"
PNG = picture("image/png")
PROGRAMS = ROOT / "tests" / "clients" / "node_modules"
CURL = shutil.which("curl")

needs_curl = pytest.mark.skipif(CURL is None, reason="no curl: apt-get install curl")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"))
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"), UPLOAD_TOKENS=f"{TOKEN},{PLAIN_TOKEN}")
    server.start()
    yield server
    server.end()


def settings(server: Server, file: str) -> str:
    answer = requests.get(f"{server.url}/clients/{file}", timeout=60)
    assert answer.status_code == 200
    return answer.text


def assert_shows(link: str, content: bytes = PNG) -> None:
    answer = requests.get(link, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.content == content


# ShareX


def test_sharex_uploads_and_its_history_deletes_nothing(server: Server) -> None:
    outcome = Uploader(settings(server, "sharex.sxcu")).upload("Screenshot 1.png", PNG, "image/png")
    assert outcome.error == ""
    assert_shows(outcome.url)
    # Its history opens this in a browser.
    page = requests.get(outcome.deletion_url, timeout=60)
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    assert_shows(outcome.url)
    _, _, token = outcome.deletion_url.partition("#")
    assert server.post("/uploads/delete", {"deleteToken": token}).status_code == 204
    assert requests.get(outcome.url, timeout=60).status_code == 404


def test_sharex_says_why_not(server: Server) -> None:
    outcome = Uploader(settings(server, "sharex.sxcu")).upload("a.svg", b"<svg/>", "image/svg+xml")
    assert (outcome.url, outcome.deletion_url) == ("", "")
    assert outcome.error.endswith(".")
    assert "SVG" in outcome.error


def test_sharex_sends_the_token_to_a_private_server(private: Server) -> None:
    text = settings(private, "sharex.sxcu")
    refused = Uploader(text).upload("a.png", PNG, "image/png")
    assert refused.url == ""
    assert "private" in refused.error
    assert_shows(Uploader(text.replace(MARK, PLAIN_TOKEN)).upload("a.png", PNG, "image/png").url)


def test_old_and_foreign_files_are_not_read() -> None:
    item = {"Version": "12.3.1", "Name": "", "DestinationType": "ImageUploader"}
    with pytest.raises(ValueError, match="too old"):
        Uploader(json.dumps(item))
    with pytest.raises(ValueError, match="rewritten"):
        Uploader(json.dumps(item | {"Version": "13.7.1"}))


# PicGo, the program itself


@pytest.fixture
def picgo(tmp_path: Path) -> Path:
    """Install PicGo and its plug-in in a folder, as PicGo does it by itself."""
    if not (PROGRAMS / ".bin" / "picgo").exists():
        pytest.skip("no PicGo: make test installs it")
    (tmp_path / "package.json").write_text('{"dependencies": {"picgo-plugin-web-uploader": "*"}}')
    (tmp_path / "node_modules").symlink_to(PROGRAMS)
    (tmp_path / "a.png").write_bytes(PNG)
    return tmp_path


def run_picgo(folder: Path, text: str) -> str:
    """Upload as Typora does it, which waits for the command to end: in less time than a server keeps a connection."""
    (folder / "config.json").write_text(text)
    command = [str(PROGRAMS / ".bin" / "picgo"), "-c", "config.json", "upload", "a.png"]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_picgo_uploads(picgo: Path, server: Server) -> None:
    lines = run_picgo(picgo, settings(server, "picgo.json")).split()
    assert_shows(lines[-1])


def test_picgo_sends_the_token_to_a_private_server(picgo: Path, private: Server) -> None:
    text = settings(private, "picgo.json")
    # The plug-in takes an error for a success without a link.
    assert "http" not in run_picgo(picgo, text).rpartition("SUCCESS")[2]
    filled = json.loads(text)
    uploader = filled["picBed"]["web-uploader"]
    headers = json.loads(uploader["customHeader"])
    uploader["customHeader"] = json.dumps(headers | {"Authorization": headers["Authorization"].replace(MARK, TOKEN)})
    assert_shows(run_picgo(picgo, json.dumps(filled)).split()[-1])


# What other programs send


def test_piclist_sends_what_its_settings_say(private: Server) -> None:
    """By PicList's advancedplist.ts."""
    uploader = json.loads(settings(private, "piclist.json"))["picBed"]["advancedplist"]
    headers = json.loads(uploader["headers"].replace(MARK, PLAIN_TOKEN))
    files = {uploader["formDataKey"]: ("a.png", PNG)}
    answer = requests.request(uploader["method"], uploader["endpoint"], headers=headers, files=files, timeout=60)
    found: Any = answer.json()
    for name in uploader["resDataPath"].split("."):
        found = found[name]
    assert_shows(found)


def test_obsidian_gets_a_link_for_each_picture(server: Server) -> None:
    """By picgo.ts of Image auto upload 4.1.0 in remote server mode: no header of its own, and 200 alone is success."""
    boundary = "----obsidianBoundaryq4DhnGYZ"
    parts = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="list"; filename="{name}.png"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + PNG
        + b"\r\n"
        for name in (1764230400000, 1764230400001)
    )
    body = parts + f"--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = requests.post(f"{server.url}/upload", body, headers=headers, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    first, second = answer.json()["result"]
    assert first != second
    assert_shows(first)
    assert_shows(second)


def test_obsidian_is_told_why_not(server: Server) -> None:
    answer = requests.post(f"{server.url}/upload", files={"list": ("1.png", b"no picture")}, timeout=60)
    assert answer.status_code != 200
    assert answer.json()["success"] is False
    assert answer.json()["message"].endswith(".")


def test_upic_and_ishare_find_the_link(private: Server) -> None:
    """By uPic's CustomUploader.swift, which takes 2xx for success, and ishare's CustomUploader.swift."""
    host = json.loads(json.loads(settings(private, "upic.json"))[0])
    assert host["type"] == "custom"
    upic = json.loads(host["data"])
    [header] = json.loads(upic["headers"])
    headers = {header["key"]: header["value"].replace(MARK, PLAIN_TOKEN)}
    answer = requests.request(upic["method"], upic["url"], headers=headers, files={upic["field"]: PNG}, timeout=60)
    [name] = json.loads(upic["resultPath"])
    assert_shows(answer.json()[name])

    ishare = {name.lower(): value for name, value in json.loads(settings(private, "ishare.iscu")).items()}
    headers = {name: value.replace(MARK, PLAIN_TOKEN) for name, value in ishare["headers"].items()}
    files = {ishare["fileformname"]: ("a.png", PNG, "image/png")}
    answer = requests.post(ishare["requesturl"], headers=headers, files=files, timeout=60)
    assert_shows(answer.json()[ishare["responseurl"].removeprefix("{{").removesuffix("}}")])


def test_img_fast_finds_the_link(server: Server) -> None:
    """By its request.ts and hook.ts: 200 alone is success, and the first address in the answer is the link."""
    found = {
        name.removeprefix("img-fast."): value
        for name, value in json.loads(settings(server, "vscode-img-fast.json")).items()
    }
    headers = {"Authorization": found["authorization"]}
    files = {found["uploadFormDataKey"]: ("a.png", PNG)}
    answer = requests.request(found["uploadMethod"], found["uploadUrl"], headers=headers, files=files, timeout=60)
    assert answer.status_code == 200
    assert_shows(answer.text[answer.text.index("http") :].split('"')[0])


# Scripts


def script(server: Server, file: str, folder: Path, token: str | None = None) -> Path:
    """Save a script, with a token in it as the page puts it there."""
    text = settings(server, file)
    if token:
        text = text.replace(MARK, token.replace("'", "'\\''"))
    path = folder / file
    path.write_text(text)
    return path


def run(path: Path, *arguments: str | Path, folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder), "TMPDIR": str(folder / "tmp"), **env}
    command = ["/bin/dash", str(path), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "tmp").mkdir()
    return tmp_path


def program(folder: Path, name: str, *lines: str) -> None:
    """Put a program in place of one that needs a screen."""
    path = folder / "bin" / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


NAMES = [
    "a.png",
    "-.png",
    "-",
    "it's.png",
    'a "b".png',
    "back\\slash.png",
    "a;type=text.png",
    "a,b.png",
    "$(touch x).png",
    "图片 1.png",
]


@needs_curl
@pytest.mark.parametrize("name", NAMES)
def test_curl_script_takes_any_name(server: Server, folder: Path, name: str) -> None:
    (folder / name).write_bytes(PNG)
    done = run(script(server, "curl.sh", folder), name, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert_shows(done.stdout.strip())
    assert list((folder / "tmp").iterdir()) == []
    assert not (folder / "x").exists()


@needs_curl
def test_curl_script_prints_a_line_for_each_and_names_what_failed(server: Server, folder: Path) -> None:
    (folder / "a.png").write_bytes(PNG)
    (folder / "b.png").write_bytes(b"no picture")
    path = script(server, "curl.sh", folder)
    done = run(path, "a.png", "b.png", folder / "a.png", "missing.png", folder=folder)
    first, second = done.stdout.splitlines()
    assert_shows(first)
    assert_shows(second)
    assert done.returncode == 1
    assert "{" not in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert run(path, folder=folder).returncode == 2


@needs_curl
def test_curl_script_sends_the_token_where_nobody_sees_it(private: Server, folder: Path) -> None:
    (folder / "a.png").write_bytes(PNG)
    unfilled = run(script(private, "curl.sh", folder), "a.png", folder=folder)
    assert (unfilled.returncode, unfilled.stdout) == (1, "")
    assert "private" in unfilled.stderr
    program(folder, "curl", 'printf "%s\\n" "$@" >>"$HOME/arguments"', f'exec {CURL} "$@"')
    done = run(script(private, "curl.sh", folder, TOKEN), "a.png", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert_shows(done.stdout.strip())
    assert "touch" not in (folder / "arguments").read_text()


@needs_curl
def test_ksnip_reads_the_link_and_nothing_on_stderr(server: Server, folder: Path) -> None:
    """By ScriptUploader.cpp: the path is the argument, stdout the link, and anything on stderr a failure."""
    path = script(server, "ksnip.sh", folder)
    shutil.copy(PICTURES / "screenshot.png", folder / "tmp.png")
    done = run(path, folder / "tmp.png", folder=folder)
    assert done.stderr == ""
    assert requests.get(done.stdout.strip(), timeout=60).status_code == 200
    (folder / "tmp.png").write_bytes(b"no picture")
    failed = run(path, folder / "tmp.png", folder=folder)
    assert failed.stdout == ""
    assert failed.stderr.strip()


CAPTURES = {
    "flameshot.sh": ("flameshot", '[ "$*" = "gui -r" ] && cat "$HOME/shot.png"'),
    "spectacle.sh": ("spectacle", 'for last; do :; done; cp "$HOME/shot.png" "$last"'),
    "gnome.sh": ("gnome-screenshot", 'cp "$HOME/shot.png" "${2#--file=}"'),
}


@needs_curl
@pytest.mark.parametrize("file", CAPTURES)
@pytest.mark.parametrize("clipboard", ["xclip", "wl-copy", None])
def test_screenshot_is_uploaded_and_its_link_copied(
    private: Server, folder: Path, file: str, clipboard: str | None
) -> None:
    program(folder, *CAPTURES[file])
    (folder / "shot.png").write_bytes(PNG)
    program(folder, "notify-send", 'printf %s "$1" >"$HOME/told"')
    if clipboard:
        program(folder, clipboard, 'cat >"$HOME/copied"')
    wayland = {"WAYLAND_DISPLAY": "wayland-0"} if clipboard == "wl-copy" else {}
    done = run(script(private, file, folder, TOKEN), folder=folder, **wayland)
    assert (done.returncode, done.stderr) == (0, "")
    link = done.stdout.strip()
    assert_shows(link)
    assert (folder / "told").read_text() == link
    assert not clipboard or (folder / "copied").read_text() == link
    assert list((folder / "tmp").iterdir()) == []


@needs_curl
def test_link_is_printed_although_the_clipboard_fails(server: Server, folder: Path) -> None:
    program(folder, *CAPTURES["flameshot.sh"])
    (folder / "shot.png").write_bytes(PNG)
    program(folder, "xclip", "exit 1")
    done = run(script(server, "flameshot.sh", folder), folder=folder)
    assert done.returncode == 0
    assert_shows(done.stdout.strip())


@needs_curl
@pytest.mark.parametrize("lines", [["exit 1"], ["exit 0"], ["echo screenshot aborted"]])
def test_screenshot_that_somebody_gave_up_is_not_uploaded(server: Server, folder: Path, lines: list[str]) -> None:
    program(folder, "flameshot", *lines)
    program(folder, "curl", 'touch "$HOME/called"')
    done = run(script(server, "flameshot.sh", folder), folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert not (folder / "called").exists()


@needs_curl
def test_screenshot_that_is_refused_says_why(private: Server, folder: Path) -> None:
    program(folder, *CAPTURES["flameshot.sh"])
    (folder / "shot.png").write_bytes(PNG)
    program(folder, "notify-send", 'printf %s "$1" >"$HOME/told"')
    done = run(script(private, "flameshot.sh", folder), folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "private" in done.stderr
    assert "private" in (folder / "told").read_text()
