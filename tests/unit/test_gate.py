"""The server answers only under its own hosts, and serves no service worker but the page's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app, frontend
from config import Config

Serve = Callable[..., FlaskClient]

#: Everything that the server can answer: the page, its files, the API, and a path that does not exist.
ASKED = [
    "/",
    "/index.html",
    "/assets/index-abc.js",
    "/share.js",
    "/delete",
    "/apps",
    "/clients/sharex.sxcu",
    "/version",
    "/uploads/limits",
    "/p/x",
    "/a/x",
    "/nowhere",
]
HEALTH = ["/health", "/health/ready"]

#: Values that no browser sends, or that name no host.
MALFORMED = [
    *("", " ", "a@evil.example", "localhost@evil.example", "localhost:80@evil.example", "evil.example#localhost"),
    *("localhost#", "localhost/", "localhost/@evil.example", "localhost?", "localhost\\evil.example", "localhost,x"),
    *("localhost evil.example", "localhost:", "localhost:0", "localhost:65536", "localhost:999999", "localhost:-1"),
    *("localhost:8000:8000", "localhost:http", "localhost:08", "127.0.0.1:8000@x", "[::1", "::1", "[::1]x", "[::1]]:8"),
    *("[::1%25lo]", "löcalhost", "localhost\t", "<script>", "localhost%00", "%6cocalhost"),
]
STRANGERS = [
    *(
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "evil-localhost",
        "xlocalhost",
        "127.0.0.1.nip.io",
    ),
    *("img.test.evil.example", "sub.img.test", "test", "127.0.0.2", "127.1", "2130706433", "0.0.0.0", "0", "[::]"),
    *("[::2]", "[::ffff:127.0.0.1]", "192.168.1.5:8000", "localhost..", ".localhost", ".", "..", "-", "a..b"),
    "x" * 7000,
]


@pytest.fixture(scope="module")
def serve(configure: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Return a function that makes apps which serve a built page too."""
    dist = tmp_path_factory.mktemp("dist")
    (dist / "assets").mkdir()
    (dist / "index.html").write_text("<!doctype html><title>Images</title>")
    (dist / "share.js").write_text("share")
    (dist / "assets" / "index-abc.js").write_text("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontend, "DIST", dist)
        # The test client's cookies fail with some of the hosts.
        yield lambda **changes: create_app(configure(**changes)).test_client(use_cookies=False)


@pytest.fixture(scope="module")
def client(serve: Serve) -> FlaskClient:
    return serve()


def ask(client: FlaskClient, path: str, host: str | None, **headers: str) -> Any:
    # Set after the test client has set its own host.
    with client.get(path, headers=headers, environ_overrides={"HTTP_HOST": host}) as answer:
        answer.get_data()
        return answer


def refused(answer: Any, status: int, code: str) -> bool:
    assert answer.content_type == "application/problem+json", answer.text
    assert (answer.status_code, answer.json["code"]) == (status, code)
    # Like every other answer of the server.
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-ID"]
    return True


# Hosts


@pytest.mark.parametrize("host", MALFORMED + STRANGERS, ids=lambda host: host[:30])
def test_unknown_host_is_answered_nothing(client: FlaskClient, host: str) -> None:
    for path in ASKED:
        answer = ask(client, path, host)
        assert refused(answer, 421, "unknown_host")
        # The operator learns what to do.
        assert "ALLOWED_HOSTS" in answer.json["detail"]
        assert "SITE_URL" in answer.json["detail"]
        assert "evil" not in answer.text
        assert "script>" not in answer.text


@pytest.mark.parametrize("path", ["/uploads/init", "/uploads/complete", "/uploads/delete", "/uploads/lookup"])
def test_page_whose_name_was_turned_to_this_machine_calls_nothing(client: FlaskClient, path: str) -> None:
    body = {"contentType": "image/png", "size": 3}
    assert refused(client.post(path, json=body, headers={"Host": "evil.example:8000"}), 421, "unknown_host")
    assert refused(client.options(path, headers={"Host": "evil.example:8000"}), 421, "unknown_host")


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "localhost:5055", "LocalHost:1", "localhost.", "localhost.:65535"),
        *("127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000", "img.test", "img.test:443", "IMG.TEST", "img.test."),
    ],
)
def test_known_host_is_answered_on_any_port(client: FlaskClient, host: str) -> None:
    assert {path: ask(client, path, host).status_code for path in ASKED} == {
        **dict.fromkeys(ASKED, 200),
        "/index.html": 302,
        **dict.fromkeys(["/p/x", "/a/x", "/nowhere"], 404),
    }


@pytest.mark.parametrize(
    ("changes", "known", "unknown"),
    [
        (
            {"site_url": "https://Img.Example.org:8443/pictures"},
            ["img.example.org", "img.example.org:8443"],
            ["img.test"],
        ),
        ({"site_url": "http://[FD00::7]:8000"}, ["[fd00::7]:8000"], ["[fd00::8]:8000", "fd00"]),
        ({"site_url": None}, ["localhost", "127.0.0.1", "[::1]"], ["img.test", ""]),
        (
            {"allowed_hosts": ["b.test", "10.0.0.5", "[fd00::5]"]},
            ["B.test:80", "10.0.0.5:1", "[FD00::5]:9"],
            ["a.b.test"],
        ),
        ({"host": "192.168.1.5"}, ["192.168.1.5:8000", "localhost"], ["192.168.1.6"]),
        ({"host": "fd00::5"}, ["[fd00::5]:8000"], ["[fd00::6]"]),
        ({"host": "Nas.local"}, ["nas.local:8000"], ["local"]),
        # HOST is every address of the machine, and names none of them.
        *(({"host": host}, ["localhost"], ["0.0.0.0", "[::]", "", "192.168.1.5"]) for host in ("0.0.0.0", "::", "")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hosts_are_those_of_the_settings(
    serve: Serve, changes: dict[str, Any], known: list[str], unknown: list[str]
) -> None:
    client = serve(**changes)
    assert {host: ask(client, "/", host).status_code for host in known} == dict.fromkeys(known, 200)
    assert {host: ask(client, "/", host).status_code for host in unknown} == dict.fromkeys(unknown, 421)


@pytest.mark.parametrize("path", HEALTH)
def test_load_balancer_asks_by_any_host(client: FlaskClient, path: str) -> None:
    for host in ("10.0.3.17:8000", "evil.example", "a@evil", ""):
        answer = ask(client, path, host)
        # The answer says whether it is ready.
        assert answer.status_code in (200, 503)
        assert "evil" not in answer.text
    for near in (f"{path}/", f"{path}x", f"/%2f{path[1:]}", path.upper()):
        assert ask(client, near, "10.0.3.17:8000").status_code == 421


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host", "X-Forwarded-Server"])
@pytest.mark.parametrize("hops", [0, 1, 2])
def test_host_that_a_proxy_names_is_not_believed(serve: Serve, name: str, hops: int) -> None:
    client = serve(trusted_proxies=hops)
    for value in ("img.test", "host=img.test"):
        assert ask(client, "/version", "evil.example", **{name: value}).status_code == 421
    for value in ("evil.example", "host=evil.example"):
        assert ask(client, "/version", "img.test", **{name: value}).status_code == 200


# Service workers


@pytest.mark.parametrize("path", [*ASKED, *HEALTH, "/openapi.json", "/%2fshare.js", "/share.js/", "/assets/share.js"])
@pytest.mark.parametrize("value", ["script", "Script", "", "x"])
def test_service_worker_is_the_pages_own_or_none(client: FlaskClient, path: str, value: str) -> None:
    answer = ask(client, path, "localhost", **{"Service-Worker": value})
    if path == "/share.js":
        assert (answer.status_code, answer.text) == (200, "share")
        # With this header the worker could control more than its own folder.
        assert "Service-Worker-Allowed" not in answer.headers
    else:
        assert refused(answer, 403, "service_worker_refused")


def test_service_worker_of_an_unknown_host_is_refused(client: FlaskClient) -> None:
    answer = ask(client, "/share.js", "evil.example", **{"Service-Worker": "script"})
    assert refused(answer, 421, "unknown_host")
