"""The API around its uploads: what it says of itself, who may call it, and from which pages."""

import gzip
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from urllib3 import HTTPConnectionPool

from app import create_app, frontend, readiness
from app.pictures import EXTENSIONS
from app.services import services
from app.storage import EXPIRY_DAYS
from config import VERSION, Config, hash_token
from tests.unit.conftest import ORIGIN

Configure = Callable[..., Config]
GOOD = {"contentType": "image/png", "size": 5}
TOKEN = "an access token, long enough"


# What it says of itself


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whatever asks a store."""

    def send(*_: Any) -> None:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", send)


@pytest.mark.parametrize("path", ["/health", "/version", "/uploads/limits", "/openapi.json"])
def test_answer_about_itself_touches_no_store(client: FlaskClient, offline: None, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/json")


def test_init_touches_no_store(client: FlaskClient, offline: None) -> None:
    assert client.post("/uploads/init", json=GOOD).status_code == 201


def test_health_is_ok_when_the_store_is_not(down: Config) -> None:
    assert create_app(down).test_client().get("/health").json == {"status": "ok"}


def test_ready_says_when_the_store_is_down_and_remembers(
    down: Config, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "READY_TTL", 3600)
    client = create_app(down).test_client()
    for _ in range(3):
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
        assert answer.content_type == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        # Two attempts of one question.
        assert len(asked) == 2


def test_ready_keeps_nobody_waiting_behind_another(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(configure())
    asked, answer = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        assert answer.wait(60)

    monkeypatch.setattr(services(app).storage, "check", hang)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(app.test_client().get, "/health/ready")
        assert asked.wait(60)
        # Nothing is known yet, so not ready; but at once.
        assert app.test_client().get("/health/ready").status_code == 503
        answer.set()
        assert first.result().status_code == 200
    assert app.test_client().get("/health/ready").status_code == 200


def test_ready_says_when_the_store_comes_back(aws: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "READY_TTL", -1)
    client = create_app(aws).test_client()
    assert client.get("/health/ready").status_code == 503
    boto3.client("s3", "eu-central-1").create_bucket(
        Bucket="images", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    assert client.get("/health/ready").json == {"status": "ok"}


def test_ready_remembers_that_the_store_is_there(moto_app: Flask, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "READY_TTL", 3600)
    client = moto_app.test_client()
    assert client.get("/health/ready").status_code == 200
    owner.delete()
    assert client.get("/health/ready").status_code == 200


def test_version_says_what_runs(configure: Configure) -> None:
    client = create_app(configure(git_commit="abc1234")).test_client()
    assert client.get("/version").json == {"name": "image-host", "version": VERSION, "commit": "abc1234"}


def test_limits_say_what_is_accepted(configure: Configure) -> None:
    client = create_app(configure(max_upload_bytes=1000, max_pixels=2000)).test_client()
    limits = client.get("/uploads/limits").json
    accepted = {row["contentType"]: tuple(row["extensions"]) for row in limits.pop("contentTypes")}
    assert accepted == EXTENSIONS
    assert limits == {
        "maxUploadBytes": 1000,
        "maxPixels": 2000,
        "relaysUploads": True,
        "rejectsLocation": False,
        "expiries": list(EXPIRY_DAYS),
        "tokenRequired": False,
        "reportURL": None,
        "pageURL": "https://img.test/p/{name}",
    }
    for content_type in accepted:
        for expiry in limits["expiries"]:
            promise = {"contentType": content_type, "size": 1000, "expiresIn": expiry}
            assert client.post("/uploads/init", json=promise).status_code == 201


def test_openapi_lists_every_call_with_its_problems(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    calls_of = {
        path: {method: call for method, call in calls.items() if method != "parameters"}
        for path, calls in document["paths"].items()
    }
    listed = {(path, method) for path, calls in calls_of.items() for method in calls}
    routed = {
        (re.sub("<(?:.+:)?(.+)>", r"{\1}", rule.rule), method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
        # The page, those of pictures and albums, and the document itself.
        if rule.rule not in ("/delete", "/apps", "/reference", "/openapi.json")
        and not rule.rule.startswith(("/p/", "/a/"))
    }
    assert listed == routed
    for path, calls in calls_of.items():
        for method, call in calls.items():
            assert call["summary"], path
            refusals = {status for status in call["responses"] if not status.startswith("2")}
            assert refusals >= ({"400", "413", "415", "422"} if method == "post" else {"default"}), path


# A private instance


@pytest.fixture(scope="module")
def private(configure: Configure) -> FlaskClient:
    tokens = [hash_token(token) for token in ("another one of the tokens", "one=with,equals=signs", TOKEN)]
    return create_app(configure(upload_tokens=tokens, cors_origins=[ORIGIN])).test_client()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}!",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        "Bearer é",
        f"Bearer {hash_token(TOKEN).hex()}",
        "Basic dXNlcjpwYXNz",
    ],
)
def test_private_instance_refuses_strangers(private: FlaskClient, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = private.post("/uploads/init", json=GOOD, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "access_token_required")
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "uploadURL" not in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("token", [TOKEN, "another one of the tokens", "one=with,equals=signs"])
def test_private_instance_takes_each_of_its_tokens(private: FlaskClient, scheme: str, token: str) -> None:
    answer = private.post("/uploads/init", json=GOOD, headers={"Authorization": f"{scheme} {token}"})
    assert answer.status_code == 201


def test_private_instance_says_so(private: FlaskClient) -> None:
    assert private.get("/uploads/limits").json["tokenRequired"] is True


def test_public_instance_ignores_authorization(client: FlaskClient) -> None:
    answer = client.post("/uploads/init", json=GOOD, headers={"Authorization": "Bearer whatever"})
    assert answer.status_code == 201


# Other pages

OTHERS = ["https://evil.test", "http://page.test", "https://page.test.evil.test", "https://page.test:8443", "null"]


@pytest.mark.parametrize("origins", [[], [ORIGIN], [ORIGIN, "https://b.test"]], ids=["none", "one", "two"])
def test_page_of_another_origin_gets_no_leave(configure: Configure, origins: list[str]) -> None:
    client = create_app(configure(cors_origins=origins)).test_client()
    for origin in OTHERS:
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for answer in (
            client.get("/uploads/limits", headers={"Origin": origin}),
            client.post("/uploads/init", json=GOOD, headers={"Origin": origin}),
            client.get("/nowhere", headers={"Origin": origin}),
            client.options("/uploads/init", headers=asks),
        ):
            assert "Access-Control-Allow-Origin" not in answer.headers, origin


def test_page_of_a_configured_origin_may_read_every_answer(private: FlaskClient) -> None:
    for answer, status in (
        (private.get("/uploads/limits", headers={"Origin": ORIGIN}), 200),
        (private.get("/nowhere", headers={"Origin": ORIGIN}), 404),
        (private.get("/uploads/init", headers={"Origin": ORIGIN}), 405),
        (private.post("/uploads/init", json=GOOD, headers={"Origin": ORIGIN}), 401),
        (private.post("/uploads/init", data=b"", headers={"Origin": ORIGIN}), 415),
    ):
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        # No cookie is ever read, so none needs to come.
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_each_configured_origin_is_answered_by_its_own_name(configure: Configure) -> None:
    origins = [ORIGIN, "http://localhost:5173"]
    client = create_app(configure(cors_origins=origins)).test_client()
    for origin in origins:
        answer = client.get("/health", headers={"Origin": origin})
        assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin]


def test_preflight_allows_what_the_api_takes(client: FlaskClient) -> None:
    answer = client.options(
        "/uploads/init",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, x-evil",
        },
    )
    assert answer.status_code == 200
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
    assert set(allowed) == {"authorization", "content-type"}
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


# Security headers

SCRIPT = b"export const pictures = true;" * 9


@pytest.fixture(scope="module")
def built(configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """An app that serves a built page, and fails at one address."""
    dist = tmp_path_factory.mktemp("dist")
    (dist / "assets").mkdir()
    (dist / "index.html").write_text("<!doctype html><title>Images</title>")
    (dist / "reference.html").write_text("<!doctype html><title>API</title>")
    script = dist / "assets" / "index-abc.js"
    script.write_bytes(SCRIPT)
    (dist / "assets" / "decoder-abc.js").write_bytes(SCRIPT)
    script.with_suffix(".js.gz").write_bytes(gzip.compress(SCRIPT))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontend, "DIST", dist)
        app = create_app(
            configure(s3_endpoint_url=None, aws_region="eu-central-1", public_base_url="https://cdn.test/i")
        )

        @app.get("/fails")
        def fails() -> NoReturn:
            raise RuntimeError

        yield app.test_client()


def policy(answer: Any) -> dict[str, set[str]]:
    [value] = answer.headers.getlist("Content-Security-Policy")
    return {name: set(sources) for name, *sources in (part.split() for part in value.split(";"))}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/assets/index-abc.js", 200),
        ("GET", "/delete", 200),
        ("GET", "/apps", 200),
        ("GET", "/reference", 200),
        ("GET", "/health", 200),
        ("POST", "/uploads/init", 415),
        ("PUT", "/uploads/init", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/fails", 500),
    ],
)
def test_every_answer_carries_the_security_headers(built: FlaskClient, method: str, path: str, status: int) -> None:
    with built.open(path, method=method) as answer:
        assert answer.status_code == status
        for name, value in {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items():
            assert answer.headers.getlist(name) == [value]
        rules = policy(answer)
        assert rules["default-src"] == {"'none'"}
        assert rules["script-src"] == rules["style-src"] == {"'self'"}
        assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == {"'none'"}


def test_decoder_alone_may_compile_wasm_and_may_fetch_nothing(built: FlaskClient) -> None:
    with built.get("/assets/decoder-abc.js") as answer:
        assert answer.status_code == 200
        rules = policy(answer)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert (rules["default-src"], rules["script-src"]) == ({"'none'"}, {"'wasm-unsafe-eval'"})
    assert not rules.keys() & {"connect-src", "worker-src", "img-src"}
    for path in ("/", "/assets/index-abc.js", "/nowhere"):
        with built.get(path) as answer:
            assert "wasm" not in answer.headers["Content-Security-Policy"]


def test_page_may_put_to_the_store_and_show_from_the_public_address(built: FlaskClient) -> None:
    with built.get("/") as answer:
        rules = policy(answer)
    signed = built.post("/uploads/init", json=GOOD).json["uploadURL"]
    [store] = [source for source in rules["connect-src"] if signed.startswith(source)]
    assert store == "https://images.s3.eu-central-1.amazonaws.com"
    assert "https://cdn.test" in rules["img-src"]
    assert not {"*", "https:", "data:"} & (rules["img-src"] | rules["connect-src"])


def test_page_is_fresh_and_its_assets_are_kept(built: FlaskClient) -> None:
    with built.get("/") as answer:
        assert "max-age=0" in answer.headers["Cache-Control"]
    with built.get("/delete") as answer:
        assert "immutable" not in answer.headers.get("Cache-Control", "")
    with built.get("/assets/index-abc.js") as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_page_is_sent_compressed_to_who_accepts_it(built: FlaskClient) -> None:
    address = "/assets/index-abc.js"
    with built.get(address) as plain, built.get(address, headers={"Accept-Encoding": "gzip"}) as compressed:
        assert "Content-Encoding" not in plain.headers
        assert plain.data == SCRIPT
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(compressed.data) == SCRIPT
        # Else a cache would give the one to who asked for the other.
        assert plain.headers["Vary"] == compressed.headers["Vary"] == "Accept-Encoding"
        assert plain.content_type == compressed.content_type
        assert "immutable" in compressed.headers["Cache-Control"]
    assert built.get(f"{address}.gz").status_code == 404


@pytest.mark.parametrize("path", ["/../config.py", "/%2e%2e/config.py", "/assets/../../config.py", "/%2fetc/passwd"])
def test_page_gives_out_nothing_beside_itself(built: FlaskClient, path: str) -> None:
    assert built.get(path).status_code == 404


def test_api_works_without_a_built_page(configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "DIST", tmp_path / "nothing")
    client = create_app(configure()).test_client()
    # The path / takes pictures, and nothing else there.
    for path, status in (("/", 405), ("/index.html", 404), ("/delete", 404), ("/apps", 404), ("/reference", 404)):
        answer = client.get(path)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert "/openapi.json" in client.get("/reference").json["detail"]
    assert client.post("/uploads/init", json=GOOD).status_code == 201


def test_answers_that_carry_tokens_are_kept_by_no_cache(client: FlaskClient) -> None:
    assert client.post("/uploads/init", json=GOOD).headers["Cache-Control"] == "no-store"
