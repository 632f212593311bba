"""Albums on a real store: who reads, edits and deletes them, what two editors at once get, and what a delete leaves."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, memory
from app.services import services
from app.storage import CLOCK_SKEW, EXPIRY_DAYS, MAX_PICTURES
from config import ROOT, Config
from tests.conftest import Clock, picture
from tests.contract.conftest import User
from tests.rigs.server import Server, until
from worker import LONG_AT_ONCE

PNG = picture("image/png")


@dataclass
class Editor:
    """A client that makes albums, and keeps what it was told of the last one."""

    client: FlaskClient

    def create(self, pictures: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
        answer = self.client.post("/albums", json={"pictures": pictures, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json or {})

    def edit(self, album: dict[str, Any], pictures: list[dict[str, Any]], **fields: Any) -> Any:
        body = {"editToken": album["editToken"], "version": album["version"], "pictures": pictures, **fields}
        return self.client.put(f"/albums/{album['albumId']}", json=body)

    def read(self, album: dict[str, Any]) -> Any:
        return self.client.get(f"/albums/{album['albumId']}")

    def delete(self, album: dict[str, Any]) -> Any:
        return self.client.post("/albums/delete", json={"editToken": album["editToken"]})

    def show(self, album: dict[str, Any]) -> Any:
        return self.client.get(f"/a/{album['albumId']}")


@pytest.fixture
def editor(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Editor:
    monkeypatch.setattr(memory, "TTL", 0)
    return Editor(app.test_client())


@pytest.fixture
def published(user: User) -> list[dict[str, Any]]:
    return [user.publish(PNG, "image/png", filename=f"{name}.png") for name in "abc"]


def named(pictures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"viewURL": each["viewURL"]} for each in pictures]


def stored(owner: Any, album: dict[str, Any]) -> Any:
    """Return the object of an album; its id ends in the UUID that its name has."""
    (item,) = (each for each in owner.objects.filter(Prefix="albums/") if album["albumId"][-36:] in each.key)
    return owner.Object(item.key)


# Making, reading, changing


def test_album_has_what_its_pictures_are(editor: Editor, published: list[dict[str, Any]]) -> None:
    key = published[1]["viewURL"].rpartition("/")[2]
    made = editor.create(
        [{"viewURL": published[0]["viewURL"], "caption": "é 😀"}, {"key": key}], title="Cats", cover=key
    )
    album = editor.read(made).json
    assert made == {**album, "editToken": made["editToken"]}
    assert (album["title"], album["cover"], album["version"], album["expiresAt"]) == ("Cats", key, 1, None)
    assert album["albumURL"] == f"https://img.test/a/{album['albumId']}"
    assert [each["viewURL"] for each in album["pictures"]] == [each["viewURL"] for each in published[:2]]
    assert album["pictures"][0] == {
        "key": published[0]["viewURL"].rpartition("/")[2],
        "viewURL": published[0]["viewURL"],
        "caption": "é 😀",
        "filename": "a.png",
        "size": len(PNG),
        "width": 64,
        "height": 48,
    }


def test_edit_orders_captions_adds_and_removes(editor: Editor, published: list[dict[str, Any]]) -> None:
    album = editor.create(named(published[:2]), title="Before", expiresIn="7d")
    changed = editor.edit(album, [*reversed(named(published))], title="After")
    assert changed.status_code == 200
    assert changed.json == editor.read(album).json
    assert [each["filename"] for each in changed.json["pictures"]] == ["c.png", "b.png", "a.png"]
    assert (changed.json["title"], changed.json["version"]) == ("After", 2)
    assert changed.json["expiresAt"] == album["expiresAt"]
    assert changed.json["albumURL"] == album["albumURL"]


def test_picture_that_is_not_public_comes_into_no_album(
    editor: Editor, user: User, published: list[dict[str, Any]], owner: Any
) -> None:
    before = {item.key for item in owner.objects.filter(Prefix="albums/")}
    staged = user.stage(PNG, "image/png")["uploadId"]
    user.delete(published[2]["deleteToken"])
    bad = [{"key": f"{staged}.png"}, *named(published[2:])]
    answer = editor.client.post("/albums", json={"pictures": [*named(published[:2]), *bad]})
    assert (answer.status_code, answer.json["code"]) == (422, "pictures_missing")
    assert [row["field"] for row in answer.json["errors"]] == ["pictures.2", "pictures.3"]
    assert {item.key for item in owner.objects.filter(Prefix="albums/")} == before
    album = editor.create(named(published[:2]))
    assert editor.edit(album, bad[:1]).json["code"] == "pictures_missing"
    assert editor.read(album).json["version"] == 1


def test_deleted_picture_leaves_a_gap_and_hinders_no_edit(
    editor: Editor, user: User, published: list[dict[str, Any]]
) -> None:
    album = editor.create(named(published))
    user.delete(published[1]["deleteToken"])
    assert [each["viewURL"] for each in editor.read(album).json["pictures"]] == [each["viewURL"] for each in published]
    assert editor.show(album).status_code == 200
    assert requests.get(published[1]["viewURL"], timeout=60).status_code == 404
    assert editor.edit(album, named(published), title="Still here").status_code == 200


def test_each_picture_costs_one_look_and_only_when_it_comes(
    editor: Editor, published: list[dict[str, Any]], asked: list[str]
) -> None:
    album = editor.create(named(published[:2]))
    assert sorted(asked) == ["HEAD", "HEAD", "PUT"]
    asked.clear()
    editor.edit(album, named(published))
    assert asked == ["GET", "HEAD", "PUT"]


def test_album_of_five_hundred_costs_one_read(
    app: Flask, editor: Editor, published: list[dict[str, Any]], owner: Any, asked: list[str]
) -> None:
    album = editor.create(named(published[:1]))
    item = stored(owner, album)
    kept = json.loads(item.get()["Body"].read())
    kept["pictures"] = [
        {**kept["pictures"][0], "key": f"{place:08x}{kept['cover'][8:]}", "caption": "😀" * 500}
        for place in range(MAX_PICTURES)
    ]
    kept["cover"] = kept["pictures"][0]["key"]
    item.put(Body=json.dumps(kept).encode())
    asked.clear()
    page = editor.show(album)
    assert (page.status_code, page.text.count("<img "), asked) == (200, MAX_PICTURES, ["GET"])
    asked.clear()
    assert (len(editor.read(album).json["pictures"]), asked) == (MAX_PICTURES, ["GET"])


# Who may


def test_stranger_reads_and_lists_no_albums(editor: Editor, published: list[dict[str, Any]], store: Config) -> None:
    album = editor.create(named(published))
    links = services(editor.client.application).storage.links
    for base in (f"{store.s3_endpoint_url}/{store.s3_bucket}", links.bucket_url):
        for path in (f"/albums/{album['albumId']}.json", "/?list-type=2&prefix=albums/", "/albums/"):
            answer = requests.get(base + path, timeout=60)
            assert answer.status_code in (403, 404), path
            assert album["albumId"] not in answer.text or answer.status_code == 403
        assert requests.put(f"{base}/albums/{album['albumId']}.json", data=b"{}", timeout=60).status_code >= 403
    assert editor.read(album).json["version"] == 1


def test_one_albums_token_does_nothing_to_another(editor: Editor, published: list[dict[str, Any]]) -> None:
    mine, other = editor.create(named(published)), editor.create(named(published))
    stolen = {**other, "editToken": mine["editToken"]}
    answer = editor.edit(stolen, named(published[:1]))
    assert (answer.status_code, answer.json["code"]) == (403, "invalid_token")
    assert editor.delete(stolen).status_code == 204
    assert (editor.read(other).status_code, editor.read(mine).status_code) == (200, 410)


def test_answer_to_a_visitor_has_no_token(editor: Editor, published: list[dict[str, Any]]) -> None:
    album = editor.create(named(published))
    assert "editToken" not in editor.read(album).json
    assert album["editToken"] not in editor.show(album).text


# Two editors


def test_second_of_two_editors_is_told(editor: Editor, published: list[dict[str, Any]]) -> None:
    album = editor.create(named(published))
    assert editor.edit(album, named(published), title="First").status_code == 200
    answer = editor.edit(album, named(published), title="Second")
    assert (answer.status_code, answer.json["code"]) == (409, "album_changed")
    assert editor.read(album).json["title"] == "First"
    again = {**album, "version": editor.read(album).json["version"]}
    assert editor.edit(again, named(published), title="Second").json["version"] == 3


def test_edit_whose_answer_was_lost_may_be_repeated(editor: Editor, published: list[dict[str, Any]]) -> None:
    album = editor.create(named(published))
    first = editor.edit(album, named(published[:1]), title="Again")
    assert editor.edit(album, named(published[:1]), title="Again").json == first.json
    assert editor.read(album).json["version"] == 2


@pytest.mark.parametrize("_", range(5))
def test_of_many_editors_at_once_exactly_one_wins(
    app: Flask, editor: Editor, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, _: int
) -> None:
    album = editor.create(named(published))
    albums, editors = services(app).storage.albums, 6
    # All of them have read the same version before the first writes.
    together, read = threading.Barrier(editors), albums.read
    rounds = iter([True] * editors)

    def read_together(album_id: str) -> Any:
        found = read(album_id)
        if next(rounds, False):
            together.wait(60)
        return found

    monkeypatch.setattr(albums, "read", read_together)
    with ThreadPoolExecutor(editors) as pool:
        edits = [
            pool.submit(Editor(app.test_client()).edit, album, named(published), title=f"{place}")
            for place in range(editors)
        ]
        answers = [edit.result() for edit in edits]
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [409] * (editors - 1)
    (winner,) = (answer.json["title"] for answer in answers if answer.status_code == 200)
    assert (editor.read(album).json["title"], editor.read(album).json["version"]) == (winner, 2)


# Deleting


def test_delete_is_for_good(editor: Editor, published: list[dict[str, Any]], owner: Any) -> None:
    album = editor.create(named(published))
    assert [editor.delete(album).status_code for _ in range(2)] == [204, 204]
    for answer in (editor.read(album), editor.edit(album, named(published))):
        assert (answer.status_code, answer.json["code"]) == (410, "album_deleted")
    page = editor.show(album)
    assert (page.status_code, page.mimetype) == (410, "text/html")
    assert "deleted" in page.text
    # The pictures are their uploaders' own.
    assert all(requests.get(each["viewURL"], timeout=60).ok for each in published)
    assert stored(owner, album).content_length == 0
    assert album["albumId"] not in {found.key for found in services(editor.client.application).storage.albums}


def test_delete_between_an_edits_read_and_its_write_wins(
    app: Flask, editor: Editor, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    album = editor.create(named(published))
    albums = services(app).storage.albums
    write = albums.replace

    def late(*args: Any) -> None:
        editor.delete(album)
        write(*args)

    monkeypatch.setattr(albums, "replace", late)
    answer = editor.edit(album, named(published), title="Too late")
    assert (answer.status_code, answer.json["code"]) == (410, "album_deleted")
    assert editor.read(album).status_code == 410


def test_unknown_album_is_missing(editor: Editor) -> None:
    album = {"albumId": "9f0c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11"}
    answer = editor.read(album)
    assert (answer.status_code, answer.json["code"]) == (404, "album_missing")
    page = editor.show(album)
    assert (page.status_code, page.mimetype) == (404, "text/html")


# Expiring


@pytest.mark.parametrize(("expiry", "days"), EXPIRY_DAYS.items())
def test_album_is_not_served_after_its_expiry_and_then_goes(
    app: Flask, editor: Editor, published: list[dict[str, Any]], owner: Any, expiry: str, days: int
) -> None:
    album = editor.create(named(published), expiresIn=expiry)
    upkeep = services(app).upkeep
    item = stored(owner, album)
    assert item.key.startswith(f"albums/{expiry}/")
    removed = item.last_modified + timedelta(days) + CLOCK_SKEW
    upkeep.expire(removed - timedelta(seconds=1))
    assert editor.read(album).status_code == 200
    assert upkeep.expire(removed) > 0
    assert editor.read(album).status_code == 404


def test_edit_gives_an_album_no_more_time(
    app: Flask, editor: Editor, published: list[dict[str, Any]], owner: Any
) -> None:
    album = editor.create(named(published), expiresIn="1d")
    item = stored(owner, album)
    kept = json.loads(item.get()["Body"].read())
    # As if it had been made a day ago, and edited since: the store counts its day from the edit.
    item.put(Body=json.dumps({**kept, "created": kept["created"] - 24 * 60 * 60}).encode())
    assert (editor.read(album).status_code, editor.show(album).status_code) == (404, 404)
    assert editor.edit(album, named(published)).json["code"] == "album_missing"


# How long a page may be remembered


def test_page_outlives_a_delete_by_no_more_than_is_documented(
    app: Flask, store: Config, published: list[dict[str, Any]], clock: Clock, asked: list[str]
) -> None:
    # Each worker is an app of its own.
    workers = [Editor(app.test_client()), Editor(create_app(store).test_client())]
    album = workers[0].create(named(published))
    asked.clear()
    for editor in workers:
        assert [editor.show(album).status_code for _ in range(20)] == [200] * 20
    assert asked == ["GET", "GET"]
    clock.now += 2
    assert workers[0].show(album).headers["Cache-Control"].startswith("public, max-age=3, must-revalidate")
    assert workers[0].delete(album).status_code == 204
    clock.now += memory.TTL - 2
    for editor in workers:
        page = editor.show(album)
        assert (page.status_code, page.headers["Cache-Control"]) == (410, "no-store")
    assert f"for {memory.TTL} seconds" in (ROOT / "docs" / "api.md").read_text()


# Dying


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("albums"), WEB_CONCURRENCY="1")
    server.start()
    yield server
    server.end()


def test_long_album_goes_through_the_whole_server(server: Server) -> None:
    user = User(server.post)
    links = [user.publish(PNG, "image/png")["viewURL"] for _ in range(12)]
    body = {"title": "T", "pictures": [{"viewURL": link, "caption": "😀" * 500} for link in links]}
    data = json.dumps(body).encode()
    assert len(data) > 64 * 1024
    made = requests.post(f"{server.url}/albums", data=data, headers={"Content-Type": "application/json"}, timeout=60)
    assert made.status_code == 201, made.text
    assert requests.get(f"{server.url}/a/{made.json()['albumId']}", timeout=60).text.count("<img ") == 12
    changed = requests.put(
        f"{server.url}/albums/{made.json()['albumId']}",
        json={**body, "editToken": made.json()["editToken"], "version": 1},
        timeout=60,
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)


@pytest.mark.parametrize("size", [1024**2 + 1, 2 * 1024**2, 2 * 1024**2 + 1])
def test_too_long_album_is_told_so_each_time(server: Server, size: int) -> None:
    def post(_: int) -> int:
        headers = {"Content-Type": "application/json"}
        return requests.post(f"{server.url}/albums", data=b"{}".ljust(size), headers=headers, timeout=60).status_code

    # Whoever is told that the server can't answer now would send it again and again.
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(post, range(40))) == {413}


def test_no_path_through_the_edge_leads_to_an_albums_object(server: Server) -> None:
    link = User(server.post).publish(PNG, "image/png")["viewURL"]
    album = server.post("/albums", {"title": "A secret", "pictures": [{"viewURL": link}]}).json["albumId"]
    paths = (
        *(f"/images/albums/{album}.json", "/images/albums/", "/images/?list-type=2&prefix=albums/", "/albums"),
        *(f"/i/albums/{album}.json", f"/i/../albums/{album}.json", f"/i/%2e%2e/albums/{album}.json"),
        *(f"/a/{album}.json", f"/a/../albums/{album}.json", f"/albums/{album}.json"),
    )
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as edge:
        for method, path in product(("GET", "PUT"), paths):
            # As it is: requests would leave out what the dots lead past.
            edge.request(method, path, headers={"Host": f"localhost:{server.port}", "Content-Length": "0"})
            answer = edge.getresponse()
            assert answer.status >= 400, (method, path)
            assert b"secret" not in answer.read()
    assert requests.get(f"{server.url}/albums/{album}", timeout=60).json()["version"] == 1


def test_long_bodies_that_never_end_keep_nobody_waiting_but_others_of_their_kind(server: Server) -> None:
    head = (
        b"POST /albums HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    )
    held = [server.connect(head + b"{") for _ in range(LONG_AT_ONCE)]
    assert server.is_ready()
    assert server.post("/albums", {}).status_code == 422
    for connection in held:
        connection.close()
    assert server.post("/albums", {"title": "x" * 100_000}).status_code == 422


def test_kill_leaves_no_half_album(server: Server) -> None:
    user = User(server.post)
    links = [{"viewURL": user.publish(PNG, "image/png")["viewURL"]} for _ in range(3)]
    #: What the album has at each version: an odd one has all pictures, an even one has one.
    contents = {True: ("odd" * 40, links), False: ("even" * 40, links[:1])}
    made = server.post("/albums", {"title": contents[True][0], "pictures": links})
    address, token = f"{server.url}/albums/{made.json['albumId']}", made.json["editToken"]
    edited, stopped = threading.Event(), threading.Event()
    done: list[int] = []

    def edit(editor: str) -> None:
        while not stopped.is_set():
            try:
                version = requests.get(address, timeout=60).json()["version"]
                title, pictures = contents[version % 2 == 0]
                body = {"editToken": token, "version": version, "title": title + editor, "pictures": pictures}
                answer = requests.put(address, json=body, timeout=60)
            except (requests.RequestException, KeyError):
                continue  # It was killed just then.
            if answer.status_code == 200:
                done.append(answer.json()["version"])
                edited.set()

    with ThreadPoolExecutor(2) as pool:
        editors = [pool.submit(edit, name) for name in ("a", "b")]
        for _ in range(5):
            edited.clear()
            assert edited.wait(120)
            for worker in server.workers():
                if "gunicorn" in _command(worker):
                    os.kill(worker, signal.SIGKILL)
            until(server.is_ready)
            album = requests.get(address, timeout=60).json()
            title, pictures = contents[album["version"] % 2 == 1]
            assert album["title"].rstrip("ab") == title
            assert len(album["pictures"]) == len(pictures)
        stopped.set()
        for each in editors:
            each.result()
    # No two were told that the same version is theirs.
    assert len(done) == len(set(done))


def _command(pid: int) -> str:
    """Return how a process was started; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
