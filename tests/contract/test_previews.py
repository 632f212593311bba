"""Previews of links: what programs of others read of a picture's page, and what their makers document."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from config import ROOT
from tests.conftest import picture
from tests.contract.conftest import User
from tests.html import Document
from tests.rigs.server import Server

PARSERS = ROOT / "tests" / "previews"
NODE = shutil.which("node")
NAME = "été 東京 \"><script>alert('1')</script> & co.jpg"
TITLE = "script> & co"
DISCORD = "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"


def page_of(link: str) -> str:
    head, _, extension = link.replace("/i/", "/p/").rpartition(".")
    return f"{head}-{extension}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"))
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def published(server: Server) -> dict[str, Any]:
    """Publish a photograph; return what the API says of it, and its page."""
    result = User(server.post).publish(picture("image/jpeg", (1600, 900)), "image/jpeg", filename=NAME)
    return {**result, "page": page_of(result["viewURL"])}


@pytest.mark.skipif(NODE is None or not (PARSERS / "node_modules").is_dir(), reason="not installed: make test")
def test_parsers_of_others_find_the_picture(published: dict[str, Any]) -> None:
    done = subprocess.run(
        [str(NODE), "read.mjs", published["page"]],
        cwd=PARSERS,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    graph, embed = found["openGraph"], found["oembed"]
    assert graph["ogTitle"] == embed["title"] == TITLE
    (image,) = graph["ogImage"]
    assert image == {
        "url": published["viewURL"],
        "type": "image/jpeg",
        "width": "1600",
        "height": "900",
        "alt": TITLE,
    }
    assert graph["ogUrl"] == published["page"]
    assert graph["ogSiteName"] == embed["provider_name"] == "Image Host"
    assert graph["twitterCard"] == "summary_large_image"
    assert (embed["type"], embed["version"], embed["url"]) == ("photo", "1.0", published["viewURL"])
    assert (embed["width"], embed["height"]) == (1600, 900)


def test_discord_shows_a_large_picture(published: dict[str, Any]) -> None:
    """Its rules: https://docs.discord.com/developers/link-previews/overview."""
    answer = requests.get(published["page"], headers={"User-Agent": DISCORD}, timeout=60)
    # One GET, without a redirect, of a page that is no download.
    assert (answer.status_code, answer.history) == (200, [])
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Content-Disposition" not in answer.headers
    page = Document.of(answer.text)
    named = [each.get("name") or each.get("property") for each in page.all("meta")]
    # The sizes belong to the last picture above them. Two pictures would be a gallery.
    at = named.index("og:image")
    assert named[at : at + 5] == [
        "og:image",
        "og:image:type",
        "og:image:width",
        "og:image:height",
        "og:image:alt",
    ]
    assert named.count("og:image") + named.count("twitter:image") == 1
    metas = page.metas
    assert metas["og:image:type"] in {"image/png", "image/gif", "image/jpeg", "image/webp", "image/avif"}
    assert metas["twitter:card"] == "summary_large_image"
    # As `rich`, the text would be taken for Markdown.
    assert metas["og:type"] == "website"
    assert len(metas["theme-color"]) == len("#RRGGBB")
    # With more, there is no preview at all.
    assert len(metas["og:site_name"]) <= 256
    assert len(metas["og:image:alt"]) <= 4096
    assert all(len(url) <= 2048 for url in (metas["og:url"], metas["og:image"]))
    # JSON only, by the first link of this type.
    embed = requests.get(page.link("alternate")["href"], headers={"User-Agent": "Discordbot/2.0"}, timeout=60)
    assert page.link("alternate")["type"] == "application/json+oembed"
    assert embed.json()["provider_name"] == metas["og:site_name"]


def test_name_as_long_as_a_name_may_be_costs_no_preview(server: Server) -> None:
    result = User(server.post).publish(picture("image/png"), "image/png", filename="é" * 255)
    metas = Document.of(requests.get(page_of(result["viewURL"]), timeout=60).text).metas
    assert len(metas["og:image:alt"]) <= 4096
    assert all(len(url) <= 2048 for url in (metas["og:url"], metas["og:image"]))


def test_mastodon_makes_a_card_of_the_photo(published: dict[str, Any]) -> None:
    """As mastodon/mastodon, app/services/fetch_link_card_service.rb and fetch_oembed_service.rb."""
    answer = requests.get(published["page"], headers={"User-Agent": "Mastodon/4.4", "Accept": "text/html"}, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    # It reads 1 MiB at most.
    assert len(answer.content) < 1024**2
    page = Document.of(answer.text)
    endpoint = next(each["href"] for each in page.all("link") if each.get("type") == "application/json+oembed")
    # It keeps the endpoint for the whole site, with {url} in place of a parameter that begins with http.
    before, _, quoted = endpoint.partition("url=")
    assert quoted.startswith("http%3A%2F%2F")
    for url in (endpoint, f"{before}url={quote(published['viewURL'], safe='')}&format=json"):
        embed = requests.get(url, timeout=60)
        assert embed.status_code == 200
        card = embed.json()
        assert (card["version"], card["type"]) == ("1.0", "photo")
        assert card["title"]
        assert requests.get(card["url"], timeout=60).headers["Content-Type"] == "image/jpeg"
        assert card["width"] > 0
        assert card["height"] > 0
    # Without oEmbed, it takes OpenGraph: a title, and a picture.
    assert page.metas["og:title"]
    assert page.metas["og:image"] == published["viewURL"]
