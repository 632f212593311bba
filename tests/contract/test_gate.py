"""How the server treats a request's head: its host, and headers that only a proxy may send."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from config import Config
from tests.conftest import picture
from tests.contract.conftest import User
from tests.contract.test_gunicorn import serving
from tests.html import Document
from tests.rigs.server import Server

PNG = picture("image/png")


@pytest.fixture(scope="module")
def server(store: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Without SITE_URL, links name the host of the request.
    with serving(tmp_path_factory.mktemp("instance"), store, TRUSTED_PROXIES="1", WEB_CONCURRENCY="1") as server:
        yield server


@dataclass
class Said:
    status: int
    body: Any


def send(server: Server, path: str, *lines: str, version: str = "1.1", body: Any = None) -> Said:
    """Send a head unchanged, with only the headers added that the body needs."""
    method, data, length = "GET", b"", []
    if body is not None:
        method, data = "POST", json.dumps(body).encode()
        length = [f"Content-Length: {len(data)}", "Content-Type: application/json"]
    head = "\r\n".join([f"{method} {path} HTTP/{version}", *lines, *length, "Connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head.encode("latin-1") + data)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            while answer.readline().strip():
                pass
            text = answer.read()
    return Said(status, json.loads(text) if text.startswith(b"{") else text.decode())


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: evil.example"],
        ["Host: a@evil.example"],
        ["Host: localhost:80@evil.example"],
        ["Host: evil.example#"],
        ["Host: localhost, evil.example"],
        ["Host: [:::]"],
        ["Host: localhost:99999"],
        ["Host:"],
        ["Host: localhost", "Host: evil.example"],
        ["Host: evil.example", "Host: localhost"],
        ["Host: evil.example", "X-Forwarded-Host: localhost"],
        ["Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Server: localhost", "X-Forwarded-Port: 80"],
        ["Host: evil.example", "HTTP_HOST: localhost"],
        ["Host: evil.example", "SERVER_NAME: localhost"],
        ["Hos_t: localhost", "Host: evil.example"],
        ["Host : localhost"],
        ["Host: evil.example", " localhost"],
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/version", "http://localhost/version"])
def test_no_head_gets_past_an_unknown_host(server: Server, lines: list[str], path: str) -> None:
    said = send(server, path, *lines)
    # 400: gunicorn itself.
    assert said.status in (400, 421)
    assert "evil" not in str(said.body)
    assert said.status == 400 or said.body["code"] == "unknown_host"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_request_without_a_host_is_one_to_the_address_that_it_reached(server: Server, version: str) -> None:
    assert send(server, "/version", version=version).status in (200, 400)
    assert send(server, "/health", version="1.0").status == 200


def test_load_balancer_may_name_any_host(server: Server) -> None:
    for path in ("/health", "/health/ready"):
        assert send(server, path, "Host: 10.0.3.17:8000").status == 200


#: Headers from which gunicorn by default takes the address, the scheme or the path of a request.
FORWARDED = [
    "SCRIPT_NAME: /uploads",
    "SCRIPT_NAME: /evil",
    "SCRIPT-NAME: /uploads",
    "PATH_INFO: /health",
    "PATH-INFO: /health",
    "REMOTE_USER: root",
    "X-Script-Name: /uploads",
    "X-Forwarded-Prefix: /uploads",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Proto: javascript",
    "X-Forwarded-Protocol: ssl",
    "X-Forwarded-Ssl: on",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Port: 666",
    "X-Forwarded-Server: evil.example",
    "X-Original-URL: /health",
    "X-Rewrite-URL: /health",
    "X-HTTP-Method-Override: GET",
    "Forwarded: host=evil.example;proto=https",
    "Front-End-Https: on",
]


@pytest.mark.parametrize("line", FORWARDED)
def test_path_of_a_request_is_its_own(server: Server, line: str) -> None:
    said = send(server, "/uploads/limits", "Host: localhost", line)
    assert (said.status, "maxPixels" in said.body) == (200, True)


def test_links_are_shaped_by_nothing_but_a_known_host(server: Server) -> None:
    user = User(server.post)
    asked = {"uploadToken": user.stage(PNG, "image/png")["uploadToken"]}
    address = f"localhost:{server.port}"
    for lines in (FORWARDED, *([line] for line in FORWARDED)):
        said = send(server, "/uploads/complete", f"Host: {address}", *lines, body=asked)
        assert said.status in (200, 201), (lines, said)
        assert said.body["deleteURL"].startswith(f"http://{address}/delete#"), lines
        page = "/p/" + said.body["viewURL"].rpartition("/")[2].replace(".", "-")
        # From the store, and remembered.
        for _ in range(2):
            shown = send(server, page, f"Host: {address}", *lines)
            assert shown.status == 200
            assert Document.of(shown.body).metas["og:url"] == f"http://{address}{page}", lines
            assert "evil" not in shown.body


def test_page_that_was_drawn_for_one_host_is_shown_under_no_other(server: Server) -> None:
    user = User(server.post)
    link = user.publish(PNG, "image/png")["viewURL"]
    album = server.post("/albums", {"pictures": [{"viewURL": link}]}).json["albumId"]
    for path in ("/p/" + link.rpartition("/")[2].replace(".", "-"), f"/a/{album}"):
        for host in ("localhost:1", "127.0.0.1", "localhost:1", "[::1]:65535"):
            shown = send(server, path, f"Host: {host}")
            assert Document.of(shown.body).metas["og:url"] == f"http://{host}{path}"
