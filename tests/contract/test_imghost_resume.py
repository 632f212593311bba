"""The command imghost, killed, stopped, cut off, and started many times at once: nothing is lost or sent twice."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from config import ROOT
from tests.conftest import free_port, picture
from tests.rigs.faults import Proxy, canned, lost, reset, silent
from tests.rigs.imghost import Imghost, ended
from tests.rigs.server import Server, until
from tests.rigs.terminal import Terminal

PNG = picture("image/png")


class Site:
    """A server behind a proxy that sees, and can break, each call and each PUT."""

    def __init__(self, instance: Path) -> None:
        port = free_port()
        self.proxy = Proxy(port)
        self.server = Server(instance, SITE_URL=self.proxy.url, TLS="off", PORT=str(port))
        self.server.port = port
        self.server.url = f"http://127.0.0.1:{port}"
        self.url = self.proxy.url
        self.server.start()

    def asked(self, line: str) -> int:
        return sum(count for asked, count in self.proxy.asked.items() if asked.startswith(line))

    def published(self) -> set[str]:
        """Return what is public, as the operator's own command lists it."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "images", "list"],
            cwd=ROOT,
            env=self.server.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return set(done.stdout.split("\n")) - {""}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("instance"))
    yield site
    site.server.end()
    site.proxy.close()


@pytest.fixture
def imghost(site: Site, tmp_path: Path) -> Imghost:
    site.proxy.asked.clear()
    return Imghost(tmp_path, IMGHOST_SERVER=site.url)


def pictures(folder: Path, count: int) -> Path:
    """Make different pictures: bytes after the end of a PNG would be stripped, so the pixels differ."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.png").write_bytes(picture("image/png", (64 + number % 20, 48 + number // 20)))
    return folder


def rows(imghost: Imghost, table: str) -> int:
    path = imghost.state / "state.sqlite3"
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as base:
            return int(base.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    except sqlite3.OperationalError:  # The table comes a moment later.
        return 0


def is_whole(imghost: Imghost) -> bool:
    with closing(sqlite3.connect(imghost.state / "state.sqlite3")) as base:
        return bool(base.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def test_killed_again_and_again_each_picture_is_sent_once(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 200)
    before = site.published()
    for count in (1, 2, 30, 31, 90, 150):
        process = imghost.spawn(str(folder))
        until(lambda goal=count: rows(imghost, "history") >= goal)  # type: ignore[misc]
        process.kill()
        process.communicate(timeout=60)
        assert is_whole(imghost)
    links = imghost.links(str(folder))
    assert len(set(links)) == 200
    assert len(site.published() - before) == 200
    assert len(imghost.history()) == 200
    for number, link in list(enumerate(links))[::50]:
        assert requests.get(link, timeout=60).content == (folder / f"{number:03}.png").read_bytes()
    # That run has ended, so the same command now means to upload again.
    assert not set(imghost.links(str(folder / "000.png"))) & set(links)
    assert rows(imghost, "uploads") == 0
    assert not list(imghost.state.glob("run-*"))


def test_what_was_sent_but_not_completed_is_not_sent_twice(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    with site.proxy.broken(silent, "POST /uploads/complete") as rule:
        process = imghost.spawn("a.png")
        until(lambda: rule.hits > 0)
        process.kill()
        process.communicate(timeout=60)
    assert len(imghost.links("a.png")) == 1
    assert site.asked("PUT /") == site.asked("POST /uploads/init") == 1


def test_answer_to_complete_is_lost_with_the_process(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    before = site.published()
    with site.proxy.broken(lost, "POST /uploads/complete"):
        process = imghost.spawn("a.png")
        until(lambda: len(site.published() - before) == 1)
        process.kill()
        process.communicate(timeout=60)
    [link] = imghost.links("a.png")
    [name] = site.published() - before
    assert link.rpartition("/")[2] in name
    assert site.asked("PUT /") == 1


def test_killed_before_the_album_is_made_makes_it_of_the_same_pictures(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 3)
    with site.proxy.broken(silent, "POST /albums") as rule:
        process = imghost.spawn("--album", "T", str(folder))
        until(lambda: rule.hits > 0)
        process.kill()
        process.communicate(timeout=60)
    *links, album = imghost.links("--album", "T", str(folder))
    assert site.asked("PUT /") == 3
    made = requests.get(f"{site.url}/albums/{album.rpartition('/')[2]}", timeout=60).json()
    assert [each["viewURL"] for each in made["pictures"]] == links


def test_album_that_was_made_is_not_made_twice(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 2)
    # Whoever reads the links is gone: the run ends before it has handed the album's link out.
    process = imghost.spawn("--album", "T", str(folder))
    until(lambda: rows(imghost, "albums") == 1)
    process.kill()
    process.communicate(timeout=60)
    if rows(imghost, "uploads"):  # Else it was as quick as we.
        imghost.links("--album", "T", str(folder))
        assert site.asked("POST /albums") == 1


def test_killed_during_the_put_begins_that_picture_again(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    before = site.published()
    with site.proxy.broken(silent, "PUT /") as rule:
        process = imghost.spawn("a.png")
        until(lambda: rule.hits > 0)
        process.kill()
        process.communicate(timeout=60)
    assert len(imghost.links("a.png")) == 1
    assert len(site.published() - before) == 1


@pytest.mark.parametrize("fault", [lost, reset, canned(503, b"<Error><Code>SlowDown</Code></Error>")])
def test_broken_put_is_repeated_or_completed(site: Site, imghost: Imghost, fault: object) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    before = site.published()
    with site.proxy.broken(fault, "PUT /", times=1):  # type: ignore[arg-type]
        assert len(imghost.links("a.png")) == 1
    assert len(site.published() - before) == 1


def test_put_that_may_have_arrived_is_completed(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    with site.proxy.broken(lost, "PUT /", times=1):
        assert len(imghost.links("a.png")) == 1
    assert site.asked("PUT /") == 1


def test_url_that_has_expired_is_signed_again(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    refused = canned(403, b"<Error><Code>AccessDenied</Code></Error>")
    with site.proxy.broken(refused, "PUT /", times=1):
        assert len(imghost.links("a.png")) == 1
    with site.proxy.broken(refused, "PUT /"):
        said = imghost.run("a.png")
    assert (said.code, said.output) == (1, "")
    assert said.errors == "imghost: a.png: The store refuses the picture: 403, AccessDenied.\n"


def test_answers_of_a_proxy_in_between_are_repeated(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    page = canned(502, b"<!doctype html><h1>Bad gateway</h1>", "text/html")
    with (
        site.proxy.broken(page, "GET /uploads/limits", times=1),
        site.proxy.broken(reset, "POST /uploads/init", times=1),
        site.proxy.broken(page, "POST /uploads/complete", times=1),
    ):
        assert len(imghost.links("a.png")) == 1


def test_other_choices_are_another_upload(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    (imghost.home / "b.png").write_bytes(PNG)
    (imghost.home / "bad.png").write_bytes(b"no picture")
    # A run that failed keeps what it has.
    first = imghost.run("a.png", "bad.png").output
    others = [imghost.links("b.png"), imghost.links("a.png", "--expires", "1d")]
    assert [first.strip()] not in others
    # Twice in one run is twice.
    said = imghost.run("a.png", "a.png", "bad.png")
    assert said.code == 1
    assert len(set(said.output.splitlines())) == 2
    assert first.strip() in said.output


def test_ctrl_c_says_what_was_sent_and_the_next_run_goes_on(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 30)
    before = site.published()
    with site.proxy.broken(silent, "PUT /", skip=10) as rule:
        process = imghost.spawn(str(folder))
        until(lambda: rule.hits >= 4 and rows(imghost, "history") == 10)
        process.send_signal(signal.SIGINT)
        said = ended(process)
    assert said.code == 130
    assert said.errors == "imghost: Stopped: 10 of 30 pictures sent. The same command goes on from there.\n"
    links = imghost.links(str(folder))
    assert len(set(links)) == 30
    assert len(site.published() - before) == 30


def test_ctrl_c_in_a_terminal(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 3)
    with site.proxy.broken(silent, "PUT /") as rule:
        terminal = Terminal([*imghost.command, str(folder)], imghost.env | {"TERM": "xterm"})
        terminal.until(lambda: rule.hits >= 3 and "0 of 3 pictures" in terminal.said)
        terminal.press_ctrl_c()
        said = terminal.end()
    assert "Stopped: 0 of 3 pictures sent. The same command goes on from there." in said
    assert "Traceback" not in said
    # The cursor is seen again.
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")


def test_many_at_once_each_upload_their_own(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 5)
    before = site.published()
    processes = [imghost.spawn(str(folder)) for _ in range(8)]
    said = [ended(process) for process in processes]
    assert [each.errors for each in said] == [""] * 8
    links = [link for each in said for link in each.output.splitlines()]
    assert len(links) == len(set(links)) == len(site.published() - before) == 40
    assert sorted(each["viewURL"] for each in imghost.history()) == sorted(links)
    assert is_whole(imghost)


def test_run_that_lives_keeps_its_uploads(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    with site.proxy.broken(silent, "POST /uploads/complete", times=1) as rule:
        first = imghost.spawn("a.png")
        until(lambda: rule.hits > 0)
        [second] = imghost.links("a.png")
    said = ended(first)
    assert said.code == 0
    assert said.output.strip() != second


def test_deleted_meanwhile_is_uploaded_again(site: Site, imghost: Imghost) -> None:
    (imghost.home / "a.png").write_bytes(PNG)
    (imghost.home / "bad.png").write_bytes(b"no picture")
    link = imghost.run("a.png", "bad.png").output.strip()
    imghost.links("delete", link)
    [again] = imghost.links("a.png")
    assert again != link
    assert requests.get(again, timeout=60).ok


def test_when_nothing_answers_the_others_are_not_tried(site: Site, imghost: Imghost) -> None:
    folder = pictures(imghost.home / "pictures", 60)
    away = canned(503, b'{"code": "store_unavailable", "detail": "The store is away."}', headers="Retry-After: 600\r\n")
    with site.proxy.broken(away, "POST /uploads/init", skip=2):
        said = imghost.run(str(folder))
    assert said.code == 5
    assert 3 <= said.errors.count("The store is away. Try again later.") < 20
    assert "not tried. The same command goes on from here." in said.errors
    assert len(imghost.links(str(folder))) == len(imghost.history()) == 60
