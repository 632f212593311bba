"""Requests whose bodies are not what their heads say, as a broken or hostile client sends them."""

import json
import re
import socket
from collections.abc import Iterator

import pytest

from tests.rigs.server import OFFLINE, Server, answers, until

JSON = json.dumps({"filename": "a.png", "contentType": "image/png", "size": 11}).encode()
HEAD = b"POST /uploads/init HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
#: The body's only chunk, and its end.
CHUNK = b"%x\r\n%s\r\n" % (len(JSON), JSON)
END = b"0\r\n\r\n"


def chunked(body: bytes, head: bytes = HEAD) -> bytes:
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + body


def measured(length: bytes, body: bytes = JSON) -> bytes:
    return HEAD + b"Content-Length: " + length + b"\r\n\r\n" + body


LENGTH = b"%d" % len(JSON)
SOUND = {
    "length": measured(LENGTH),
    "chunk": chunked(CHUNK + END),
    "a-chunk-a-byte": chunked(b"".join(b"1\r\n%c\r\n" % byte for byte in JSON) + END),
    "extension": chunked(CHUNK.replace(b"\r", b';name="value"\r', 1) + END),
    "trailer": chunked(CHUNK + b"0\r\nX-Name: value\r\n\r\n"),
    "expectation": HEAD + b"Expect: 100-continue\r\nContent-Length: " + LENGTH + b"\r\n\r\n" + JSON,
}
#: Complete requests: the server must answer each without waiting for more.
BROKEN = {
    "size-no-number": chunked(b"zz\r\n"),
    "size-negative": chunked(b"-1\r\n"),
    "size-empty": chunked(b"\r\n"),
    "size-python": chunked(b"0x1f\r\n"),
    "size-underscore": chunked(b"1_0\r\n"),
    "size-too-long": chunked(b"1" * 20_000),
    "size-bare-lf": chunked(b"5\n12345\n0\n\n\r\n"),
    "extension": chunked(b"5;;;\r\n12345\r\n" + END),
    "chunk-longer-than-said": chunked(b"5\r\n123456789\r\n" + END),
    "second-size": chunked(CHUNK + b"?\r\n"),
    "trailer-no-colon": chunked(CHUNK + b"0\r\nname\r\n\r\n"),
    "trailer-length": chunked(CHUNK + b"0\r\nContent-Length: 5\r\n\r\n"),
    "trailer-control": chunked(CHUNK + b"0\r\nName: \0\r\n\r\n"),
    "trailer-bare-lf": chunked(CHUNK + b"0\r\nName: value\n\n"),
    "both": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK + END,
    "coding-twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNK + END,
    "coding-not-last": HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + CHUNK + END,
    "coding-alone": HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + JSON,
    "coding-identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n" + JSON,
    "chunks-in-http-1.0": chunked(CHUNK + END, HEAD.replace(b"1.1", b"1.0")),
    "length-no-number": measured(b"many"),
    "length-negative": measured(b"-1"),
    "length-signed": measured(b"+" + LENGTH),
    "length-superscript": measured(b"\xb2"),
    "length-list": measured(LENGTH + b", " + LENGTH),
    "length-twice": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + JSON,
    "length-of-5000-digits": measured(b"9" * 5000),
}
#: Requests that their client cut off; it still listens.
SHORT = {
    "length": measured(b"100"),
    "chunk": chunked(CHUNK[:-10]),
    "chunk-end": chunked(CHUNK[:-2]),
    "size": chunked(b"5"),
    "end": chunked(CHUNK),
    "trailers": chunked(CHUNK + b"0\r\nName"),
}
#: Requests that are too long; the server does not read them to their end.
LONG = {
    "length": measured(b"20000", b" " * 20_000),
    "length-of-a-gigabyte": measured(b"1000000000", b" " * 1000),
    "length-beyond-64-bits": measured(b"9" * 30, b" " * 1000),
    "length-expected": HEAD + b"Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n",
    "chunk": chunked(b"%x\r\n" % 20_000 + JSON + b" " * 20_000),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"), **OFFLINE, WEB_CONCURRENCY="1")
    process = server.spawn()
    until(lambda: process.poll() is not None or answers(f"{server.url}/health"))
    yield server
    said = server.stop()
    assert "Traceback" not in said
    assert "ERROR" not in said
    assert said.count("Booting worker") == 1


def statuses(server: Server, data: bytes, half_closed: bool = False) -> list[int]:
    """Return the status of every answer until the server closes."""
    with server.connect(data) as client:
        if half_closed:
            client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


@pytest.mark.parametrize("name", SOUND)
def test_sound_body_is_taken(server: Server, name: str) -> None:
    # The next request proves that the body ended where it should.
    goodbye = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert [status for status in statuses(server, SOUND[name] + goodbye) if status >= 200] == [201, 200]


@pytest.mark.parametrize("name", BROKEN)
def test_broken_body_is_a_bad_request(server: Server, name: str) -> None:
    # Only a different reading makes a request of what follows: the server must not answer it.
    assert statuses(server, BROKEN[name] + b"\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") == [400]


@pytest.mark.parametrize("name", SHORT)
def test_body_that_ends_early_is_a_bad_request(server: Server, name: str) -> None:
    assert statuses(server, SHORT[name], half_closed=True) == [400]


@pytest.mark.parametrize("name", LONG)
def test_body_that_is_too_long_is_refused_unread(server: Server, name: str) -> None:
    assert statuses(server, LONG[name]) == [413]


def test_unknown_expectation_is_refused(server: Server) -> None:
    assert statuses(server, HEAD + b"Expect: miracles\r\nContent-Length: 5\r\n\r\n12345") == [417]


@pytest.mark.parametrize("trailers", [b"Name: " + b"x" * 9000 + b"\r\n", b"Name: x\r\n" * 2000], ids=["long", "many"])
def test_trailers_are_bounded(server: Server, trailers: bytes) -> None:
    assert statuses(server, chunked(CHUNK + b"0\r\n" + trailers + b"\r\n")) == [431]
