"""A picture's page on a real store: from one request, and gone with its picture."""

import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
import requests
from flask import Flask

from app import create_app, memory
from app.pictures import Image
from app.services import services
from app.storage import Upload
from config import ROOT, Config
from tests.conftest import Clock, picture
from tests.contract.conftest import User
from tests.html import HOSTILE, Document
from tests.rigs.server import Server, until

PNG = picture("image/png")
#: https://developer.x.com/cards/overview: a page or a picture that robots.txt forbids gets no card. The others ask no
#: robots.txt, as far as is known.
BOTS = ("Twitterbot", "facebookexternalhit", "Discordbot", "Slackbot-LinkExpanding", "Mastodon", "Googlebot")


def page_of(result: dict[str, Any]) -> str:
    """Return the path of a picture's page."""
    key = re.sub("^.+/(uploads|i)/", "", result["viewURL"])
    return f"/p/{key.replace('.', '-')}"


def test_page_and_oembed_take_one_request(user: User, app: Flask, clock: Clock, asked: list[str]) -> None:
    result = user.publish(PNG, "image/png", filename="été 東京.png", expiresIn="7d")
    asked.clear()
    client = app.test_client()
    page = Document.of(client.get(page_of(result)).text)
    assert page.texts["h1"] == "été 東京.png"
    assert page.metas["og:image"] == result["viewURL"]
    assert (page.metas["og:image:width"], page.metas["og:image:height"]) == ("64", "48")
    assert client.get(page_of(result)).status_code == 200
    answer = client.get("/oembed", query_string={"url": result["viewURL"]})
    assert (answer.json["title"], answer.json["width"], answer.json["height"]) == ("été 東京", 64, 48)
    assert (
        client.get("/oembed", query_string={"url": f"{services(app).config.site_url}{page_of(result)}"}).json
        == answer.json
    )
    assert asked == ["HEAD"]


def test_name_comes_back_from_the_store_as_text(user: User, app: Flask) -> None:
    plain = Document.of(app.test_client().get(page_of(user.publish(PNG, "image/png", filename="a.png"))).text)
    result = user.publish(PNG, "image/png", filename=HOSTILE.replace("/", ""))
    page = Document.of(app.test_client().get(page_of(result)).text)
    assert [(tag, sorted(each)) for tag, each in page.elements] == [(tag, sorted(each)) for tag, each in plain.elements]
    assert page.texts["h1"] == result["filename"]


def test_deleted_picture_has_no_page_on_any_worker_after_the_documented_seconds(
    user: User, app: Flask, store: Config, patience: None, clock: Clock
) -> None:
    # Each worker is an app of its own.
    workers = [app.test_client(), create_app(store).test_client()]
    result = user.publish(PNG, "image/png")
    path = page_of(result)
    for worker in workers:
        assert worker.get(path).status_code == 200
    assert user.delete(result["deleteToken"]).status_code == 204
    clock.now += memory.TTL
    for worker in workers:
        answer = worker.get(path)
        assert (answer.status_code, answer.mimetype) == (410, "text/html")
        assert result["viewURL"] not in answer.text
        embedded = worker.get("/oembed", query_string={"url": result["viewURL"]})
        assert (embedded.status_code, embedded.json["code"]) == (410, "deleted")
    assert memory.TTL == 5
    assert "within 5 seconds" in (ROOT / "docs" / "pages.md").read_text()


def test_caches_keep_a_page_only_as_long_as_the_worker_does(user: User, app: Flask, clock: Clock) -> None:
    path = page_of(user.publish(PNG, "image/png"))
    kept = []
    for seconds in (0, 1.5, 2, 1.4):
        clock.now += seconds
        kept.append(app.test_client().get(path).headers["Cache-Control"])
    assert kept == [f"public, max-age={seconds}, must-revalidate, stale-if-error=0" for seconds in (5, 3, 1, 0)]


@pytest.mark.parametrize("command", ["delete", "block"])
def test_picture_that_the_operator_takes_down_has_no_page(user: User, app: Flask, command: str) -> None:
    result = user.publish(PNG, "image/png")
    # Reports name pages as often as pictures.
    page = f"{services(app).config.site_url}{page_of(result)}"
    done = app.test_cli_runner().invoke(args=["images", command, page])
    assert done.exit_code == 0, done.output
    # What is blocked would cost other tests a request.
    for blocked in services(app).storage.blocklist:
        services(app).storage.blocklist.remove(blocked.key)
    assert app.test_client().get(page_of(result)).status_code == 410
    assert app.test_client().get("/oembed", query_string={"url": page}).status_code == 410


def test_picture_past_its_time_has_no_page_although_the_store_still_has_it(app: Flask, store: Config) -> None:
    upload = Upload.new("image/png", len(PNG), "a.png", expires_in="1d")
    late = Upload(upload.key, "a.png", "image/png", len(PNG), upload.created - 2 * 24 * 60 * 60)
    services(app).storage.put_back(late, Image("image/png", 64, 48), io.BytesIO(PNG))
    page = f"{services(app).config.site_url}/p/{upload.key}"
    answer = app.test_client().get(f"/p/{upload.key}")
    assert answer.status_code == 410
    assert "that day has passed" in answer.text
    assert app.test_client().get("/oembed", query_string={"url": page}).status_code == 410


def test_what_is_not_public_has_no_page(user: User, app: Flask) -> None:
    staged = user.stage(PNG, "image/png")
    answer = app.test_client().get(f"/p/{staged['uploadId']}.png")
    assert answer.status_code == 404
    assert "incoming" not in answer.text


# Served by gunicorn, two workers, behind the edge


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"), WEB_CONCURRENCY="2")
    server.start()
    yield server
    server.end()


def test_two_workers_forget_what_was_deleted(server: Server) -> None:
    user = User(server.post)
    result = user.publish(PNG, "image/png", filename="cat.png")
    page = server.url + page_of(result)
    album = server.post("/albums", {"pictures": [{"viewURL": result["viewURL"]}]}).json
    addresses = (page, f"{server.url}/oembed?url={page}", album["albumURL"])

    def seen() -> list[set[int]]:
        # A connection each, so that they come to both workers.
        return [{requests.get(url, timeout=60).status_code for _ in range(20)} for url in addresses]

    assert seen() == [{200}] * 3
    assert user.delete(result["deleteToken"]).status_code == 204
    until(lambda: seen() == [{410}, {410}, {200}])
    # It is a gap in the album: the page names it, and nothing is there.
    assert requests.get(result["viewURL"], timeout=60).status_code == 404
    assert server.post("/albums/delete", {"editToken": album["editToken"]}).status_code == 204
    until(lambda: seen() == [{410}] * 3)
    # None of them comes to another opinion.
    assert seen() == [{410}] * 3


def test_page_has_the_one_address(server: Server) -> None:
    result = User(server.post).publish(PNG, "image/png", filename="cat.png")
    limits = requests.get(f"{server.url}/uploads/limits", timeout=60).json()
    address = limits["pageURL"].replace("{name}", page_of(result).removeprefix("/p/"))
    assert address == server.url + page_of(result)
    answer = requests.get(address, timeout=60)
    assert answer.status_code == 200
    page = Document.of(answer.text)
    assert page.link("canonical")["href"] == address
    assert "download" in page.all("a")[-2]
    for source in (page.link("stylesheet")["href"], page.all("script")[0]["src"]):
        assert requests.get(f"{server.url}{source}", timeout=60).status_code == 200
    assert requests.head(address, timeout=60).headers["X-Robots-Tag"] == "noindex, noimageindex"
    assert requests.post(address, timeout=60).status_code == 405
    assert requests.get(f"{server.url}/p/x", timeout=60).headers["Content-Type"] == "text/html; charset=utf-8"


def test_page_is_given_whole_whatever_a_client_knows_of_it(server: Server) -> None:
    user = User(server.post)
    link = user.publish(PNG, "image/png")["viewURL"]
    album = server.post("/albums", {"pictures": [{"viewURL": link}]}).json["albumURL"]
    for address in (server.url + page_of({"viewURL": link}), album):
        whole = requests.get(address, timeout=60)
        head = requests.head(address, timeout=60)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(whole.content))
        for headers in (
            {"Range": "bytes=0-9"},
            {"If-None-Match": "*"},
            {"If-Modified-Since": "Fri, 31 Dec 2199 23:59:59 GMT"},
        ):
            answer = requests.get(address, headers=headers, timeout=60)
            assert (answer.status_code, answer.content) == (200, whole.content)
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert requests.request(method, address, timeout=60).status_code == 405


def test_robots_read_that_nothing_is_to_be_listed_and_make_previews(server: Server) -> None:
    result = User(server.post).publish(PNG, "image/png")
    page = server.url + page_of(result)
    robots = RobotFileParser()
    robots.parse(requests.get(f"{server.url}/robots.txt", timeout=60).text.splitlines())
    for bot in BOTS:
        for url in (page, result["viewURL"], f"{server.url}/oembed?url={page}", f"{server.url}/"):
            assert robots.can_fetch(bot, url), (bot, url)
        for path in ("/uploads/init", "/upload", "/api/1/upload", "/clients/sharex.sxcu", "/delete", "/health"):
            assert not robots.can_fetch(bot, server.url + path), (bot, path)
    assert requests.get(result["viewURL"], timeout=60).headers["X-Robots-Tag"] == "noindex"
