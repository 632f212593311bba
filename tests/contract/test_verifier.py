"""A check of the operator's own: what it is asked, what it can see, what its answers do, and what is no answer.

The check is a server on this machine; the store is a real one.
"""

import base64
import hashlib
import hmac
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from app.services import services
from config import ROOT, Config
from tests.conftest import PICTURES, picture
from tests.contract.conftest import User, informed
from tests.rigs.listener import listening, serving
from tests.rigs.server import Server, until

PNG = picture("image/png")
SECRET = "a secret between the two, long enough"


@dataclass
class Check:
    """The operator's service. It answers what `answer` returns: a status, headers and a body."""

    url: str
    answer: Callable[["Check"], tuple[int, dict[str, str], bytes]]
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)

    def says(self, body: Any, status: int = 200, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = lambda check: (status, headers, data)


@pytest.fixture
def check() -> Iterator[Check]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.bodies.append(body)
            made.asked.append(json.loads(body))
            made.headers.append(dict(self.headers))
            status, headers, data = made.answer(made)
            self.send_response(status)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in {"Content-Length": str(len(data)), **named}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            made.visited.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as server:
        made = Check(f"http://127.0.0.1:{server.server_port}/check", lambda check: (500, {}, b""))
        made.says({"allow": True})
        yield made


@pytest.fixture
def configured(store: Config, check: Check) -> Config:
    return replace(store, verify_url=check.url, verify_secret=SECRET, verify_timeout=60)


@pytest.fixture
def app(configured: Config, patience: None) -> Flask:
    return informed(create_app(configured))


def staged(owner: Any, upload: dict[str, Any]) -> bool:
    return bool(list(owner.objects.filter(Prefix=f"incoming/{upload['uploadId']}")))


def public(owner: Any, upload: dict[str, Any]) -> bool:
    return bool(list(owner.objects.filter(Prefix=f"uploads/{upload['uploadId']}")))


def test_check_is_told_the_facts_and_can_see_the_picture_before_anybody_else(
    check: Check, user: User, app: Flask
) -> None:
    seen: list[Any] = []

    def look(check: Check) -> tuple[int, dict[str, str], bytes]:
        asked = check.asked[-1]
        link = services(app).storage.links.public_url(asked["key"])
        bare = asked["url"].partition("?")[0]
        same = requests.get(asked["url"], headers={"If-Match": asked["etag"]}, timeout=60)
        other = requests.get(asked["url"], headers={"If-Match": '"0"'}, timeout=60)
        seen.extend([same.content, other.status_code])
        seen.extend(requests.get(address, timeout=60).status_code for address in (link, bare))
        return 200, {}, b'{"allow": true}'

    check.answer = look
    result = user.publish(PNG, "image/png", filename="été.png", expiresIn="7d")
    assert seen == [PNG, 412, 404, 403]
    (asked,) = check.asked
    assert asked["key"] == result["viewURL"].partition("/uploads/")[2]
    del asked["url"], asked["etag"], asked["key"]
    assert asked == {
        "filename": "été.png",
        "contentType": "image/png",
        "size": len(PNG),
        "width": 64,
        "height": 48,
        "sha256": hashlib.sha256(PNG).hexdigest(),
    }
    assert requests.get(result["viewURL"], timeout=60).content == PNG


def test_question_is_signed_as_standard_webhooks_say(check: Check, user: User) -> None:
    result = user.publish(PNG, "image/png")
    ((headers, body),) = zip(check.headers, check.bodies, strict=True)
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["webhook-id"] == result["uploadId"]
    assert headers["content-type"] == "application/json"
    sent = headers["webhook-timestamp"]
    assert abs(int(sent) - time.time()) < 600
    signed = hmac.digest(SECRET.encode(), f"{result['uploadId']}.{sent}.".encode() + body, "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"


@pytest.mark.parametrize(
    ("fields", "sha256"),
    [({}, None), ({"sha256": True}, True)],
    ids=["not promised", "promised"],
)
def test_digest_of_a_long_file_is_told_if_its_client_promised_it(
    check: Check, user: User, fields: dict[str, Any], sha256: Any
) -> None:
    data = PNG + b"\0" * 100_000
    digest = hashlib.sha256(data)
    user.publish(data, "image/png", **({"sha256": base64.b64encode(digest.digest()).decode()} if fields else {}))
    assert check.asked[0]["sha256"] == (digest.hexdigest() if sha256 else None)


def test_refused_picture_is_deleted_and_was_never_public(check: Check, user: User, owner: Any) -> None:
    check.says({"allow": False, "reason": "No cats here."})
    upload = user.stage(PNG, "image/png")
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (422, "refused_by_operator")
    assert answer.json["detail"].endswith("No cats here.")
    assert not staged(owner, upload)
    assert not public(owner, upload)
    assert user.complete(upload).json["code"] == "upload_missing"


def test_picture_that_no_upload_could_publish_is_not_asked_about(check: Check, user: User) -> None:
    upload = user.stage(b"<html>".ljust(len(PNG)), "image/png")
    assert user.complete(upload).json["code"] == "not_an_image"
    assert check.asked == []


def test_repeated_complete_of_what_is_public_gets_the_first_answer(check: Check, user: User) -> None:
    upload = user.stage(PNG, "image/png")
    first = user.complete(upload)
    for opinion in ({"allow": False}, {}):
        check.says(opinion)
        again = user.complete(upload)
        assert (again.status_code, again.json) == (200, first.json)
    assert {headers["webhook-id"] for headers in check.headers} == {upload["uploadId"]}


NO_ANSWERS: dict[str, tuple[Any, int, dict[str, str]]] = {
    "nothing": (b"", 200, {}),
    "no JSON": (b"yes", 200, {}),
    "a list": ([True], 200, {}),
    "no allow": ({"reason": "fine"}, 200, {}),
    "allow as text": ({"allow": "true"}, 200, {}),
    "allow as number": ({"allow": 1}, 200, {}),
    "allow is null": ({"allow": None}, 200, {}),
    "long reason": ({"allow": True, "reason": "x" * 201}, 200, {}),
    "reason of two lines": ({"allow": False, "reason": "one\ntwo"}, 200, {}),
    "reason as number": ({"allow": False, "reason": 5}, 200, {}),
    "deep": (b"[" * 16_000, 200, {}),
    "too long": (b'{"allow": true}'.ljust(16 * 1024 + 1), 200, {}),
    "cut off": (b'{"allow": true}', 200, {"Content_Length": "100", "Connection": "close"}),
    "packed": (b"\x1f\x8b\x08\x00", 200, {"Content_Encoding": "gzip"}),
    "created": ({"allow": True}, 201, {}),
    "redirect": ({"allow": True}, 302, {"Location": "/elsewhere"}),
    "temporary redirect": ({"allow": True}, 307, {"Location": "/elsewhere"}),
    "refused": ({"allow": True}, 403, {}),
    "error": ({"allow": True}, 500, {}),
}


@pytest.mark.parametrize("case", NO_ANSWERS)
def test_what_is_no_answer_publishes_nothing_and_loses_nothing(check: Check, user: User, owner: Any, case: str) -> None:
    body, status, headers = NO_ANSWERS[case]
    upload = user.stage(PNG, "image/png")
    check.says(body, status, **headers)
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (503, "verifier_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert not public(owner, upload)
    # Neither repeated, nor led elsewhere.
    assert (len(check.asked), check.visited) == (1, [])
    check.says({"allow": True, "reason": ""})
    assert user.complete(upload).status_code == 201


@pytest.fixture
def stubborn() -> Iterator[Callable[[bytes], str]]:
    """Return a function that starts a server which sends these bytes, again and again, and never ends its answer."""
    over = threading.Event()
    listening: list[socket.socket] = []

    def serve(listener: socket.socket, piece: bytes) -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65536)
            try:
                while not over.wait(0.05):
                    client.sendall(piece)
            except OSError:
                pass  # The other side has hung up.

    def start(piece: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        threading.Thread(target=serve, args=(listener, piece), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    over.set()
    for listener in listening:
        listener.close()


@pytest.mark.parametrize("piece", [b"", b"H"], ids=["silent", "trickling"])
def test_check_that_never_ends_its_answer_holds_nobody(
    store: Config, patience: None, stubborn: Callable[[bytes], str], owner: Any, piece: bytes
) -> None:
    config = replace(store, verify_url=stubborn(piece), verify_secret=SECRET, verify_timeout=1)
    user = User(informed(create_app(config)).test_client().post)
    upload = user.stage(PNG, "image/png")
    # That it returns at all is what this shows: the server above would go on for ever.
    assert user.complete(upload).json["code"] == "verifier_unavailable"
    assert not public(owner, upload)


def test_check_that_is_away_is_said_in_the_log(
    store: Config, patience: None, owner: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        closed = replace(store, verify_url=url, verify_secret=SECRET, verify_timeout=20)
        for config, status in ((closed, 503), (replace(closed, verify_fails="open"), 201)):
            user = User(informed(create_app(config)).test_client().post)
            upload = user.stage(PNG, "image/png")
            caplog.clear()
            assert user.complete(upload).status_code == status
            assert public(owner, upload) == (status == 201)
            said = [record for record in caplog.records if record.levelno >= logging.WARNING]
            assert len(said) == 1
            assert "Connection refused" in said[0].getMessage()


def test_open_failure_lets_no_refusal_through(configured: Config, patience: None, check: Check, owner: Any) -> None:
    user = User(informed(create_app(replace(configured, verify_fails="open"))).test_client().post)
    check.says({"allow": False})
    upload = user.stage(PNG, "image/png")
    assert user.complete(upload).json["code"] == "refused_by_operator"
    assert not public(owner, upload)


def test_example_of_the_documents_classifies(store: Config, patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "moderation.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.setenv("VERIFY_SECRET", SECRET)
    example: dict[str, Any] = {"__name__": "check"}
    exec(source, example)  # noqa: S102  (ours, of the page)
    with serving(make_server("127.0.0.1", 0, example["app"])) as server:
        url = f"http://127.0.0.1:{server.port}/check"
        config = replace(store, verify_url=url, verify_secret=SECRET, verify_timeout=20)
        user = User(informed(create_app(config)).test_client().post)
        user.publish((PICTURES / "photo.jpg").read_bytes(), "image/jpeg")
        answer = user.complete(user.stage(picture("image/png", (1, 1)), "image/png"))
        assert (answer.status_code, answer.json["code"]) == (422, "refused_by_operator")
        # Somebody else's question is none.
        other = replace(config, verify_secret=SECRET[::-1])
        stranger = User(informed(create_app(other)).test_client().post)
        assert stranger.complete(stranger.stage(PNG, "image/png")).json["code"] == "verifier_unavailable"


def test_worker_that_waits_for_checks_serves_others(check: Check, tmp_path: Path) -> None:
    released = threading.Event()

    def hold(check: Check) -> tuple[int, dict[str, str], bytes]:
        released.wait(120)
        return 200, {}, b'{"allow": true}'

    check.answer = hold
    server = Server(tmp_path, VERIFY_URL=check.url, VERIFY_SECRET=SECRET, VERIFY_TIMEOUT="20", WEB_CONCURRENCY="1")
    server.start()
    try:
        user = User(server.post)
        uploads = [user.stage(PNG, "image/png") for _ in range(4)]
        with ThreadPoolExecutor(len(uploads)) as pool:
            answers = pool.map(user.complete, uploads)
            until(lambda: len(check.asked) == len(uploads))
            assert requests.get(f"{server.url}/version", timeout=60).status_code == 200
            released.set()
            assert [answer.status_code for answer in answers] == [201] * len(uploads)
    finally:
        released.set()
        server.end()
