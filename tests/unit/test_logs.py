"""What the log says of each request, and what it must never say."""

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.services import services
from config import Config
from tests.conftest import picture

PNG = picture("image/png")
ASKED = {"filename": "très privé.png", "contentType": "image/png", "size": len(PNG)}


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.name == "app"]


def test_each_request_is_a_line_with_the_id_of_its_answer(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [client.post("/uploads/init", json=ASKED), client.get("/nowhere"), client.get("/uploads/init")]
    found = lines(caplog)
    assert [(line.method, line.path, line.status) for line in found] == [
        ("POST", "/uploads/init", 201),
        ("GET", "/nowhere", 404),
        ("GET", "/uploads/init", 405),
    ]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert [line.request_id for line in found] == ids
    assert len(set(ids)) == 3
    assert all(line.client == "127.0.0.1" for line in found)
    assert all(identity in line.getMessage() for identity, line in zip(ids, found, strict=True))


def test_client_does_not_choose_the_id(client: FlaskClient) -> None:
    answer = client.get("/version", headers={"X-Request-ID": "mine"})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_what_load_balancers_ask_is_no_line(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/health").status_code == 200
    assert lines(caplog) == []


def test_failure_is_a_line_with_its_cause(
    down: Config, configure: Callable[..., Config], caplog: pytest.LogCaptureFixture
) -> None:
    answer = create_app(down).test_client().get("/health/ready")
    why, request = lines(caplog)
    assert (why.levelname, why.request_id) == ("ERROR", answer.headers["X-Request-ID"])
    assert "EndpointConnectionError" in why.getMessage()
    assert (request.path, request.status) == ("/health/ready", 503)


@pytest.mark.parametrize("path", ["/a%0a[2026] [INFO] forged", "/%1b[31mred", "/%e2%80%a8line"])
def test_nobody_writes_lines_of_their_own(client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str) -> None:
    client.get(path)
    (line,) = lines(caplog)
    assert re.fullmatch(r"[!-~]+ [!-~]+ [!-~]+ 404 in [\d.]+ ms, request [0-9a-f]{32}", line.getMessage())


@pytest.mark.parametrize("claim", ["1.2.3.4 GET /x 200 in 0.1 ms", "\x1b[31mred", "<script>"])
def test_nobody_is_a_client_with_words_of_their_own(
    configure: Callable[..., Config], caplog: pytest.LogCaptureFixture, claim: str
) -> None:
    client = create_app(configure(trusted_proxies=1)).test_client()
    client.get("/nowhere", headers={"X-Forwarded-For": claim})
    client.get("/nowhere", headers={"X-Forwarded-For": "2001:db8::1"})
    forged, honest = lines(caplog)
    assert re.fullmatch(r"[!-~]+ GET /nowhere 404 in [\d.]+ ms, request [0-9a-f]{32}", forged.getMessage())
    assert honest.client == "2001:db8::1"


def test_no_token_no_signature_and_no_file_name_is_logged(
    moto_app: Flask, owner: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = moto_app.test_client()
    secret = "Bearer an-access-token-that-was-given"
    upload = client.post("/uploads/init", json=ASKED, headers={"Authorization": secret}).json
    owner.put_object(Key=f"incoming/{upload['uploadId']}.png", Body=PNG)
    token = {"uploadToken": upload["uploadToken"]}
    done = client.post("/uploads/complete", json=token).json
    client.post("/uploads/complete?uploadToken=" + upload["uploadToken"], json={"uploadToken": "x"})
    client.post("/uploads/delete", json={"deleteToken": done["deleteToken"] + "x"})
    client.post("/uploads/delete", json={"deleteToken": done["deleteToken"]})
    client.post("/uploads/complete", json=token)
    assert len(lines(caplog)) == 6

    query = parse_qs(urlsplit(upload["uploadURL"]).query)
    said = "\n".join(f"{line.getMessage()} {vars(line)}" for line in caplog.records)
    for private in (
        upload["uploadToken"],
        done["deleteToken"],
        query["X-Amz-Signature"][0],
        secret.removeprefix("Bearer "),
        "privé",
        "priv%C3%A9",
    ):
        assert private not in said


def test_crash_is_logged_and_told_without_its_cause(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError("inner secret")

    monkeypatch.setattr(services(client.application).storage, "sign_upload", crash)
    answer = client.post("/uploads/init", json=ASKED)
    assert answer.status_code == 500
    assert "inner secret" not in answer.text
    crashed = next(line for line in lines(caplog) if line.exc_info)
    assert crashed.request_id == answer.headers["X-Request-ID"]


ROOT = "1-67891233-abcdef012345678912345678"


@pytest.mark.parametrize(
    ("header", "trace_id"),
    [
        (f"Root={ROOT}", ROOT),
        (f"Self=1-67891234-12456789abcdef012345678a;Root={ROOT}", ROOT),
        (f"Root={ROOT};Parent=463ac35c9f6413ad;Sampled=1", ROOT),
        (None, None),
        ("", None),
        ("Self=1-67891234-12456789abcdef012345678a", None),
        (f"NotRoot={ROOT}", None),
        (f"Root={ROOT}0", None),
        (f"Root={ROOT} forged", None),
        (f"Root={ROOT.upper()}", None),
        ("Root=1-67891233-" + "a" * 5000, None),
    ],
)
def test_trace_of_a_load_balancer_is_named_if_it_is_one(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, header: str | None, trace_id: str | None
) -> None:
    client.get("/nowhere", headers={"X-Amzn-Trace-Id": header} if header is not None else {})
    (line,) = lines(caplog)
    assert getattr(line, "trace_id", None) == trace_id
    assert re.fullmatch(r".*, request [0-9a-f]{32}" + (f", trace {trace_id}" if trace_id else ""), line.getMessage())


def test_every_line_of_a_request_names_its_trace(down: Config, caplog: pytest.LogCaptureFixture) -> None:
    create_app(down).test_client().get("/health/ready", headers={"X-Amzn-Trace-Id": f"Root={ROOT}"})
    assert [line.trace_id for line in lines(caplog)] == [ROOT, ROOT]
