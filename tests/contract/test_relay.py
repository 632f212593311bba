"""Pictures that come in one request, in the forms that programs speak, on a real store."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as Pillow

from app import create_app
from app.form import FRAME_BYTES, MAX_PICTURES
from app.services import services
from config import Config, hash_token
from tests.conftest import FORMATS, picture
from tests.contract.conftest import ORIGIN, User, informed, store_port
from tests.contract.test_location import positioned
from tests.contract.test_uploads import bomb
from tests.rigs.faults import Proxy, lost, reset

PNG = picture("image/png")
TOKEN = "an access token, long enough"
PATHS = ["/uploads", "/", "/upload", "/api/1/upload"]
Files = list[tuple[str, bytes, str]]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(client: FlaskClient, path: str = "/uploads", files: Files | None = None, **fields: Any) -> Any:
    """Send a form; `files` are fields, bytes and names."""
    headers = fields.pop("headers", None)
    files = [("file", PNG, "a.png")] if files is None else files
    data: dict[str, Any] = {**fields}
    for field, content, name in files:
        data.setdefault(field, []).append((io.BytesIO(content), name))
    return client.post(path, data=data, headers=headers, content_type="multipart/form-data")


def names(owner: Any, prefix: str) -> set[str]:
    return {item.key for item in owner.objects.filter(Prefix=prefix)}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    assert answer.json["code"] == code
    return dict(answer.json)


# What is published


@pytest.mark.parametrize("content_type", FORMATS)
def test_picture_is_published_as_any_other(client: FlaskClient, user: User, content_type: str) -> None:
    data = picture(content_type)
    answer = send(client, files=[("file", data, "été 東京.png")], expiresIn="7d", keep="metadata")
    assert (answer.status_code, answer.content_type) == (201, "application/json")
    other = user.publish(data, content_type, filename="été 東京.png", expiresIn="7d")
    assert answer.json.keys() == other.keys()
    alike = ("filename", "contentType", "size", "width", "height")
    assert {name: answer.json[name] for name in alike} == {name: other[name] for name in alike}
    seen, expected = (requests.get(each["viewURL"], timeout=60) for each in (answer.json, other))
    assert seen.content == expected.content == data
    volatile = {"Date", "Last-Modified", "Expires", "ETag", "X-Amz-Request-Id"}
    assert {**seen.headers, **dict.fromkeys(volatile)} == {**expected.headers, **dict.fromkeys(volatile)}
    assert user.delete(answer.json["deleteToken"]).status_code == 204
    assert requests.get(answer.json["viewURL"], timeout=60).status_code == 404


@pytest.mark.parametrize("declared", ["image/png", "image/jpg", "image/webp", "application/octet-stream", None])
@pytest.mark.parametrize("content_type", ["image/jpeg", "image/gif"])
def test_bytes_decide_what_a_picture_is(client: FlaskClient, declared: str | None, content_type: str) -> None:
    data = picture(content_type)
    for answer in (
        client.post("/uploads?filename=a.png&keep=metadata", data=data, content_type=declared),
        client.post("/uploads", data={"file": (io.BytesIO(data), "a.png", declared)}),
    ):
        assert (answer.status_code, answer.json["contentType"]) == (201, content_type)
        assert answer.json["filename"] == f"a.{content_type[6:].replace('jpeg', 'jpg')}"


def test_raw_body_without_a_name_is_called_after_its_key(client: FlaskClient) -> None:
    answer = client.post("/uploads", data=PNG, content_type="image/png")
    assert answer.json["filename"] == f"{answer.json['uploadId']}.png"


def test_several_pictures_are_answered_in_their_order(client: FlaskClient) -> None:
    files = [("files", picture("image/png", (10 + number, 9)), f"{number}.png") for number in range(MAX_PICTURES)]
    answer = send(client, files=files)
    assert answer.status_code == 201
    assert [(each["filename"], each["width"]) for each in answer.json["uploads"]] == [
        (f"{number}.png", 10 + number) for number in range(MAX_PICTURES)
    ]


def test_metadata_is_removed_unless_it_is_asked_for(client: FlaskClient) -> None:
    data = picture("image/jpeg", exif=positioned(), comment=b"a comment")
    for options, kept in ({}, False), ({"keep": "metadata"}, True):
        for answer in (
            send(client, files=[("file", data, "a.jpg")], **options),
            client.post("/uploads", query_string=options, data=data, content_type="image/jpeg"),
        ):
            shown = requests.get(answer.json["viewURL"], timeout=60).content
            assert (shown == data) is kept
            assert (b"a comment" in shown) is kept
            assert len(shown) == answer.json["size"]
            stripped = Pillow.open(io.BytesIO(shown))
            assert stripped.tobytes() == Pillow.open(io.BytesIO(data)).tobytes()


def test_picture_that_is_kept_with_its_position_is_refused_where_none_may_be(store: Config, patience: None) -> None:
    client = informed(create_app(replace(store, reject_location=True))).test_client()
    files = [("file", picture("image/jpeg", exif=positioned()), "a.jpg")]
    problem(send(client, files=files, keep="metadata"), 422, "location_found")
    assert send(client, files=files).status_code == 201


@pytest.mark.parametrize(
    ("accept", "is_text"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("text/plain, */*", False),
        ("text/html, */*;q=0.8", False),
        ("text/plain", True),
        ("text/plain, application/json;q=0.9", True),
        ("text/*", True),
    ],
)
def test_links_alone_are_for_those_who_prefer_text(client: FlaskClient, accept: str | None, is_text: bool) -> None:
    answer = send(client, files=[("file", PNG, "a.png")] * 2, headers={"Accept": accept} if accept else {})
    assert answer.status_code == 201
    if is_text:
        assert answer.mimetype == "text/plain"
        assert [requests.get(link, timeout=60).content for link in answer.text.splitlines()] == [PNG] * 2
    else:
        assert len(answer.json["uploads"]) == 2


def test_store_is_told_the_digest_and_asked_no_more_than_by_complete(client: FlaskClient, asked: list[str]) -> None:
    assert send(client).status_code == 201
    assert asked == ["PUT", "GET", "PUT", "HEAD"]


# The forms of other programs, as their sources speak


def test_picgo_is_answered_as_by_its_server(client: FlaskClient) -> None:
    # Obsidian's image-auto-upload: anything but 200 is a failure.
    answer = send(client, "/upload", [("list", PNG, "Pasted image.png"), ("list", PNG, "b.png")])
    assert answer.status_code == 200
    assert answer.json["success"] is True
    assert [requests.get(link, timeout=60).content for link in answer.json["result"]] == [PNG] * 2
    refused = problem(send(client, "/upload", [("list", b"<html>", "a.png")]), 422, "not_an_image")
    assert refused["success"] is False
    assert refused["message"] == refused["detail"]
    # What its own server does with paths of its own machine, nobody else can.
    told = problem(client.post("/upload", json={"list": ["/etc/passwd"]}), 415, "unsupported_media_type")
    assert told["success"] is False


def test_chevereto_is_answered_as_by_its_api(client: FlaskClient) -> None:
    files = [("source", PNG, "cat.png")]
    answer = send(client, "/api/1/upload", files, key="whatever", format="json", title="of its own")
    assert answer.status_code == 200
    assert (answer.json["status_code"], answer.json["status_txt"]) == (200, "OK")
    image = answer.json["image"]
    assert (image["name"], image["extension"], image["mime"]) == ("cat", "png", "image/png")
    assert (image["width"], image["height"], image["size"]) == (64, 48, len(PNG))
    assert requests.get(image["url"], timeout=60).content == PNG
    text = send(client, "/api/1/upload", files, format="txt")
    assert (text.status_code, text.mimetype) == (200, "text/plain")
    assert requests.get(text.text, timeout=60).content == PNG
    led = send(client, "/api/1/upload", files, format="redirect")
    assert led.status_code == 303
    assert requests.get(led.headers["Location"], timeout=60).content == PNG
    refused = problem(send(client, "/api/1/upload", [("source", b"<html>", "a.png")]), 422, "not_an_image")
    assert (refused["status_code"], refused["status_txt"]) == (422, "Unprocessable Entity")
    assert refused["error"] == {"message": refused["detail"], "code": 422}
    problem(send(client, "/api/1/upload", files * 2), 422, "invalid_request")
    problem(send(client, "/api/1/upload", files, format="xml"), 422, "invalid_request")


def test_curl_gets_the_link_alone(client: FlaskClient) -> None:
    answer = send(client, "/", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.mimetype) == (201, "text/plain")
    assert answer.text.endswith(".png\n")
    assert requests.get(answer.text.strip(), timeout=60).content == PNG


# Who may


@pytest.fixture
def private(store: Config, patience: None) -> FlaskClient:
    return informed(create_app(replace(store, upload_tokens=[hash_token(TOKEN)]))).test_client()


def basic(password: str, user: str = "me") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


ADMITTED: dict[str, dict[str, Any]] = {
    "bearer": {"headers": {"Authorization": f"Bearer {TOKEN}"}},
    "basic": {"headers": basic(TOKEN)},
    "field": {"key": TOKEN},
    "header and another field": {"headers": basic(TOKEN), "key": "of another program"},
}
REFUSED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "empty field": {"key": ""},
    "another field": {"key": TOKEN[:-1]},
    "another bearer": {"headers": {"Authorization": f"Bearer {TOKEN}x"}},
    "another bearer, and the field": {"headers": {"Authorization": "Bearer x"}, "key": TOKEN},
    "user for password": {"headers": basic("x", TOKEN)},
    "basic that is none": {"headers": {"Authorization": f"Basic {TOKEN}"}},
    "basic that is no text": {"headers": {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}},
    "another scheme": {"headers": {"Authorization": f"Digest {TOKEN}"}},
    "another scheme, and the field": {"headers": {"Authorization": f"Token {TOKEN}"}, "key": TOKEN},
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", ADMITTED)
def test_private_instance_takes_the_token_in_each_way(private: FlaskClient, path: str, way: str) -> None:
    assert send(private, path, **ADMITTED[way]).status_code in (200, 201)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", REFUSED)
def test_private_instance_takes_nothing_from_strangers(private: FlaskClient, owner: Any, path: str, way: str) -> None:
    before = names(owner, "")
    answer = send(private, path, **REFUSED[way])
    problem(answer, 401, "access_token_required")
    assert TOKEN not in answer.text
    assert names(owner, "") == before


def test_token_in_a_path_or_a_query_or_behind_the_file_is_none(private: FlaskClient) -> None:
    problem(send(private, f"/upload?key={TOKEN}&secret={TOKEN}"), 401, "access_token_required")
    problem(send(private, f"/uploads?key={TOKEN}"), 401, "access_token_required")
    parts = [("file", ("a.png", PNG)), ("key", (None, TOKEN))]
    prepared = requests.Request("POST", "http://localhost/uploads", files=parts).prepare()
    answer = private.post("/uploads", data=prepared.body, content_type=prepared.headers["Content-Type"])
    problem(answer, 401, "access_token_required")


FOREIGN = [
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {"Origin": "http://evil.test", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": f"{ORIGIN}.evil.test", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", FOREIGN)
def test_page_of_another_site_sends_nothing(
    client: FlaskClient, owner: Any, path: str, headers: dict[str, str]
) -> None:
    before = names(owner, "")
    problem(send(client, path, headers=headers), 403, "foreign_page")
    problem(client.post(path, data=PNG, content_type="", headers=headers), 403, "foreign_page")
    assert names(owner, "") == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_program_and_page_of_ours_may_send(client: FlaskClient, headers: dict[str, str]) -> None:
    assert send(client, headers=headers).status_code == 201


# What is refused


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<!doctype html><script>alert(1)</script>", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (PNG[:20], "not_an_image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not_an_image"),
        (picture("image/jpeg")[:-400], "not_an_image"),
        (b"\0" * 1000, "not_an_image"),
        (bomb(), "too_many_pixels"),
    ],
    ids=["html", "svg", "cut", "zeros in a png", "half a jpeg", "zeros", "bomb"],
)
def test_what_is_no_picture_is_refused_and_never_public(
    client: FlaskClient, owner: Any, path: str, data: bytes, code: str
) -> None:
    before = names(owner, "")
    problem(send(client, path, [("file", data, "a.png")]), 422, code)
    assert names(owner, "") == before


def test_one_refusal_takes_the_others_back(client: FlaskClient, owner: Any) -> None:
    before = names(owner, "uploads/")
    bad = bomb()
    for refused, code in ((b"<html>", "not_an_image"), (bad, "too_many_pixels")):
        files = [("file", PNG, "good.png"), ("file", refused, "bad one.png"), ("file", PNG, "other.png")]
        told = problem(send(client, files=files), 422, code)
        assert told["detail"].startswith("bad one.png: ")
    assert names(owner, "uploads/") == before


@pytest.mark.parametrize("path", ["/uploads", "/"])
@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"expiresIn": "2d"}, "expiresIn"),
        ({"expiresIn": ""}, "expiresIn"),
        ({"expiresin": "1d"}, "expiresin"),
        ({"keep": "everything"}, "keep"),
        ({"title": "x"}, "title"),
        ({"other": "x"}, "other"),
    ],
)
def test_wrong_option_is_named(client: FlaskClient, owner: Any, path: str, options: dict[str, Any], field: str) -> None:
    before = names(owner, "")
    asked = client.post(path, query_string=options, data=PNG, content_type="image/png")
    for answer in (send(client, path, **options), asked):
        told = problem(answer, 422, "invalid_request")
        assert [row["field"] for row in told["errors"]] == [field]
    assert names(owner, "") == before


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", "x"])
def test_other_bodies_are_told_what_to_send(client: FlaskClient, path: str, content_type: str) -> None:
    told = problem(client.post(path, data=PNG, content_type=content_type), 415, "unsupported_media_type")
    assert "multipart/form-data" in told["detail"]


@pytest.fixture
def small(store: Config, patience: None) -> FlaskClient:
    return informed(create_app(replace(store, max_upload_bytes=len(PNG)))).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_pictures_over_the_limit_are_refused(small: FlaskClient, owner: Any, path: str) -> None:
    assert send(small, path).status_code in (200, 201)
    before = names(owner, "")
    for answer in (
        send(small, path, [("file", PNG + b"x", "a.png")]),
        small.post(path, data=PNG + b"x", content_type="image/png"),
        send(small, path, [("file", b"x" * (len(PNG) + FRAME_BYTES), "a.png")]),
    ):
        assert str(len(PNG)) in problem(answer, 413, "body_too_large")["detail"]
    assert names(owner, "") == before


def test_length_that_is_too_much_is_refused_before_anything_is_read(client: FlaskClient) -> None:
    class Untouched(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read")

        readinto = read  # type: ignore[assignment]

    for content_type in ("image/png", "multipart/form-data; boundary=b"):
        answer = client.post(
            "/uploads",
            input_stream=Untouched(),
            content_type=content_type,
            environ_overrides={"CONTENT_LENGTH": str(10**9)},
        )
        assert str(25 * 1024**2) in problem(answer, 413, "body_too_large")["detail"]


# The paths themselves


def test_relay_can_be_turned_off(store: Config, patience: None) -> None:
    client = informed(create_app(replace(store, relay_uploads=False))).test_client()
    assert client.get("/uploads/limits").json["relaysUploads"] is False
    for path in PATHS:
        problem(send(client, path), 404, "not_found")
    assert not {*PATHS} & client.get("/openapi.json").json["paths"].keys()


def test_rate_limit_counts_each_picture(store: Config, patience: None) -> None:
    client = informed(create_app(replace(store, rate_limit="4 per hour"))).test_client()
    assert send(client, files=[("file", PNG, "a.png")] * 3).status_code == 201
    # Every form counts as the same call.
    assert send(client, "/upload").status_code == 200
    answer = send(client, "/")
    problem(answer, 429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0


def test_picture_over_the_rate_is_refused_with_all_that_came_along(store: Config, patience: None, owner: Any) -> None:
    client = informed(create_app(replace(store, rate_limit="4 per hour"))).test_client()
    before = names(owner, "")
    problem(send(client, files=[("file", PNG, "a.png")] * 5), 429, "rate_limited")
    assert names(owner, "") == before


def test_where_all_places_are_taken_the_next_is_told_to_come_again(store: Config, patience: None) -> None:
    app = informed(create_app(replace(store, relay_concurrency=1)))
    client, courier = app.test_client(), services(app).courier
    with courier.place():
        answer = send(client, "/upload")
        told = problem(answer, 503, "relay_busy")
        assert told["success"] is False
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/health").status_code == 200
    for files in ([("file", b"<html>", "a.png")], [], [("file", PNG, "a.png")]):
        last = send(client, files=files)
    # No refusal has kept the place.
    assert last.status_code == 201


def test_stranger_takes_no_place(store: Config, patience: None) -> None:
    app = informed(create_app(replace(store, relay_concurrency=1, upload_tokens=[hash_token(TOKEN)])))
    client, courier = app.test_client(), services(app).courier
    with courier.place():
        problem(send(client), 401, "access_token_required")
        problem(send(client, key="x"), 401, "access_token_required")
        problem(send(client, key=TOKEN), 503, "relay_busy")


# Where the store fails


@pytest.fixture
def broken(store: Config, patience: None) -> Iterator[tuple[FlaskClient, Proxy]]:
    """An app whose way to the store is a proxy, and the proxy."""
    proxy = Proxy(store_port(store))
    yield informed(create_app(replace(store, s3_endpoint_url=proxy.url))).test_client(), proxy
    proxy.close()


@pytest.mark.parametrize(
    "pattern",
    ["^PUT /images/incoming/", "^GET /images/incoming/", "^PUT /images/uploads/", "^HEAD /images/incoming/deleted/"],
)
@pytest.mark.parametrize("skip", [0, 1])
def test_store_that_fails_in_between_leaves_nothing_public(
    broken: tuple[FlaskClient, Proxy], owner: Any, pattern: str, skip: int
) -> None:
    client, proxy = broken
    before = names(owner, "uploads/")
    # The second attempt of the same call fails too.
    with proxy.broken(reset, pattern, skip=skip, times=2):
        answer = send(client, files=[("file", PNG, "a.png"), ("file", PNG, "b.png")])
    problem(answer, 503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert names(owner, "uploads/") == before


def test_picture_that_can_not_be_taken_back_is_named_to_the_operator(
    broken: tuple[FlaskClient, Proxy], caplog: pytest.LogCaptureFixture
) -> None:
    client, proxy = broken
    with proxy.broken(reset, "^(HEAD|PUT) /images/incoming/deleted/"):
        problem(send(client), 503, "store_unavailable")
    assert "may be public" in caplog.text


def test_answer_of_the_store_that_is_lost_does_not_fail_the_upload(broken: tuple[FlaskClient, Proxy]) -> None:
    client, proxy = broken
    with proxy.broken(lost, "^PUT /images/incoming/", times=1) as rule:
        answer = send(client)
    assert rule.hits == 1
    assert answer.status_code == 201, answer.text
    assert requests.get(answer.json["viewURL"], timeout=60).content == PNG
