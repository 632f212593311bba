"""Albums as they are kept, named and drawn, and what is refused of them before any store is asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app import albums, create_app, gallery, pages
from app.services import services
from app.storage import MAX_PICTURES, Album, Shown, find_album, safe_text
from config import Config, hash_token
from tests.html import HOSTILE, Document

ID = "9f0c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11"
KEY = f"{ID}.png"
LINK = f"https://s3.test/images/uploads/{KEY}"
SHOWN = Shown(KEY, "A caption", "cat.png", 12_345, 640, 480)
TOKEN = "an access token, long enough"


# How an album is kept


text = st.text(st.characters(codec="utf-8"), max_size=50)
shown = st.builds(
    Shown,
    key=st.just(KEY),
    caption=text,
    filename=text,
    size=st.integers(1, 2**39),
    width=st.integers(1, 2**31),
    height=st.integers(1, 2**31),
)


@given(
    st.builds(
        Album,
        id=st.just(ID),
        title=text,
        cover=st.just(KEY),
        pictures=st.lists(shown, min_size=1, max_size=5).map(tuple),
        created=st.integers(0, 2**35),
        version=st.integers(1, 2**31),
    )
)
def test_album_comes_back_as_it_was_kept(album: Album) -> None:
    assert Album.from_json(ID, album.to_json()) == album


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"5",
        b'{"pictures": 5}',
        b'{"pictures": [{}]}',
        b"\xff",
        b'{"pictures": [], "more": 1}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_album_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no album"):
        Album.from_json(ID, data)


@pytest.mark.parametrize(("expiry", "days"), [("1d", 1), ("7d", 7), ("30d", 30)])
def test_album_expires_when_its_editor_was_told_however_often_it_is_edited(expiry: str, days: int) -> None:
    album = Album.new("", KEY, (SHOWN,), expiry)
    assert album.id.startswith(f"{expiry}-")
    due = datetime.fromtimestamp(album.created, UTC) + timedelta(days)
    assert album.expires_at == due
    assert (album.is_expired(due - timedelta(seconds=1)), album.is_expired(due)) == (False, True)


def test_album_without_an_expiry_stays() -> None:
    album = Album.new("", KEY, (SHOWN,))
    assert (album.expires_at, album.is_expired(datetime(9999, 1, 1, tzinfo=UTC))) == (None, False)


@pytest.mark.parametrize("album", [ID, f"7d-{ID}"])
@pytest.mark.parametrize("form", ["/a/{}", "https://img.test/a/{}", "http://img.test:8000/x/a/{}?a=b#c"])
def test_album_is_found_in_its_link(form: str, album: str) -> None:
    assert find_album(form.format(album)) == album


@pytest.mark.parametrize(
    "form", ["", KEY, ID, f"https://img.test/i/{KEY}", f"/a/{ID}/b", f"/b/{ID}", f"/a/{ID}x", f"/a/{ID}\n"]
)
def test_nothing_else_is_an_album(form: str) -> None:
    assert find_album(form) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  A title\r\n", "A title"),
        ("a\0b\x1bc\u2028d", "abcd"),
        ("holiday\u202egpj.exe", "holidaygpj.exe"),
        ("\u2067x\u2069", "x"),
        ("\ud800", ""),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
    ],
)
def test_title_is_text_on_one_line(given: str, kept: str) -> None:
    assert safe_text(given) == kept


def test_caption_may_have_lines() -> None:
    assert safe_text("a\r\nb\n", lines=True) == "a\nb"


# What is refused


def refused(client: FlaskClient, **fields: Any) -> dict[str, str]:
    answer = client.post("/albums", json={"pictures": [{"key": KEY}], **fields})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request"), answer.text
    return {row["field"]: row["message"] for row in answer.json["errors"]}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"pictures": []}, "pictures"),
        ({"pictures": [{"key": KEY}] * (MAX_PICTURES + 1)}, "pictures"),
        ({"pictures": [{"key": KEY}, {"key": KEY}]}, "pictures.1"),
        ({"pictures": [{"key": KEY}, {"viewURL": LINK}]}, "pictures.1"),
        ({"pictures": [{"key": KEY, "caption": "x" * 501}]}, "pictures.0.caption"),
        ({"pictures": [{"key": KEY, "viewURL": LINK}]}, "pictures.0"),
        ({"pictures": [{}]}, "pictures.0"),
        ({"pictures": [{"key": KEY, "onclick": "x"}]}, "pictures.0.onclick"),
        ({"pictures": [KEY]}, "pictures.0"),
        ({"cover": "x"}, "cover"),
        ({"cover": f"https://s3.test/images/uploads/7d/{KEY}"}, "cover"),
        ({"expiresIn": "2d"}, "expiresIn"),
        ({"more": 1}, "more"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_field_is_named(client: FlaskClient, fields: dict[str, Any], field: str) -> None:
    assert field in refused(client, **fields)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/a.png",
        f"https://evil.test/uploads/{KEY}",
        f"https://s3.test.evil.test/images/uploads/{KEY}",
        f"https://s3.test@evil.test/images/uploads/{KEY}",
        f"https://s3.test/images/incoming/{KEY}",
        f"https://s3.test/images/uploads/../incoming/{KEY}",
        f"javascript:alert(1)//{KEY}",
        f"//evil.test/{KEY}",
        f"data:image/png;base64,{KEY}",
        'https://s3.test/images/uploads/"><script>',
    ],
)
@pytest.mark.parametrize("name", ["viewURL", "key"])
def test_foreign_link_comes_into_no_album(client: FlaskClient, name: str, link: str) -> None:
    assert f"pictures.0.{name}" in refused(client, pictures=[{name: link}])
    assert "cover" in refused(client, cover=link)


def test_too_many_are_refused_before_each_is_looked_at(client: FlaskClient) -> None:
    # Each {} would be an error of its own.
    body = json.dumps({"pictures": [{}] * 250_000})
    answer = client.post("/albums", data=body, content_type="application/json")
    assert answer.json["errors"] == [{"field": "pictures", "message": f"Must be at most {MAX_PICTURES}."}]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_body_has_room_for_five_hundred_captions_and_no_more(client: FlaskClient, method: str) -> None:
    pictures = [{"key": f"30d/{ID}.avif", "caption": "😀" * 500}] * MAX_PICTURES
    body = json.dumps({"title": "😀" * 200, "pictures": pictures}, ensure_ascii=False, separators=(",", ":")).encode()
    ask = partial(client.open, method=method, content_type="application/json")
    path = "/albums" if method == "POST" else f"/albums/{ID}"
    assert ask(path, data=body).status_code == 422
    answer = ask(path, data=body.ljust(albums.MAX_BYTES + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


def test_private_instance_lets_nobody_make_albums_without_a_token(down: Config) -> None:
    client = create_app(replace(down, upload_tokens=[hash_token(TOKEN)])).test_client()
    body = {"pictures": [{"key": KEY}]}
    for headers in ({}, {"Authorization": "Bearer another token, long"}):
        answer = client.post("/albums", json=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "access_token_required")
    # Only then is the store asked.
    assert client.post("/albums", json=body, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 503


@pytest.mark.parametrize("path", ["/albums", "/albums/delete"])
def test_calls_are_limited(configure: Callable[..., Config], path: str) -> None:
    client = create_app(configure(rate_limit="2 per minute")).test_client()
    assert [client.post(path, json={}).status_code for _ in range(3)] == [422, 422, 429]


def test_nobody_edits_or_deletes_without_the_albums_own_token(client: FlaskClient) -> None:
    tokens = services(client.application).tokens
    foreign = ["x", tokens.sign_delete(KEY), tokens.sign_delete(ID), tokens.sign_edit(f"7d-{ID}")]
    for token in foreign:
        body = {"editToken": token, "version": 1, "pictures": [{"key": KEY}]}
        answer = client.put(f"/albums/{ID}", json=body)
        assert (answer.status_code, answer.json["code"]) == (403, "invalid_token"), token
    for token in foreign[:-1]:
        assert client.post("/albums/delete", json={"editToken": token}).status_code == 403


def test_nobody_lists_albums(client: FlaskClient) -> None:
    assert client.get("/albums").status_code == 405
    assert client.get("/a/").status_code == 404


@pytest.mark.parametrize("name", ["x", "..", "7d", f"{ID}.json", f"7d-7d-{ID}", f"7d%2f{ID}", ID.upper(), f"{ID}%00"])
def test_name_that_is_no_albums_asks_no_store(client: FlaskClient, asked: list[str], name: str) -> None:
    assert client.get(f"/a/{name}").status_code == 404
    assert client.get(f"/albums/{name}").status_code == 404
    assert asked == []


# How it is drawn


def drawn(client: FlaskClient, album: Album) -> Document:
    with client.application.test_request_context(base_url="https://img.test"):
        return Document.of(gallery._draw(album).decode())


def test_title_caption_and_name_are_text_everywhere(client: FlaskClient) -> None:
    plain, page = (
        drawn(client, Album(ID, text, KEY, (Shown(KEY, text, text, 1, 2, 3),), 0)) for text in ("plain", HOSTILE)
    )
    # The same elements with the same attributes: the text has added nothing.
    assert [(tag, sorted(each)) for tag, each in page.elements] == [(t, sorted(each)) for t, each in plain.elements]
    assert page.texts["h1"] == page.texts["figcaption"] == page.metas["og:title"] == HOSTILE
    assert page.texts["title"].startswith(HOSTILE)
    assert [each["alt"] for each in page.all("img")] == [HOSTILE]


def test_preview_has_four_pictures_and_the_cover_first(client: FlaskClient) -> None:
    pictures = tuple(Shown(f"{place}{KEY[1:]}", "", "a.png", 1, 640 + place, 480) for place in range(6))
    page = drawn(client, Album(ID, "", pictures[2].key, pictures, 0))
    said = [(each["property"], each["content"]) for each in page.all("meta") if "property" in each]
    base = LINK.removesuffix(KEY)
    shown = (2, 0, 1, 3)
    assert [value for name, value in said if name == "og:image"] == [f"{base}{pictures[place].key}" for place in shown]
    # Each width stands behind its own picture.
    assert [value for name, value in said if name == "og:image:width"] == [f"{640 + place}" for place in shown]
    assert page.link("canonical")["href"] == page.metas["og:url"] == f"https://img.test/a/{ID}"
    assert page.metas["robots"].startswith("noindex")
    assert page.metas["twitter:card"] == "summary_large_image"
    assert sum(each.get("loading") == "lazy" for each in page.all("img")) == 6


def test_page_of_one_screen_is_light(client: FlaskClient) -> None:
    pictures = tuple(Shown(f"{place:08x}{KEY[8:]}", "A caption", "a.png", 1, 640, 480) for place in range(40))
    with client.application.test_request_context(base_url="https://img.test"):
        drawn = gallery._draw(Album(ID, "", pictures[0].key, pictures, 0))
    # The script is built elsewhere: tests/e2e/test_album.py has it all.
    assert len(drawn) + len(pages.STYLES["album"].content) < 30_000


def test_store_that_is_down_is_said_to_people_and_to_the_operator(
    down: Config, caplog: pytest.LogCaptureFixture
) -> None:
    answer = create_app(down).test_client().get(f"/a/{ID}")
    assert (answer.status_code, answer.headers["Retry-After"], answer.mimetype) == (503, "5", "text/html")
    assert "The store fails us" in caplog.text


def test_page_loads_pictures_and_what_is_the_servers(client: FlaskClient) -> None:
    answer = client.get("/a/x")
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["img-src"] == "'self' blob: https://s3.test"
    assert policy["connect-src"] == "'self' https://s3.test"
    assert answer.headers["X-Robots-Tag"] == "noindex, noimageindex"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
