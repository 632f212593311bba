"""Whatever goes wrong, the answer has one shape: RFC 9457 problem details, with a code that stays."""

import io
import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, errors
from app.services import services
from config import Config

Configure = Callable[..., Config]
POSTS = ["/uploads/init", "/uploads/complete", "/uploads/delete", "/uploads/lookup", "/uploads/report"]
GOOD = {"contentType": "image/png", "size": 5}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Return the problem of an answer, when it has the shape that every one has."""
    assert answer.content_type == "application/problem+json", answer.text
    body = answer.json
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert set(body) - {"errors", "kind"} == {"type", "title", "status", "detail", "code"}
    assert body["type"] == "about:blank"
    assert all(isinstance(body[name], str) and body[name] for name in ("title", "detail"))
    for row in body.get("errors", []):
        assert set(row) == {"field", "message"}
        assert row["field"] in body["detail"]
    assert "<" not in answer.text
    assert "Traceback" not in answer.text
    return dict(body)


def send(client: FlaskClient, path: str, body: bytes, **options: Any) -> Any:
    return client.post(path, data=body, content_type=options.pop("content_type", "application/json"), **options)


# What is asked at the wrong place or in the wrong way


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/nowhere", "/uploads/", "/uploads/init/", "/uploads/<script>", "/.env", "/health/x"])
def test_unknown_path_is_a_problem(client: FlaskClient, method: str, path: str) -> None:
    problem(client.open(path, method=method), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        (path, method, {"POST", "OPTIONS"})
        for path in (*POSTS, "/uploads", "/upload", "/api/1/upload")
        for method in ("GET", "PUT", "DELETE", "TRACE")
    ]
    + [(path, "POST", {"GET", "HEAD", "OPTIONS"}) for path in ("/health", "/health/ready", "/version")]
    + [("/uploads/limits", "DELETE", {"GET", "HEAD", "OPTIONS"}), ("/delete", "POST", {"GET", "HEAD", "OPTIONS"})],
)
def test_wrong_method_is_told_the_right_ones(client: FlaskClient, path: str, method: str, allowed: set[str]) -> None:
    answer = client.open(path, method=method)
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == allowed


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png", "", "json"],
)
def test_wrong_media_type_is_told_the_right_one(client: FlaskClient, path: str, content_type: str) -> None:
    body = problem(
        send(client, path, json.dumps(GOOD).encode(), content_type=content_type), 415, "unsupported_media_type"
    )
    assert "application/json" in body["detail"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'size': 5}",
        b'{"size": 5,}',
        b'{"size": 5} {}',
        b"\xff\xfe\x00",
        b'{"filename": "\xff"}',
        b"\0",
        b"size=5",
        b"[" * 16_000,
        b'{"a":' * 3_000,
        b'{"size": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_malformed_json_is_refused(client: FlaskClient, path: str, body: bytes) -> None:
    problem(send(client, path, body), 400, "malformed_json")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"5", b"true", b'[{"size": 5}]', b"[" * 900 + b"]" * 900])
def test_json_that_is_no_object_is_refused(client: FlaskClient, path: str, body: bytes) -> None:
    assert problem(send(client, path, body), 422, "invalid_request")["errors"]


@pytest.mark.parametrize("path", POSTS)
def test_large_body_is_refused(client: FlaskClient, path: str) -> None:
    body = json.dumps(GOOD).encode()
    limit = 16 * 1024
    problem(send(client, path, body.ljust(limit + 1)), 413, "body_too_large")
    assert send(client, path, body.ljust(limit)).status_code != 413
    # As gunicorn gives a chunked one: no length, and an input that ends by itself.
    chunked = {"environ_overrides": {"wsgi.input_terminated": True}, "content_type": "application/json"}
    problem(client.post(path, input_stream=io.BytesIO(body.ljust(limit + 1)), **chunked), 413, "body_too_large")
    assert client.post(path, input_stream=io.BytesIO(body), **chunked).status_code != 413


def test_large_body_is_not_read_to_its_end(client: FlaskClient) -> None:
    stream = io.BytesIO(bytes(10 * 1024**2))
    answer = client.post(
        "/uploads/init",
        input_stream=stream,
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    problem(answer, 413, "body_too_large")
    assert stream.tell() < 1024**2


# What is wrong in a field


def refused_fields(client: FlaskClient, path: str, body: dict[str, Any]) -> dict[str, str]:
    rows = problem(client.post(path, json=body), 422, "invalid_request")["errors"]
    return {row["field"]: row["message"] for row in rows}


@pytest.mark.parametrize("size", ["5", 5.0, 5.5, True, False, None, -1, 0, [], {}, [5], "", 1e300])
def test_size_that_is_no_length_is_refused(client: FlaskClient, size: Any) -> None:
    assert list(refused_fields(client, "/uploads/init", {**GOOD, "size": size})) == ["size"]


@pytest.mark.parametrize("limit", [1, 1000, 25 * 1024**2])
def test_size_over_the_limit_is_told_the_limit(configure: Configure, limit: int) -> None:
    client = create_app(configure(max_upload_bytes=limit)).test_client()
    for size in (limit + 1, 2**63, 10**300):
        assert str(limit) in refused_fields(client, "/uploads/init", {**GOOD, "size": size})["size"]
    assert client.post("/uploads/init", json={**GOOD, "size": limit}).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("contentType", value) for value in ("", "image/PNG", "image/svg+xml", "text/html", "image/png\n", None, 5)),
        *(("sha256", value) for value in ("", "x", "A" * 44, "A" * 43, "A" * 42 + "==", "A" * 43 + "=\n", None, 5)),
        ("sha256", "-" * 43 + "="),
        ("sha256", "é" * 43 + "="),
        *(("expiresIn", value) for value in ("", "2d", "1D", "7d ", "../1d", "forever", None, 7)),
        *(("filename", value) for value in ("", "x" * 256, "😀" * 256, None, 5, ["x"])),
    ],
)
def test_wrong_field_is_named(client: FlaskClient, field: str, value: Any) -> None:
    assert list(refused_fields(client, "/uploads/init", {**GOOD, field: value})) == [field]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("name", ["x", "key", "Size", "content_type", "<script>", "\ud800", ""])
def test_unknown_field_is_named(client: FlaskClient, path: str, name: str) -> None:
    answer = client.post(path, json={name: 1})
    rows = answer.json["errors"]
    assert {"field": name or "body", "message": "Unknown field."} in rows
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/uploads/init", {"contentType", "size"}),
        ("/uploads/complete", {"uploadToken"}),
        ("/uploads/delete", {"deleteToken"}),
        ("/uploads/lookup", {"deleteToken"}),
        ("/uploads/report", {"uploadToken", "kind"}),
    ],
)
def test_missing_fields_are_all_named(client: FlaskClient, path: str, fields: set[str]) -> None:
    assert set(refused_fields(client, path, {})) == fields


def test_wrong_fields_are_all_named_at_once(client: FlaskClient) -> None:
    wrong = {"contentType": "x", "size": 0, "sha256": "x", "expiresIn": "x", "filename": "", "other": 1}
    assert set(refused_fields(client, "/uploads/init", wrong)) == set(wrong)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/uploads/complete", "uploadToken"),
        ("/uploads/delete", "deleteToken"),
        ("/uploads/lookup", "deleteToken"),
        ("/uploads/report", "uploadToken"),
    ],
)
def test_token_that_is_none_is_refused(client: FlaskClient, path: str, field: str) -> None:
    more = {"kind": "cut"} if path == "/uploads/report" else {}
    for token in ("x", "x.y", "é", "\0", "x" * 4096, "\ud800"):
        problem(client.post(path, json={field: token, **more}), 403, "invalid_token")
    malformed: list[object] = ["", "x" * 4097, None, 5, []]
    for wrong in malformed:
        assert list(refused_fields(client, path, {field: wrong, **more})) == [field]


# What goes wrong inside


@pytest.fixture(scope="module")
def fail(configure: Configure) -> Callable[[Exception], Any]:
    """Return a call that asks a view which raises what it is given."""
    app = create_app(configure())
    errors_to_raise: list[Exception] = []

    @app.get("/fails")
    def fails() -> NoReturn:
        raise errors_to_raise.pop()

    def ask(error: Exception) -> Any:
        errors_to_raise.append(error)
        return app.test_client().get("/fails")

    return ask


def every(kind: type[errors.ServiceError]) -> list[type[errors.ServiceError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every(child))]


#: All that are raised: two only stand over others.
RAISED = [kind for kind in every(errors.ServiceError)[1:] if kind not in (errors.Refused, errors.Unavailable)]


@pytest.mark.parametrize("kind", RAISED)
def test_every_error_of_ours_is_a_problem(fail: Any, kind: type[errors.ServiceError]) -> None:
    more: dict[Any, tuple[Any, ...]] = {
        errors.InvalidRequest: ("size", "Too odd."),
        errors.PicturesMissing: ("Too odd.", ["pictures.3"]),
    }
    details = more.get(kind, ("Too odd.",))
    body = problem(fail(kind(*details)), kind.status, kind.code)
    assert "Too odd." in body["detail"]


def test_error_codes_are_each_of_one_error() -> None:
    codes = [kind.code for kind in RAISED]
    assert len(set(codes)) == len(codes)


def test_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"── (\w+)(?: +(\d{3}))?", errors.__doc__)
    assert sorted(name for name, _ in drawn) == sorted(kind.__name__ for kind in every(errors.ServiceError)[1:])
    for name, status in drawn:
        assert not status or getattr(errors, name).status == int(status)


def test_unexpected_error_is_logged_and_not_told(fail: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = fail(RuntimeError("password of the database"))
    problem(answer, 500, "internal_error")
    assert "password" not in answer.text + str(answer.headers)
    assert "password of the database" in caplog.text


@pytest.mark.parametrize("call", ["complete", "delete"])
def test_store_that_is_down_is_a_problem_to_retry(down: Config, caplog: pytest.LogCaptureFixture, call: str) -> None:
    app: Flask = create_app(down)
    client = app.test_client()
    upload = client.post("/uploads/init", json=GOOD)
    assert upload.status_code == 201
    tokens = {
        "complete": {"uploadToken": upload.json["uploadToken"]},
        "delete": {"deleteToken": services(app).tokens.sign_delete("x.png")},
    }
    answer = client.post(f"/uploads/{call}", json=tokens[call])
    problem(answer, 503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "127.0.0.1" not in answer.text
    assert "127.0.0.1" in caplog.text
