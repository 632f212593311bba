"""What the log says when a browser tells of a PUT that failed, and what nobody can make it say."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.reports import PutFailure
from app.services import services
from config import Config

STORE = "https://s3.test"
EVIL = "https://evil.test\n[ERROR] all is lost"


@pytest.fixture(scope="module")
def app(configure: Callable[..., Config]) -> Flask:
    return create_app(configure())


@pytest.fixture
def report(app: Flask, caplog: pytest.LogCaptureFixture) -> Callable[..., tuple[int, list[Any]]]:
    """Return a call that sends a report; it returns the status and the lines of the log but the request's own."""
    caplog.set_level(logging.INFO)
    client = app.test_client()
    token = client.post("/uploads/init", json={"contentType": "image/png", "size": 5}).json["uploadToken"]

    def send(headers: Any = None, **body: Any) -> tuple[int, list[Any]]:
        caplog.clear()
        answer = client.post("/uploads/report", json={"uploadToken": token, **body}, headers=headers)
        return answer.status_code, [line for line in caplog.records if not hasattr(line, "path")]

    return send


@pytest.mark.parametrize("kind", PutFailure)
def test_report_is_one_line_with_the_remedy(report: Any, kind: PutFailure) -> None:
    status, [line] = report(kind=kind, status=502)
    assert status == 204
    assert (line.levelname, line.kind, line.put_status, line.host) == ("WARNING", kind, 502, STORE)
    assert f"to {STORE} failed: {kind}, status 502. " in line.getMessage()
    assert len(line.request_id) == 32


def test_report_without_an_answer_names_the_mend(report: Any) -> None:
    _, [line] = report(kind="unreachable")
    assert line.put_status is None
    assert "no answer. Browsers must reach this address, and its CORS" in line.getMessage()


@pytest.mark.parametrize(
    ("origin", "known"), [(None, True), ("https://img.test", True), ("http://nas.local", False), (EVIL, False)]
)
def test_page_of_an_unknown_origin_is_told_but_not_named(report: Any, origin: str | None, known: bool) -> None:
    # werkzeug's client refuses a line break in a header, as every server does.
    headers = {"Origin": origin.replace("\n", " ")} if origin else None
    _, [line] = report(kind="unreachable", headers=headers)
    assert ("neither SITE_URL nor CORS_ORIGINS" in line.getMessage()) != known
    assert "evil" not in line.getMessage()
    assert "nas" not in line.getMessage()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("kind", value) for value in ("", "lost", EVIL, None, 5, ["cut"])),
        *(("status", value) for value in (0, 200, 399, 600, -1, "403", 403.0, True, None, EVIL)),
        ("host", STORE),
        ("message", EVIL),
    ],
)
def test_nothing_else_is_taken(report: Any, field: str, value: Any) -> None:
    status, lines = report(**{"kind": "cut", field: value})
    assert (status, lines) == (422, [])


def test_only_who_was_given_an_upload_may_report(app: Flask, report: Any) -> None:
    delete = services(app).tokens.sign_delete("x.png")
    for token in ("x", delete, ""):
        status, lines = report(kind="cut", uploadToken=token)
        assert status == (403 if token else 422)
        assert lines == []
