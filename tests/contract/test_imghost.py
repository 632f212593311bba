"""The command imghost, against a real server: what goes in, what comes out, what is refused, and the exit codes."""

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import FORMATS, free_port, picture
from tests.rigs.imghost import Imghost, Said
from tests.rigs.listener import listening
from tests.rigs.server import Server, until
from tests.rigs.terminal import Terminal

LIMIT = 200_000
TOKEN = "a-token-of-the-tests"
PNG = picture("image/png")


def serving(instance: Path, **env: str) -> Iterator[Server]:
    server = Server(instance, **env)
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("open"), MAX_UPLOAD_BYTES=str(LIMIT), MAX_PIXELS="1000000")


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("private"), UPLOAD_TOKENS=f"{TOKEN},another-token-of-the-tests")


@pytest.fixture
def imghost(server: Server, tmp_path: Path) -> Imghost:
    return Imghost(tmp_path, IMGHOST_SERVER=server.url)


def shown(link: str) -> bytes:
    answer = requests.get(link, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.content


def failed(said: Said, code: int, sentence: str) -> None:
    """Fail unless it ended with this exit code, and with this sentence alone on standard error."""
    assert (said.code, said.output) == (code, ""), said
    assert re.search(sentence, said.errors), said


# What goes in.


def test_pictures_of_each_type_have_links_in_order(imghost: Imghost) -> None:
    pictures = {f"{kind[6:]}.{kind[6:]}": picture(kind) for kind in FORMATS}
    for name, data in pictures.items():
        (imghost.home / name).write_bytes(data)
    links = imghost.links(*pictures)
    assert [link.rpartition(".")[2] for link in links] == ["jpg", "png", "gif", "webp", "avif"]
    for link, data in zip(links, pictures.values(), strict=True):
        assert len(shown(link)) <= len(data)


def test_metadata_goes_unless_it_is_kept(imghost: Imghost) -> None:
    data = picture("image/jpeg", comment=b"where I live")
    (imghost.home / "a.jpg").write_bytes(data)
    [link] = imghost.links("a.jpg")
    assert b"where I live" not in shown(link)
    [link] = imghost.links("a.jpg", "--keep-metadata")
    assert shown(link) == data


def test_standard_input(imghost: Imghost) -> None:
    [link] = imghost.links("-", data=PNG)
    assert shown(link) == PNG
    failed(imghost.run("-", "-", data=PNG), 2, "^imghost: - is standard input, and can be read once only.$")
    failed(imghost.run("-", data=b""), 1, "^imghost: -: The file is empty.$")


def test_pipe_of_a_shell(imghost: Imghost) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "wb") as pipe:
        process = imghost.spawn(f"/dev/fd/{read}", pass_fds=[read])
        pipe.write(PNG)
    os.close(read)
    output, errors = process.communicate(timeout=120)
    assert errors == b""
    assert shown(output.decode().strip()) == PNG


def test_folder_and_pattern(imghost: Imghost) -> None:
    for name in ("a/2.png", "a/1.png", "a/sub/3.png", "a/.hidden/4.png", "a/.5.png"):
        path = imghost.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PNG)
    (imghost.home / "a/notes.txt").write_text("no picture")
    (imghost.home / "a/again").symlink_to(imghost.home / "a")
    links = imghost.links("a", "a/[12].png", "a/**/3.png")
    assert len(links) == len(set(links)) == 6
    names = [each["filename"] for each in imghost.history()]
    assert sorted(names) == ["1.png", "1.png", "2.png", "2.png", "3.png", "3.png"]


def test_name_that_a_shell_would_take_for_a_pattern(imghost: Imghost) -> None:
    (imghost.home / "[1].png").write_bytes(PNG)
    (imghost.home / "history").write_bytes(PNG)
    (imghost.home / "-x.png").write_bytes(PNG)
    (imghost.home / os.fsdecode(b"\xff.png")).write_bytes(PNG)
    links = imghost.links("[1].png", "./history", "--", "-x.png", os.fsdecode(b"\xff.png"))
    assert len(links) == 4
    assert imghost.links("upload", "history")


@contextmanager
def web(answer: Any) -> Iterator[str]:
    """Serve pictures as another site does."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Site) as site:
        yield f"http://127.0.0.1:{site.server_port}"


def send(site: BaseHTTPRequestHandler, status: int, data: bytes = b"", **headers: str) -> None:
    site.send_response(status)
    for name, value in headers.items():
        site.send_header(name.replace("_", "-"), value)
    site.end_headers()
    site.wfile.write(data)


def test_picture_of_the_web_is_fetched_here(imghost: Imghost) -> None:
    asked: list[Any] = []

    def answer(site: BaseHTTPRequestHandler) -> None:
        asked.append(dict(site.headers))
        if site.path == "/moved/cat.png":
            send(site, 302, Location="/cat.png")
        else:
            send(site, 200, PNG, Content_Type="image/png")

    imghost.env["IMGHOST_TOKEN"] = TOKEN
    with web(answer) as url:
        [link] = imghost.links(f"{url}/moved/cat.png")
    assert shown(link) == PNG
    assert imghost.history()[0]["filename"] == "cat.png"
    assert len(asked) == 2
    assert TOKEN not in str(asked)


def endless(site: BaseHTTPRequestHandler) -> None:
    send(site, 200, Content_Type="image/png")
    try:
        while True:
            site.wfile.write(PNG * 100)
    except OSError:
        pass


REFUSED = {
    "a page": (lambda site: send(site, 200, PNG, Content_Type="text/html"), "its server calls it text/html"),
    "a page that says it is a picture": (
        lambda site: send(site, 200, b"<!doctype html>", Content_Type="image/png"),
        "It is no picture that the server takes",
    ),
    "too large by its own word": (
        lambda site: send(site, 200, Content_Type="image/png", Content_Length=str(10**12)),
        r"It is 931.3 GiB; the server takes 195.3 KiB at most",
    ),
    "endless": (endless, "It is larger than the 195.3 KiB that the server takes at most"),
    "nothing": (lambda site: send(site, 404), "its server answers 404"),
    "redirects without end": (lambda site: send(site, 302, Location=site.path), "on more than 5 times"),
    "a file of this computer": (lambda site: send(site, 302, Location="file:///etc/hostname"), "sends us on to file:"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_url_is_refused(imghost: Imghost, what: str) -> None:
    answer, sentence = REFUSED[what]
    with web(answer) as url:
        failed(imghost.run(f"{url}/a.png"), 1, f"^imghost: http://127.0.0.1:.*/a.png: .*{sentence}")


def test_url_that_does_not_answer(imghost: Imghost) -> None:
    failed(imghost.run(f"http://127.0.0.1:{free_port()}/a.png"), 1, "It can't be fetched .*refused")


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_clipboard(imghost: Imghost, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "clip").write_bytes(PNG)
    imghost.env["PATH"] = f"{tmp_path}/bin"
    for command in ("cat", "env"):
        (tmp_path / "bin" / command).symlink_to(f"/bin/{command}")
    failed(imghost.run("--paste"), 1, r"needs wl-paste \(Wayland\), xclip \(X11\) or pngpaste \(macOS\): install one")
    failed(imghost.run("--paste", "--copy"), 2, "--copy needs wl-copy")
    # wl-paste is installed, but this is X11: the next one is asked.
    tool(tmp_path / "bin", "wl-paste", "exit 1")
    failed(imghost.run("--paste"), 1, "There is no picture in the clipboard that wl-paste can read")
    tool(
        tmp_path / "bin",
        "xclip",
        f'case "$*" in *TARGETS*) echo UTF8_STRING; echo image/png;; *image/png*) cat {tmp_path}/clip;;'
        f" *-i*) cat > {tmp_path}/copied;; esac",
    )
    [link] = imghost.links("--paste", "--copy", "--markdown")
    assert (tmp_path / "copied").read_text() == link
    assert shown(link[link.index("(") + 1 : -1]) == PNG


# What comes out.


def test_formats(imghost: Imghost) -> None:
    (imghost.home / "a [b] <c>.png").write_bytes(PNG)

    def printed(*options: str) -> str:
        [line] = imghost.links("a [b] <c>.png", *options)
        return line

    assert re.fullmatch(r"!\[a \\\[b\\\] &lt;c&gt;\]\(http\S+\)", printed("--markdown"))
    assert re.fullmatch(r'<img src="http\S+" width="64" height="48" alt="a \[b\] &lt;c&gt;">', printed("--html"))
    assert re.fullmatch(r"\[img\]http\S+\[/img\]", printed("--bbcode"))
    page = printed("--page", "--expires", "7d")
    assert '<h1 dir="auto">a [b] &lt;c&gt;.png</h1>' in requests.get(page, timeout=60).text
    assert re.fullmatch(r"http\S+", printed())


def test_json_has_everything_of_each(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    (imghost.home / "b.png").write_bytes(b"no picture")
    said = imghost.run("a.png", "b.png", "--json", "--expires", "7d")
    assert said.code == 1
    a, b = json.loads(said.output)
    assert (a["source"], a["filename"], a["width"], a["height"]) == ("a.png", "a.png", 64, 48)
    assert "/7d/" in a["viewURL"]
    assert a["expiresAt"]
    assert a["deleteURL"].endswith(a["deleteToken"])
    assert b == {"source": "b.png", "error": b["error"]}
    assert "no picture that the server takes" in b["error"]


def test_output_that_nobody_reads(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*imghost.command, "a.png"],
        cwd=imghost.home,
        env=imghost.env,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert b"Traceback" not in done.stderr
    assert done.returncode
    # Nobody saw that link, so it is given again.
    assert len(imghost.links("a.png")) == len(imghost.history()) == 1


def test_terminal_shows_links_and_a_table(imghost: Imghost) -> None:
    folder = imghost.home / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(PNG)
    (folder / "\x1b]0;evil\x07.png").write_bytes(b"no picture")
    # Terminal starts in the project's folder.
    imghost.env |= {"TERM": "xterm", "COLUMNS": "200"}
    terminal = Terminal([*imghost.command, str(folder)], imghost.env)
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.end())
    links = [each["viewURL"] for each in imghost.history()]
    assert len(links) == 2
    assert all(f"{link}\r\n" in said for link in links)
    assert re.search(r"a\.png\s+│ 64 × 48", said)
    assert "1 other file in the folders: no pictures, so left out." in said
    assert "\x1b]" not in said


def test_terminal_shows_no_escape_of_a_name(imghost: Imghost) -> None:
    name = "\x1b]0;evil\x07.png"
    (imghost.home / name).write_bytes(b"no picture")
    terminal = Terminal([*imghost.command, str(imghost.home / name)], imghost.env | {"TERM": "xterm"})
    assert "\x1b]" not in terminal.end()


# What is refused, and the exit codes.


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Usage: imghost"),
        (["--markdown"], "Name a picture"),
        (["nothing.png"], "There is no file nothing.png"),
        (["--markdown", "history"], "There is no file history. A command comes first: imghost history …"),
        (["*.nothing"], r"There is no file \*.nothing"),
        (["."], "There are no pictures in the folder"),
        (["a.txt", "--expires", "2d"], "expires"),
        (["a.txt", "--jobs", "0"], "jobs"),
        (["a.txt", "--no-such-option"], "no-such-option"),
        (["a.txt", "--server", "ftp://x"], "must look like https://"),
        (["a.txt", "--server", "https://user:secret@x"], "must look like https://"),
        (["a.txt", "--server", "https://x/?token=1"], "must look like https://"),
        (["delete"], "LINK"),
        (["completion", "tcsh"], "tcsh"),
        (["serve", "--port", "0"], "port"),
    ],
)
def test_usage_is_2(imghost: Imghost, arguments: list[str], sentence: str) -> None:
    (imghost.home / "a.txt").write_text("no picture")
    failed(imghost.run(*arguments), 2, sentence)


def test_no_server_is_2(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    failed(Imghost(tmp_path).run("a.png"), 2, "^imghost: No server is set: run imghost login")


def test_what_can_t_be_accepted_is_not_sent(imghost: Imghost) -> None:
    files = {
        "empty.png": (b"", "The file is empty."),
        "large.png": (PNG + bytes(LIMIT), "It is 19[0-9.]+ KiB; the server takes 195.3 KiB at most."),
        "a.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "The server does not take SVG"),
        "a.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "The server does not take HEIC: convert it."),
        "page.png": (b"<!doctype html>", "It takes JPEG, PNG, GIF, WebP, AVIF."),
        "cut.jpg": (picture("image/jpeg")[:30], "damaged|no picture"),
    }
    (imghost.home / "good.png").write_bytes(PNG)
    for name, (data, _) in files.items():
        (imghost.home / name).write_bytes(data)
    said = imghost.run("good.png", *files)
    assert said.code == 1
    assert len(said.output.splitlines()) == 1
    lines = said.errors.splitlines()
    assert len(lines) == len(files)
    for name, (_, sentence) in files.items():
        assert any(re.match(f"imghost: {name}: .*({sentence})", line) for line in lines), said


def test_refusal_of_the_server_is_told_in_its_words(imghost: Imghost) -> None:
    (imghost.home / "wide.png").write_bytes(picture("image/png", (2000, 1000)))
    failed(imghost.run("wide.png"), 1, "^imghost: wide.png: .*pixels")


def test_unreadable_file(imghost: Imghost) -> None:
    (imghost.home / "loop.png").symlink_to("loop.png")
    failed(imghost.run("loop.png"), 2, "loop.png can't be read: Too many levels")


def test_wrong_address_is_told(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    with web(lambda site: send(site, 200, b"<!doctype html>", Content_Type="text/html")) as url:
        failed(imghost.run("a.png", "--server", url), 1, "but not as an image host does: look at the address")
    with web(lambda site: send(site, 301, Location="https://other.test/")) as url:
        failed(imghost.run("a.png", "--server", url), 1, "sends us on to https://other.test/: use that server's own")


def test_later_is_5(imghost: Imghost, tmp_path_factory: pytest.TempPathFactory) -> None:
    (imghost.home / "a.png").write_bytes(PNG)

    def full(site: BaseHTTPRequestHandler) -> None:
        problem = {"code": "store_unavailable", "detail": "The store is away."}
        send(site, 503, json.dumps(problem).encode(), Retry_After="3600")

    with web(full) as url:
        failed(imghost.run("a.png", "--server", url), 5, "^imghost: The store is away. Try again later.$")


def test_rate_limit_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    server = Server(tmp_path / "instance", RATE_LIMIT="1 per 4 seconds", WEB_CONCURRENCY="1")
    server.start()
    try:
        assert len(Imghost(tmp_path, IMGHOST_SERVER=server.url).links(*["a.png"] * 3)) == 3
    finally:
        log = server.stop()
    assert re.search(r"\b429\b", log)


needs_prlimit = pytest.mark.skipif(not shutil.which("prlimit"), reason="no prlimit: Linux has it")


@needs_prlimit
def test_disk_without_room_is_told(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    assert len(imghost.links("a.png")) == 1
    command = imghost.command
    # No file may grow beyond these bytes: the spooled picture, and then the history too.
    imghost.command = ["prlimit", f"--fsize={100_000}", *command]
    failed(imghost.run("-", data=PNG + bytes(150_000)), 1, "^imghost: -: It can't be read: File too large.$")
    imghost.command = ["prlimit", "--fsize=0", *command]
    failed(imghost.run("a.png"), 1, "state.sqlite3 can't be|run-")


def test_place_of_the_history_that_can_t_be_made(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    (imghost.home / "state").write_text("a file")
    failed(imghost.run("a.png"), 1, "^imghost: .*/state/imghost can't be made: .*imghost keeps its history there.$")


# Tokens.


def test_private_server_wants_its_token(private: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    imghost = Imghost(tmp_path, IMGHOST_SERVER=private.url)
    failed(imghost.run("a.png"), 4, "is private: run imghost login, or set IMGHOST_TOKEN.")
    imghost.env["IMGHOST_TOKEN"] = "wrong"
    failed(imghost.run("a.png"), 4, "^imghost: a.png: .*Run imghost login, or set IMGHOST_TOKEN.$")
    imghost.env["IMGHOST_TOKEN"] = TOKEN
    assert len(imghost.links("a.png")) == 1
    assert len(imghost.links("a.png", "--album", "T")) == 2


def test_wrong_token_is_tried_with_few_pictures_only(private: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    said = Imghost(tmp_path, IMGHOST_SERVER=private.url, IMGHOST_TOKEN="wrong").run(*["a.png"] * 50)
    assert said.code == 4
    assert len(said.errors.splitlines()) < 10
    assert "not tried" in said.errors


def test_token_goes_to_its_own_server_alone(private: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    asked: list[str] = []

    def spy(site: BaseHTTPRequestHandler) -> None:
        asked.append(str(site.headers))
        limits = requests.get(f"{private.url}/uploads/limits", timeout=60).content
        send(site, 200, limits, Content_Type="application/json")

    imghost = Imghost(tmp_path, IMGHOST_SERVER=private.url, IMGHOST_TOKEN=TOKEN)
    imghost.run("login", private.url, data=f"{TOKEN}\n".encode())
    with web(spy) as url:
        failed(imghost.run("a.png", "--server", url), 4, "is private")
        del imghost.env["IMGHOST_SERVER"], imghost.env["IMGHOST_TOKEN"]
        failed(imghost.run("a.png", "--server", url), 4, "is private")
    assert asked
    assert TOKEN not in str(asked)
    assert len(imghost.links("a.png")) == 1


def test_login_keeps_what_the_server_has_checked(private: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    imghost = Imghost(tmp_path)
    failed(imghost.run("login", private.url, data=b"wrong\n"), 4, "Run imghost login")
    failed(imghost.run("login", private.url, data=b"\n"), 2, "its owner gives you an access token")
    failed(imghost.run("login", private.url, data=b"not a token\n"), 2, "no spaces")
    assert not imghost.login.exists()
    assert imghost.links("login", private.url, data=f"{TOKEN}\n".encode()) == []
    assert stat.S_IMODE(imghost.login.stat().st_mode) == 0o600
    assert len(imghost.links("a.png")) == 1
    assert [path.name for path in imghost.login.parent.iterdir()] == ["login.json"]


def test_login_asks_without_showing_the_token(private: Server, tmp_path: Path) -> None:
    imghost = Imghost(tmp_path)
    terminal = Terminal([*imghost.command, "login"], imghost.env)
    terminal.until(lambda: "Server:" in terminal.said)
    os.write(terminal.keyboard, f"{private.url}\n".encode())
    terminal.until(lambda: "Access token:" in terminal.said)
    os.write(terminal.keyboard, f"{TOKEN}\n".encode())
    said = terminal.end()
    assert "Kept in" in said
    assert TOKEN not in said
    assert TOKEN in imghost.login.read_text()


def test_no_option_takes_a_token(imghost: Imghost) -> None:
    for command in ([], ["upload"], ["login"], ["serve"], ["delete"], ["history"]):
        said = imghost.run(*command, "--help")
        assert not re.search(r"--\w*(token|password|key)\b(?!-metadata)", said.output.replace("--keep-metadata", ""))


# Settings.


def test_command_line_wins_over_environment_over_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    closed = f"http://127.0.0.1:{free_port()}"
    imghost = Imghost(tmp_path)
    imghost.configure(f'server = "{closed}"\nformat = "bbcode"\nexpires = "1d"\n')
    imghost.env["IMGHOST_SERVER"] = server.url
    [printed] = imghost.links("a.png")
    assert printed.startswith("[img]")
    assert "/1d/" in printed
    imghost.env["IMGHOST_SERVER"] = closed
    [printed] = imghost.links("a.png", "--server", server.url, "--links", "--expires", "30d")
    assert "/30d/" in printed
    del imghost.env["IMGHOST_SERVER"]
    imghost.configure(f'server = "{server.url}"')
    assert len(imghost.links("a.png")) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("server =", "is not TOML"),
        ("sever = 'x'", "unknown setting sever"),
        ("jobs = '4'", "jobs must be a number"),
        ("jobs = true", "jobs must be a number"),
        ("jobs = 1000", "jobs must be from 1 to 16"),
        ("copy = 1", "copy must be a true or false"),
        ("expires = '2d'", "expires must be one of 1d, 7d, 30d"),
        ("format = 'latex'", "format must be one of"),
        ("token = 'x'", "must not have a token"),
    ],
)
def test_wrong_settings_are_2(imghost: Imghost, text: str, sentence: str) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    imghost.configure(text)
    failed(imghost.run("a.png"), 2, f"config.toml.*{sentence}")


def test_damaged_login_is_2(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    imghost.configure("")
    imghost.login.write_text('{"server": ')
    failed(imghost.run("a.png"), 2, "login.json is damaged: remove it, and run imghost login again")


# History.


def test_delete_by_link(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    links = imghost.links("a.png", "a.png", "a.png")
    assert imghost.links("history") == links[::-1] or sorted(imghost.links("history")) == sorted(links)
    assert imghost.links("delete", links[0], links[2]) == []
    assert requests.get(links[0], timeout=60).status_code == 404
    assert shown(links[1]) == PNG
    assert imghost.links("history") == [links[1]]
    said = imghost.run("delete", links[0], links[1])
    failed(said, 1, "was not uploaded from this computer. Its delete link deletes it.")
    assert imghost.links("history") == []


def test_delete_by_the_link_of_a_page(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    other = imghost.links("a.png")
    [page] = imghost.links("a.png", "--page")
    assert imghost.links("delete", page) == []
    assert imghost.links("history") == other
    failed(imghost.run("delete", page), 1, "was not uploaded from this computer")


def test_history_is_for_this_user_alone(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    imghost.links("a.png")
    assert stat.S_IMODE(imghost.state.stat().st_mode) == 0o700
    for path in imghost.state.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_damaged_history_is_told(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    imghost.state.mkdir(parents=True)
    (imghost.state / "state.sqlite3").write_bytes(b"garbage " * 1000)
    failed(imghost.run("a.png"), 1, "state.sqlite3 can't be opened: .*not a database")


# Albums.


def test_album_has_all_pictures_in_order_and_its_link_comes_last(imghost: Imghost, server: Server) -> None:
    for name in ("b.png", "a.png"):
        (imghost.home / name).write_bytes(PNG)
    *links, album = imghost.links("--album", 'Été "2026" 😀', "b.png", "a.png", "--expires", "7d")
    assert len(links) == 2
    made = requests.get(f"{server.url}/albums/{album.rpartition('/')[2]}", timeout=60).json()
    assert made["albumURL"] == album
    assert made["title"] == 'Été "2026" 😀'
    assert [each["viewURL"] for each in made["pictures"]] == links
    assert made["expiresAt"]
    assert "<img " in requests.get(album, timeout=60).text
    assert imghost.links("delete", album) == []
    # The server remembers the page for a few seconds.
    until(lambda: requests.get(album, timeout=60).status_code == 410)
    assert shown(links[0]) == PNG
    failed(imghost.run("delete", album), 1, "was not uploaded from this computer")


def test_album_is_made_of_all_pictures_or_not_at_all(imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    (imghost.home / "b.png").write_bytes(b"no picture")
    said = imghost.run("--album", "T", "a.png", "b.png")
    assert (said.code, len(said.output.splitlines())) == (1, 1)
    assert "No album was made." in said.errors
    assert "/a/" not in said.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--json"], "does not go with --json"),
        (["--album", "x" * 201], "at most 200 characters"),
        (["a.png"] * 500, "at most 500 pictures; these are 501"),
    ],
    ids=["json", "title", "pictures"],
)
def test_album_that_no_server_would_make_is_refused_before_anything_is_sent(
    imghost: Imghost, options: list[str], sentence: str
) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    failed(imghost.run("--album", "T", "a.png", *options), 2, sentence)
    assert imghost.history() == []


# Large files.


@needs_prlimit
def test_large_picture_is_not_read_into_memory(tmp_path: Path) -> None:
    size = 300 * 1024 * 1024
    with (tmp_path / "large.png").open("wb") as file:
        file.write(PNG[:-12])
        file.truncate(size)
    server = Server(tmp_path / "instance", MAX_UPLOAD_BYTES=str(size))
    server.start()
    try:
        imghost = Imghost(tmp_path, IMGHOST_SERVER=server.url)
        # RLIMIT_DATA counts what a process makes for itself, and not what it maps of a file.
        limited = ["prlimit", f"--data={150 * 1024 * 1024}"]
        imghost.command = [*limited, *imghost.command]
        [link] = imghost.links("large.png", "--keep-metadata")
        assert int(requests.head(link, timeout=60).headers["Content-Length"]) == size
    finally:
        server.end()
