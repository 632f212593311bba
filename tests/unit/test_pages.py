"""A picture's page: what it says, what a hostile name does to it, and what is refused unasked."""

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, pages, snippets
from app.pictures import Image
from app.services import services
from app.storage import Upload
from config import ROOT, Config
from tests.html import HOSTILE, Document
from tests.unit.conftest import ORIGIN

UUID = "0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee"
KEY = f"{UUID}.png"


def publish(app: Flask, key: str = KEY, filename: str = "holiday.png", size: tuple[int, int] = (640, 480)) -> str:
    """Put a picture where the public reads it; return the link."""
    upload = Upload(key, filename, "image/png", 7, 1_790_000_000)
    services(app).storage.put_back(upload, Image("image/png", *size), io.BytesIO(b"picture"))
    return services(app).storage.links.public_url(key)


@pytest.fixture
def public(moto_app: Flask) -> FlaskClient:
    publish(moto_app)
    return moto_app.test_client()


def test_page_says_everything(public: FlaskClient) -> None:
    answer = public.get(f"/p/{KEY}")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    document = Document.of(answer.text)
    link = services(public.application).storage.links.public_url(KEY)
    for image in document.all("img"):
        assert image == {"src": link, "width": "640", "height": "480", "alt": "holiday"}
    assert document.texts["h1"] == "holiday.png"
    assert document.texts["title"] == "holiday.png – Image Host"
    assert [text.strip() for text in re.findall(r"<dd>(.+)</dd>", answer.text)] == [
        "640 × 480 pixels",
        "PNG, 7 bytes",
        '<time datetime="2026-09-21T14:13:20+00:00">21 September 2026</time>',
    ]
    assert document.field("link") == link
    assert document.field("page") == f"https://img.test/p/{UUID}-png"
    assert document.field("markdown") == f"![holiday]({link})"
    assert document.field("html") == f'<img src="{link}" width="640" height="480" alt="holiday">'
    assert document.field("bbcode") == f"[img]{link}[/img]"
    assert all("readonly" in field for field in document.all("input"))


@pytest.mark.parametrize("key", [KEY, f"90d/{UUID}.jpg", f"{UUID}.webp"])
def test_address_of_a_page_looks_like_no_pictures(moto_app: Flask, key: str) -> None:
    publish(moto_app, key)
    client = moto_app.test_client()
    plain = client.get(f"/p/{key}").text
    canonical = Document.of(plain).link("canonical")["href"]
    assert canonical == f"https://img.test/p/{key.replace('.', '-')}" == Document.of(plain).metas["og:url"]
    assert client.get(canonical.removeprefix("https://img.test")).text == plain


def test_page_says_until_when_a_picture_stays(moto_app: Flask) -> None:
    app = moto_app
    key = f"7d/{UUID}.png"
    upload = Upload.new("image/png", 7, "holiday.png", expires_in="7d")
    services(app).storage.put_back(
        Upload(key, "a.png", "image/png", 7, upload.created), Image("image/png", 1, 1), io.BytesIO(b"picture")
    )
    page = app.test_client().get(f"/p/{key}").text
    assert "Stays until" in page
    assert f'<time datetime="{upload.expires_at:%Y-%m-%dT%H:%M:%S+00:00}">' in page


def test_page_needs_neither_script_nor_style_of_its_own(public: FlaskClient) -> None:
    answer = public.get(f"/p/{KEY}")
    document = Document.of(answer.text)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>|javascript:", answer.text)
    (script,) = document.all("script")
    for address in (script["src"], document.link("stylesheet")["href"]):
        asset = public.get(address)
        assert asset.status_code == 200
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    weight = len(answer.data) + sum(
        len(public.get(f"/p/assets/{name}").data) for name in (pages.STYLES["picture"].name, pages.SCRIPT.name)
    )
    assert weight <= 30_000
    assert public.get("/p/assets/../../config.py").status_code == 404


def test_page_is_listed_nowhere(public: FlaskClient) -> None:
    for path, status in ((f"/p/{KEY}", 200), (f"/p/{UUID}.gif", 404), ("/p/x", 404)):
        answer = public.get(path)
        assert answer.status_code == status
        assert answer.headers["X-Robots-Tag"] == "noindex, noimageindex"
        assert Document.of(answer.text).metas["robots"] == "noindex, noimageindex"
    assert public.get("/oembed?url=x").headers["X-Robots-Tag"] == "noindex, noimageindex"


def test_name_is_text_everywhere(moto_app: Flask) -> None:
    publish(moto_app, filename="holiday.png")
    plain = Document.of(moto_app.test_client().get(f"/p/{KEY}").text)
    other = f"{UUID[:-1]}0.png"
    link = publish(moto_app, other, filename=HOSTILE)
    page = moto_app.test_client().get(f"/p/{other}").text
    document = Document.of(page)
    # The same elements with the same attributes: the name has added nothing.
    assert [(tag, sorted(each)) for tag, each in document.elements] == [(t, sorted(each)) for t, each in plain.elements]
    stem = HOSTILE.removesuffix(".png").replace("\u202e", " ").strip()
    assert document.texts["h1"] == HOSTILE
    assert document.metas["og:title"] == document.metas["og:image:alt"] == document.all("img")[0]["alt"] == stem
    # What the fields hold is as harmless where it is pasted.
    pasted = Document.of(document.field("html"))
    assert pasted.elements == [("img", {"src": link, "width": "640", "height": "480", "alt": stem})]
    assert "<" not in document.field("markdown")
    assert r"x\](y)\[/img\]" in document.field("markdown")
    assert document.field("bbcode") == f"[img]{link}[/img]"
    answer = moto_app.test_client().get("/oembed", query_string={"url": link})
    assert answer.mimetype == "application/json"
    assert answer.json["title"] == stem


@pytest.mark.parametrize(
    "row", json.loads((ROOT / "tests" / "tables" / "snippets.json").read_text()), ids=lambda row: row["filename"]
)
def test_snippets_are_those_of_the_front_end(row: dict[str, str]) -> None:
    link, name = row["viewURL"], row["filename"]
    assert snippets.markdown(link, name) == row["markdown"]
    assert snippets.markup(link, name, 640, 480) == row["html"]
    assert snippets.bbcode(link) == row["bbcode"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "x",
            "favicon.ico",
            f"{UUID}",
            f"{UUID}.",
            f"{UUID}.PNG",
            f"{UUID.upper()}.png",
            f"{UUID}.png/",
            f"{UUID}--png",
            f"{UUID}-png.png",
        ),
        *(f"7d/7d/{UUID}.png", f"incoming/{UUID}.png", f"uploads/{UUID}.png", f"../{UUID}.png", f"{UUID}.png%00"),
        *(f"12345d/{UUID}.png", f"{UUID}.png%0a", f"%2e%2e/{UUID}.png", f"{UUID}.png\u0661", "assets/x.css"),
    ],
)
def test_what_is_no_key_is_refused_unasked(down: Config, asked: list[str], path: str) -> None:
    assert create_app(down).test_client().get(f"/p/{path}").status_code == 404
    assert asked == []


def test_what_somebody_else_put_there_has_no_page(moto_app: Flask, owner: Any) -> None:
    owner.put_object(Key=f"uploads/{KEY}", Body=b"<script>", ContentType="text/html")
    assert moto_app.test_client().get(f"/p/{KEY}").status_code == 404


def test_page_of_a_store_that_is_down_says_so(down: Config) -> None:
    answer = create_app(down).test_client().get(f"/p/{KEY}")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Try again soon." in answer.text


def test_page_has_a_way_to_report(aws: Config) -> None:
    app = create_app(replace(aws, report_url="https://example.org/report?picture={link}"))
    services(app).upkeep.set_up([ORIGIN])
    link = publish(app)
    document = Document.of(app.test_client().get(f"/p/{KEY}").text)
    assert f"https://example.org/report?picture={link.replace(':', '%3A').replace('/', '%2F')}" in {
        each["href"] for each in document.all("a")
    }


@pytest.mark.parametrize(("path", "status"), [(f"/p/{UUID}.gif", 404), ("/p/x", 404)])
def test_no_cache_keeps_that_there_is_no_picture(public: FlaskClient, path: str, status: int) -> None:
    answer = public.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")


def test_who_asks_by_many_names_fills_no_memory(aws: Config) -> None:
    app = create_app(replace(aws, site_url=None))
    services(app).upkeep.set_up([ORIGIN])
    publish(app)
    client = app.test_client(use_cookies=False)
    for port in range(1, 50):
        page = client.get(f"/p/{KEY}", environ_overrides={"HTTP_HOST": f"localhost:{port}"}).text
        assert Document.of(page).metas["og:url"] == f"http://localhost:{port}/p/{UUID}-png"
    assert len(services(app).catalog.look_up(KEY)[0].drawn) == 1


def test_styles_are_the_front_ends() -> None:
    for name in ("tokens.css", "button.css"):
        assert (ROOT / "frontend/src/ui" / name).resolve() == ROOT / "app/static" / name


# oEmbed


def test_oembed_describes_a_picture_by_its_link_and_by_its_page(public: FlaskClient) -> None:
    link = services(public.application).storage.links.public_url(KEY)
    page = f"https://img.test/p/{KEY}"
    discovered = Document.of(public.get(f"/p/{KEY}").text).link("alternate")
    assert discovered["type"] == "application/json+oembed"
    for url in (link, page, f"https://img.test/p/{UUID}-png?v=2#large", page.replace("https", "http")):
        answer = public.get("/oembed", query_string={"url": url, "format": "json", "referrer": "x"})
        assert answer.status_code == 200
        assert answer.json == public.get(discovered["href"]).json
    assert answer.json == {
        "type": "photo",
        "version": "1.0",
        "title": "holiday",
        "provider_name": "Image Host",
        "provider_url": "https://img.test",
        "cache_age": 5,
        "url": link,
        "width": 640,
        "height": 480,
    }


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({"maxwidth": 320}, [320, 240]),
        ({"maxheight": 48}, [64, 48]),
        ({"maxwidth": 100, "maxheight": 10}, [13, 10]),
        ({"maxwidth": 1}, [1, 1]),
        ({"maxwidth": 5000, "maxheight": 5000}, [640, 480]),
    ],
)
def test_oembed_obeys_the_limits(public: FlaskClient, limits: dict[str, int], size: list[int]) -> None:
    answer = public.get("/oembed", query_string={"url": f"https://img.test/p/{KEY}", **limits})
    assert [answer.json["width"], answer.json["height"]] == size


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.test/p/{KEY}",
        f"https://img.test.evil.test/p/{KEY}",
        f"https://img.test@evil.test/p/{KEY}",
        f"https://img.test/q/{KEY}",
        f"https://img.test/p/{UUID}",
        f"https://img.test/p/../p/{KEY}",
        f"//img.test/p/{KEY}",
        KEY,
        f"uploads/{KEY}",
        "https://img.test/",
        "javascript://img.test/",
        "http://[",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8333/",
        "file:///etc/passwd",
        f"https://img.test:1/p/{KEY}",
        f"https://img.test/p/{KEY}\r\nX: y",
        f"https://img.test/p/%2e%2e/{KEY}",
    ],
)
def test_oembed_knows_no_other_address(down: Config, asked: list[str], url: str) -> None:
    answer = create_app(down).test_client().get("/oembed", query_string={"url": url})
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert asked == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({}, 422, "url"),
        ({"url": ""}, 422, "url"),
        ({"url": "x" * 2049}, 422, "url"),
        ({"url": "x", "maxwidth": 0}, 422, "maxwidth"),
        ({"url": "x", "maxheight": "wide"}, 422, "maxheight"),
        ({"url": "x", "format": "xml"}, 501, None),
    ],
)
def test_oembed_says_what_is_wrong(client: FlaskClient, query: dict[str, Any], status: int, field: str | None) -> None:
    answer = client.get("/oembed", query_string=query)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert field is None or [each["field"] for each in answer.json["errors"]] == [field]


def test_server_without_an_address_of_its_own_knows_its_pages(aws: Config) -> None:
    app = create_app(replace(aws, site_url=None))
    services(app).upkeep.set_up([ORIGIN])
    publish(app)
    client = app.test_client()
    page = Document.of(client.get(f"/p/{KEY}").text).link("canonical")["href"]
    assert page == f"http://localhost/p/{UUID}-png"
    assert client.get("/oembed", query_string={"url": page}).status_code == 200


def test_commands_take_the_address_of_a_page(moto_app: Flask) -> None:
    for name in (KEY, f"{UUID}-png"):
        assert services(moto_app).storage.links.find_key(f"https://img.test/p/7d/{name}") == f"7d/{KEY}"


def test_pictures_with_a_host_of_their_own_are_shown_and_opened_there(aws: Config) -> None:
    app = create_app(replace(aws, public_base_url="https://pictures.test/i"))
    services(app).upkeep.set_up([ORIGIN])
    publish(app)
    answer = app.test_client().get(f"/p/{KEY}")
    document = Document.of(answer.text)
    assert document.all("img")[0]["src"] == f"https://pictures.test/i/{KEY}"
    assert (
        "img-src 'self' blob: https://images.s3.eu-central-1.amazonaws.com https://pictures.test;"
        in (answer.headers["Content-Security-Policy"])
    )
    # Browsers would not save it, but show it.
    assert not any("download" in each for each in document.all("a"))
    assert f"https://pictures.test/i/{KEY}" in {each["href"] for each in document.all("a")}
