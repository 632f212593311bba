"""The edge: what visitors reach on the one address, what they don't, and what happens when a part is killed."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests

from app.embedded import caddy
from app.storage import objects
from config import ROOT, Config
from tests.conftest import free_port, picture
from tests.contract.conftest import User
from tests.rigs.listener import listening
from tests.rigs.server import Server, answers, until

PNG = picture("image/png")
LIMIT = 100_000
#: Settings for a server behind a proxy.
BEHIND = {"SITE_URL": "https://img.example.test", "TLS": "off"}
OTHER = "00000000-0000-4000-8000-000000000000.png"


def serving(instance: Path, **env: str) -> Iterator[Server]:
    server = Server(instance, **env)
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("edge"), MAX_UPLOAD_BYTES=str(LIMIT))


@pytest.fixture(scope="module")
def link(server: Server) -> str:
    """Publish a picture; return its link."""
    return str(User(server.post).publish(PNG, "image/png", filename="été.png")["viewURL"])


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """Start a server that a test may kill."""
    yield from serving(tmp_path)


def old(server: Server, link: str) -> str:
    """Return the link that the store would have had before there was an edge."""
    return f"http://127.0.0.1:{server.s3_port}/images/uploads/{link.rpartition('/')[2]}"


# One address


def test_page_upload_and_link_have_one_address(server: Server, link: str) -> None:
    assert requests.get(server.url, timeout=60).headers["Content-Type"].startswith("text/html")
    upload = User(server.post).init(PNG, "image/png")
    assert upload["uploadURL"].startswith(f"{server.url}/images/incoming/")
    assert link.startswith(f"{server.url}/i/")
    assert requests.get(link, timeout=60).content == PNG


def test_nothing_listens_beyond_this_machine(server: Server) -> None:
    ours = {
        server.port,
        *range(server.s3_port, server.s3_port + 10),
        *range(server.s3_port + 10_000, server.s3_port + 10_010),
    }
    listening = {}
    for family in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{family}").read_text().splitlines()[1:]:
            _, address, _, state, *_ = line.split()
            host, port = address.split(":")
            if int(port, 16) in ours and state in ("0A", "07"):
                listening[int(port, 16)] = host
    assert {server.port, server.s3_port, server.s3_port + 5} <= set(listening)
    assert set(listening.values()) == {"0100007F"}


@pytest.mark.parametrize("address", [lambda _, link: link, old], ids=["link", "link of old"])
def test_picture_has_the_headers_that_make_it_harmless(
    server: Server, link: str, address: Callable[[Server, str], str]
) -> None:
    answer = requests.get(address(server, link), timeout=60)
    assert answer.content == PNG
    found = {name: answer.headers.get(name) for name in ("Content-Type", "Cache-Control", "Content-Disposition")}
    assert found == {
        "Content-Type": "image/png",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Disposition": "inline; filename*=UTF-8''%C3%A9t%C3%A9.png",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Strict-Transport-Security" not in answer.headers
    assert not re.search("seaweed|caddy", answer.headers.get("Server", ""), re.I)


@pytest.mark.parametrize("address", [lambda _, link: link, old], ids=["link", "link of old"])
@pytest.mark.parametrize(
    "query",
    [
        "response-content-type=text/html",
        "response-content-disposition=attachment",
        "response-cache-control=no-store",
        "%72esponse-content-type=text/html",
        "versionId=1",
        "acl",
        "uploads",
        "X-Amz-Signature=1&X-Amz-Algorithm=AWS4-HMAC-SHA256",
    ],
)
def test_query_changes_nothing(server: Server, link: str, address: Callable[[Server, str], str], query: str) -> None:
    plain, asked = (requests.get(address(server, link) + end, timeout=60) for end in ("", f"?{query}"))
    for name in ("Content-Type", "Content-Disposition", "Cache-Control", "ETag"):
        assert asked.headers[name] == plain.headers[name]
    assert asked.content == PNG


def test_ranges_and_conditions_work(link: str) -> None:
    def get(**headers: str) -> requests.Response:
        return requests.get(link, headers=headers, timeout=60)

    first = get()
    part = get(Range="bytes=4-11")
    assert (part.status_code, part.content) == (206, PNG[4:12])
    assert part.headers["Content-Range"] == f"bytes 4-11/{len(PNG)}"
    assert get(Range=f"bytes={len(PNG)}-").status_code == 416
    assert get(**{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert get(**{"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    head = requests.head(link, timeout=60)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(PNG)), b"")
    assert head.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}, {"Referer": "http://a.test/"}])
def test_what_a_visitor_sends_of_himself_stays_here(link: str, headers: dict[str, str]) -> None:
    assert requests.get(link, headers=headers, timeout=60).content == PNG


@pytest.mark.parametrize("address", [lambda _, link: link, old], ids=["link", "link of old"])
def test_no_picture_is_a_service_worker(server: Server, link: str, address: Callable[[Server, str], str]) -> None:
    answer = requests.get(address(server, link), headers={"Service-Worker": "script"}, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (403, "service_worker_refused")


# What can't be reached


@pytest.mark.parametrize("port", [None, "store"])
@pytest.mark.parametrize(
    "path",
    [
        "/images",
        "/images/",
        "/images?policy",
        "/images/uploads/",
        "/images/incoming/",
        "/images/?list-type=2",
        "/buckets/images/",
        "/i",
        "/i/",
        "/i/.",
        "/i/KEY/",
        "/i/KEY%00",
        "/i/KEY%0a",
        "/i/./KEY/../..",
        "/i/..%2fincoming/KEY",
        "/i/%2e%2e/incoming/KEY",
        "/images/incoming/KEY",
        "/images/incoming/deleted/KEY",
        "/images/uploads/../incoming/KEY",
        "/images/uploads/%2e%2e/incoming/KEY",
    ],
)
def test_path_leads_nowhere(server: Server, link: str, path: str, port: str | None) -> None:
    key = link.rpartition("/")[2]
    for method in ("GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND"):
        status, head, body = raw(server.s3_port if port else server.port, method, path.replace("KEY", key))
        assert status in (400, 404, 405), (method, status)
        assert PNG not in body
        # Nothing of the store's.
        assert b"<?xml" not in body
        assert "x-amz-request-id" not in head.lower()


def raw(port: int, method: str, path: str, *lines: str, body: bytes = b"") -> tuple[int, str, bytes]:
    """Send a request unchanged; no library tidies its path. Return status, head and body."""
    host = f"127.0.0.1:{port}"
    sent = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "Connection: close", "", ""]).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent + body)
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1"), body


def test_link_to_nothing_says_so(server: Server, link: str) -> None:
    for base in (server.url + "/i/", f"http://127.0.0.1:{server.s3_port}/images/uploads/"):
        answer = requests.get(base + OTHER, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"


def test_store_itself_shows_no_picture(server: Server, link: str) -> None:
    store = f"http://127.0.0.1:{server.s3_port + 5}/images/uploads/{link.rpartition('/')[2]}"
    for headers in ({}, {"Referer": ""}, {"Referer": server.url}, {"Origin": server.url}):
        assert requests.get(store, headers=headers, timeout=60).status_code == 403


# Uploads


def test_only_what_was_signed_is_stored(server: Server) -> None:
    user = User(server.post)
    upload = user.init(PNG, "image/png")
    path, _, query = upload["uploadURL"].removeprefix(server.url).partition("?")

    def put(url: str, headers: dict[str, str] | None = None, data: bytes = PNG) -> requests.Response:
        return requests.put(server.url + url, data=data, headers={**upload["headers"], **(headers or {})}, timeout=60)

    for refused in (
        put(path),
        put(f"{path}?{query}&acl"),
        put(f"{path}?{query}&partNumber=1&uploadId=1"),
        put(f"{path}?{query}", {"x-amz-acl": "public-read"}),
        put(f"{path}?{query}", {"x-amz-copy-source": "/images/incoming/" + OTHER}),
        put(f"{path}?{query}", data=PNG + b"x"),
        put(f"{path}?{query}", {"Content-Type": "text/html"}),
        put(f"{path.replace('incoming', 'uploads')}?{query}"),
        put(f"{path.replace('incoming/', 'incoming/deleted/')}?{query}"),
    ):
        assert refused.status_code in (400, 403, 404, 501), refused.text
    assert user.complete(upload).status_code == 409
    # The host that is signed is the one of the request, whatever else it says.
    assert put(f"{path}?{query}", {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"}).status_code == 200
    assert user.complete(upload).status_code == 201


def test_body_over_the_limit_is_refused_whatever_was_signed(server: Server) -> None:
    path = f"/images/incoming/{OTHER}?X-Amz-Signature=1"
    for lines in ([f"Content-Length: {LIMIT + 1}"], ["Transfer-Encoding: chunked"]):
        body = bytes(LIMIT + 1)
        if "chunked" in lines[0]:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        status, _, said = raw(server.port, "PUT", path, *lines, body=body)
        assert status in (403, 411, 413), said


# Who asks


def ask(server: Server, **headers: str) -> Any:
    asked = {"contentType": "image/png", "size": len(PNG)}
    return requests.post(f"{server.url}/uploads/init", json=asked, headers=headers, timeout=60)


def test_client_can_not_say_that_he_is_another(tmp_path: Path) -> None:
    for server in serving(tmp_path, RATE_LIMIT="2 per hour"):
        found = [ask(server, **{"X-Forwarded-For": f"9.9.9.{last}"}).status_code for last in range(3)]
        assert found == [201, 201, 429]


def test_proxy_in_front_says_who_its_clients_are(tmp_path: Path) -> None:
    for server in serving(tmp_path, RATE_LIMIT="2 per hour", TRUSTED_PROXIES="1", **BEHIND):
        as_proxy = [
            ask(server, Host="img.example.test", **{"X-Forwarded-For": sent}).status_code
            for sent in ("9.9.9.1", "9.9.9.2", "1.1.1.1, 9.9.9.1", "2.2.2.2, 9.9.9.1", "9.9.9.2", "9.9.9.3")
        ]
        assert as_proxy == [201, 201, 201, 429, 201, 201]


def test_foreign_name_leads_nowhere(server: Server) -> None:
    answer = requests.get(server.url, headers={"Host": "evil.example"}, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")


# HTTPS


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("secure")).run_by_https()
    server.start()
    yield server
    server.end()


def test_https_by_a_certificate_of_its_own(secure: Server) -> None:
    certificate = str(secure.certificate)
    user = User(secure.post)
    upload = user.init(PNG, "image/png")
    put = requests.put(upload["uploadURL"], data=PNG, headers=upload["headers"], verify=certificate, timeout=60)
    assert put.status_code == 200
    link = user.complete(upload).json["viewURL"]
    assert link.startswith(f"{secure.url}/i/")
    for address in (link, secure.url, f"{secure.url}/uploads/limits"):
        answer = requests.get(address, verify=certificate, timeout=60)
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
        assert answer.headers["Alt-Svc"].startswith("h3=")
    curl = [
        "curl",
        "--silent",
        "--cacert",
        certificate,
        "--write-out",
        "%{http_version}",
        "--output",
        "/dev/null",
        link,
    ]
    assert subprocess.run(curl, capture_output=True, text=True, check=True).stdout == "2"


# Parts that die


def processes(of: Server, *programs: str) -> list[int]:
    """Return the processes below this server's folder that run one of `programs`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
            home = (folder / "cwd").readlink()
        except OSError:
            continue
        if home.is_relative_to(of.env["INSTANCE_PATH"]) and Path(words[0]).name in programs:
            found.append(int(folder.name))
    return found


def works(server: Server, link: str) -> bool:
    try:
        return requests.get(link, timeout=30).content == PNG and answers(f"{server.url}/health/ready")
    except requests.RequestException:
        return False


@pytest.mark.parametrize("program", ["caddy", "weed"])
def test_part_that_is_killed_comes_back(own: Server, program: str) -> None:
    link = User(own.post).publish(PNG, "image/png")["viewURL"]
    (pid,) = processes(own, program)
    os.kill(pid, signal.SIGKILL)
    until(lambda: processes(own, program) not in ([], [pid]))
    until(lambda: works(own, link))
    User(own.post).publish(PNG, "image/png")


@pytest.mark.parametrize("whose", ["caddy", "weed"])
def test_all_ends_when_a_supervisor_is_killed(own: Server, whose: str) -> None:
    user = User(own.post)
    link = user.publish(PNG, "image/png")["viewURL"]
    supervisors = [pid for pid in processes(own, "python", "python3") if runs(pid, whose)]
    assert len(supervisors) == 1
    os.kill(supervisors[0], signal.SIGKILL)
    own.said()
    until(lambda: not processes(own, "caddy", "weed"))
    assert not answers(own.url)
    own.start()
    assert works(own, link)


def runs(pid: int, program: str) -> bool:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return any(word.endswith("supervisor.py") for word in words) and any(word.endswith(f"/{program}") for word in words)


def test_all_ends_when_the_master_is_killed(own: Server) -> None:
    own.stop(signal.SIGKILL)
    until(lambda: not processes(own, "caddy", "weed"))
    assert not answers(own.url)


def test_request_waits_while_the_store_starts_again(own: Server) -> None:
    link = User(own.post).publish(PNG, "image/png")["viewURL"]
    (pid,) = processes(own, "weed")
    os.kill(pid, signal.SIGKILL)
    answer = requests.get(link, timeout=60)
    assert answer.content == PNG or (answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0)


class Starting(BaseHTTPRequestHandler):
    """A store that has just started, and does not find its pictures yet."""

    def do_GET(self) -> None:
        self.send_error(500, "InternalError")

    def log_message(self, *_: object) -> None:
        pass


def test_error_of_the_store_is_not_shown_but_said(configure: Callable[..., Config], tmp_path: Path) -> None:
    with listening(Starting) as store:
        endpoint = f"http://127.0.0.1:{store.server_port}"
        port = free_port()
        config = configure(s3_endpoint_url=endpoint, s3_port=port, instance_path=tmp_path)
        caddy.launch(config, store=True, site=False).wait()
        answer = requests.get(f"http://127.0.0.1:{port}/images/uploads/{OTHER}", timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


# Settings


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SITE_URL": "https://img.example.test/sub"}, "SITE_URL"),
        ({"SITE_URL": "https://img.example.test"}, "PORT"),
        ({"TLS": "internal"}, "TLS"),
        ({"TLS": "yes"}, "TLS"),
        (
            {"SITE_URL": "https://img.example.test", "TLS": "off", "PUBLIC_BASE_URL": "http://127.0.0.1/i"},
            "PUBLIC_BASE_URL",
        ),
    ],
)
def test_settings_that_can_not_work_are_named(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    said = Server(tmp_path, **settings).fail()
    assert f"  {named}: " in said


def test_edge_obeys_the_form_of_our_keys() -> None:
    rules = (ROOT / "deploy/caddy/edge.caddy").read_text()
    assert f"^{{args[0]}}/({objects._KEY.pattern})$" in rules
