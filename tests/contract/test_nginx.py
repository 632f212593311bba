"""A proxy that is there already: deploy/nginx/image-host.conf as it is published, in Debian's nginx."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from urllib3.util import connection

from config import ROOT
from tests.conftest import picture
from tests.contract.conftest import User
from tests.rigs.nginx import PUBLISHED, SITE, Nginx
from tests.rigs.server import Answer, Server, connect

PNG = picture("image/png")
MAX_BYTES = 25 * 1024**2
URL = f"https://{SITE}"
#: Calls an hour that one client may make of each view.
LIMIT = 6


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("nginx")
    server = Server(
        folder / "instance",
        SITE_URL=URL,
        TLS="off",
        TRUSTED_PROXIES="1",
        RATE_LIMIT=f"{LIMIT} per hour",
    )
    server.start()
    nginx = Nginx(folder, server.port)
    nginx.start()
    yield nginx
    nginx.stop()
    server.end()


@pytest.fixture
def user(nginx: Nginx, monkeypatch: pytest.MonkeyPatch) -> User:
    """Return somebody for whom the site's name leads to nginx, and who trusts its certificate."""
    create = connection.create_connection
    ports = {443: nginx.port, 80: nginx.plain_port}

    def resolve(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
        host, port = address
        return create(("127.0.0.1", ports[port]) if host == SITE else address, *rest, **options)

    monkeypatch.setattr(connection, "create_connection", resolve)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(nginx.certificate))
    return User(post)


def post(path: str, json: dict[str, Any], **headers: str) -> Answer:
    answer = requests.post(URL + path, json=json, headers=headers, timeout=60)
    return Answer(answer.status_code, answer.json() if answer.content else None, answer.text, answer.headers)


def test_largest_picture_goes_up_and_comes_back(user: User) -> None:
    data = PNG.ljust(MAX_BYTES, b"\0")
    published = user.publish(data, "image/png")
    assert published["viewURL"].startswith(f"{URL}/")
    assert published["deleteURL"].startswith(f"{URL}/")
    assert requests.get(published["viewURL"], timeout=60).content == data
    assert user.delete(published["deleteToken"]).status_code == 204
    assert requests.get(published["viewURL"], timeout=60).status_code == 404


def test_what_is_too_large_is_refused(user: User) -> None:
    refused = user.post("/uploads/init", json={"contentType": "image/png", "size": MAX_BYTES + 1})
    assert refused.status_code == 422
    assert str(MAX_BYTES) in refused.json["detail"]
    upload = user.init(PNG, "image/png")
    assert 400 <= user.put(upload, PNG + b"more").status_code < 500
    assert user.complete(upload).status_code == 409


def test_page_and_its_errors_come_through(user: User) -> None:
    page = requests.get(URL, timeout=60)
    assert '<div id="root">' in page.text
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert requests.get(f"{URL}/nowhere", timeout=60).json()["status"] == 404
    assert requests.get(URL, headers={"Host": "evil.test"}, timeout=60).json()["code"] == "unknown_host"


def test_plain_http_leads_to_https(user: User) -> None:
    answer = requests.get(f"http://{SITE}/delete?a=b", allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{URL}/delete?a=b")


def test_client_cannot_choose_the_address_that_is_counted(user: User) -> None:
    claims = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(LIMIT + 1)]
    statuses = [post("/uploads/lookup", {"deleteToken": "none"}, **claim).status_code for claim in claims]
    assert statuses == [403] * LIMIT + [429]


def test_bytes_pass_through_as_they_come(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as image_host, ExitStack() as stack:
        image_host.settimeout(120)
        nginx = Nginx(tmp_path, image_host.getsockname()[1])
        nginx.start()
        stack.callback(nginx.stop)
        trust = ssl.create_default_context(cafile=nginx.certificate)
        client = stack.enter_context(trust.wrap_socket(connect(nginx.port), server_hostname=SITE))
        head = f"PUT /images/incoming/x?a=%2F HTTP/1.1\r\nHost: {SITE}:8443\r\nX-Forwarded-For: 192.0.2.1\r\n"
        client.sendall(f"{head}Content-Length: 2000000\r\n\r\n".encode() + bytes(1_000_000))
        behind = stack.enter_context(image_host.accept()[0])
        behind.settimeout(120)
        # Half is sent, and most of that has arrived.
        lines = receive(behind, 900_000).split(b"\r\n\r\n")[0].decode().split("\r\n")
        assert lines[0] == "PUT /images/incoming/x?a=%2F HTTP/1.1"
        assert f"Host: {SITE}:8443" in lines
        assert "X-Forwarded-For: 192.0.2.1, 127.0.0.1" in lines
        behind.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + bytes(1_000_000))
        assert receive(client, 900_000).startswith(b"HTTP/1.1 200 OK\r\n")


def receive(peer: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = peer.recv(65536)
        assert piece, "the connection was closed"
        received += piece
    return received


def test_traefik_is_told_the_same_as_nginx() -> None:
    # Traefik itself has no package that the tests could install.
    routing = yaml.safe_load((ROOT / "deploy" / "traefik" / "image-host.yml").read_text())["http"]
    (router,) = routing["routers"].values()
    assert router["rule"] == f"Host(`{SITE}`)"
    (server,) = routing["services"][router["service"]]["loadBalancer"]["servers"]
    assert f"server {server['url'].removeprefix('http://')};" in PUBLISHED.read_text()
