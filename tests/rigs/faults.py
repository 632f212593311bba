"""A proxy between the API and a real store, which breaks requests on demand.

It passes requests on byte for byte, so that the store verifies the `Host` that was signed. It reads each answer whole,
then sends it, or a part of it, or nothing.
"""

import http.client
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PAGE: Final = b"<!doctype html><html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>"
#: A page that an XML parser accepts.
_XHTML: Final = b"<html><head><title>Sign in</title></head><body><p>Welcome to the WLAN.</p></body></html>"


def _error(code: str) -> bytes:
    return f"{_XML}<Error><Code>{code}</Code><Message>As told.</Message><RequestId>1</RequestId></Error>".encode()


@dataclass(frozen=True)
class Request:
    """A client's request: `data` is all of it, `line` is "METHOD /path" without the query."""

    line: str
    data: bytes

    @property
    def method(self) -> str:
        return self.line.partition(" ")[0]

    def headers(self) -> dict[str, str]:
        """Return the headers by their lower-case names."""
        lines = self.data.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


@dataclass(frozen=True)
class Answer:
    """The store's answer: `head` ends with the empty line."""

    head: bytes
    body: bytes


class Dropped(Exception):
    """The proxy must send nothing more on this connection."""


Send = Callable[[bytes], None]
#: Passes a request on, the client's own or another in its place.
Forward = Callable[..., Answer]


def canned(status: int, body: bytes, content_type: str = "application/xml", headers: str = "") -> "Fault":
    """Return a fault that answers in the store's place. Each of the `headers` ends with a line break."""
    reason = http.client.responses[status]
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"

    def fault(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
        send(head.encode() + (b"" if request.method == "HEAD" else body))

    return fault


def refuse(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Reset this connection, and refuse every other while the rule lasts."""
    rule.proxy.close()
    raise Dropped


def reset(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Reset the connection before the store hears anything."""
    raise Dropped


def silent(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Take the request and never answer."""
    rule.lifted.wait()
    raise Dropped


def late(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Pass the request on only when the rule is lifted, long after the client has gone."""
    rule.lifted.wait()
    forward()
    rule.ended.set()
    raise Dropped


def lost(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Let the store do the work, and drop its answer."""
    forward()
    raise Dropped


def half(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Reset the connection in the middle of the answer."""
    answer = forward()
    send(_half(answer))
    raise Dropped


def cut(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Close the connection cleanly in the middle of the answer."""
    answer = forward()
    send(_half(answer))
    rule.proxy.drop()


def stalled(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
    """Stop sending in the middle of the answer."""
    answer = forward()
    send(_half(answer))
    rule.lifted.wait()
    raise Dropped


def slow(seconds: float) -> "Fault":
    """Return a fault that answers after `seconds`."""

    def fault(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
        answer = forward()
        rule.lifted.wait(seconds)
        send(answer.head + answer.body)

    return fault


def rewritten(there: Callable[[bytes], bytes] = bytes, back: Callable[[bytes], bytes] = bytes) -> "Fault":
    """Return a fault that changes requests on their way there, and the heads of answers on their way back."""

    def fault(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
        answer = forward(Request(request.line, there(request.data)))
        send(back(answer.head) + answer.body)

    return fault


def limited(size: int) -> "Fault":
    """Return a fault that refuses bodies of more than `size` bytes, as nginx does."""

    def fault(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
        if int(request.headers().get("content-length", 0)) > size:
            canned(413, _PAGE, "text/html")(rule, request, forward, send)
        else:
            answer = forward()
            send(answer.head + answer.body)

    return fault


def torn(bucket: Any, between: Callable[[], None]) -> "Fault":
    """Return a fault that copies in two steps, and calls `between` after it has read the source.

    No store promises that a copy is one step, and SeaweedFS's is not. `bucket` is boto3's, with the owner's rights.
    """

    def fault(rule: "Rule", request: Request, forward: Forward, send: Send) -> None:
        headers = request.headers()
        key = request.line.partition(f"/{bucket.name}/")[2]
        source = headers["x-amz-copy-source"].partition("/")[2]
        looked = bucket.Object(source).get()
        data = looked["Body"].read()
        if looked["ETag"] != headers["x-amz-copy-source-if-match"] or list(bucket.objects.filter(Prefix=key)):
            answer = forward()  # The store itself refuses it.
            send(answer.head + answer.body)
            return
        between()
        metadata = {name[11:]: value for name, value in headers.items() if name.startswith("x-amz-meta-")}
        bucket.Object(key).put(Body=data, ContentType=headers["content-type"], Metadata=metadata)
        copied = f"{_XML}<CopyObjectResult><ETag>{looked['ETag']}</ETag></CopyObjectResult>".encode()
        canned(200, copied)(rule, request, forward, send)

    return fault


def _half(answer: Answer) -> bytes:
    if answer.body:
        return answer.head + answer.body[: len(answer.body) // 2]
    return answer.head[: len(answer.head) // 2]


Fault = Callable[["Rule", Request, Forward, Send], None]

FAULTS: Final[dict[str, Fault]] = {
    "refuse": refuse,
    "reset": reset,
    "silent": silent,
    "lost": lost,
    "half": half,
    "cut": cut,
    "stalled": stalled,
    "500": canned(500, _error("InternalError")),
    "503": canned(503, _error("SlowDown")),
    "403": canned(403, _error("AccessDenied")),
    "expired": canned(400, _error("ExpiredToken")),
    "502-page": canned(502, _PAGE, "text/html"),
    "200-page": canned(200, _XHTML, "text/html"),
    "200-nothing": canned(200, b""),
    "200-error": canned(200, _error("InternalError")),
    "200-garbage": canned(200, b"<CopyObjectResult><ETag>&quot;x"),
    "500-garbage": canned(500, b"\x00\xff<Error><Co"),
}


@dataclass
class Rule:
    """Break requests that match `pattern` ("METHOD /path"): skip `skip` of them, then break `times`."""

    proxy: "Proxy"
    fault: Fault
    pattern: str
    skip: int = 0
    times: float = float("inf")
    hits: int = 0
    lifted: threading.Event = field(default_factory=threading.Event)
    #: Set when a request that was held back has reached the store.
    ended: threading.Event = field(default_factory=threading.Event)

    def takes(self, request: Request) -> bool:
        if not re.search(self.pattern, request.line):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.hits >= self.times:
            return False
        self.hits += 1
        return True


class Proxy:
    """A proxy in front of the store at `port`; its own address is `url`."""

    def __init__(self, port: int) -> None:
        self._store = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._open: set[socket.socket] = set()
        self._address = ("127.0.0.1", 0)
        #: How often each "METHOD /path" was requested.
        self.asked: Counter[str] = Counter()
        self.open()
        self.url = f"http://127.0.0.1:{self._address[1]}"

    def open(self) -> None:
        """Listen; a closed proxy may open again."""
        self._listener = socket.create_server(self._address, backlog=128)
        self._address = self._listener.getsockname()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse new connections, and reset the open ones."""
        with suppress(OSError):
            # This wakes the thread that accepts; closing alone would leave it listening.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def drop(self) -> None:
        """Reset every connection."""
        with self._lock:
            held = list(self._open)
        for connection in held:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def broken(self, fault: Fault, pattern: str = "", skip: int = 0, times: float = float("inf")) -> Iterator[Rule]:
        """Break matching requests within the block."""
        rule = Rule(self, fault, pattern, skip, times)
        with self._lock:
            self._rules.append(rule)
        try:
            yield rule
        finally:
            with self._lock:
                self._rules.remove(rule)
            rule.lifted.set()
            if self._listener.fileno() < 0:
                self.open()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        upstream = _Upstream(self._store)
        with self._lock:
            self._open.add(client)
        try:
            with client, client.makefile("rb") as stream:
                while request := _read(stream, client):
                    self._answer(client, upstream, request)
        except (OSError, http.client.HTTPException, Dropped):
            pass
        finally:
            with self._lock:
                self._open.discard(client)
            upstream.close()

    def _answer(self, client: socket.socket, upstream: "_Upstream", request: Request) -> None:
        with self._lock:
            self.asked[request.line] += 1
            rule = next((rule for rule in self._rules if rule.takes(request)), None)
        try:
            if rule:
                rule.fault(rule, request, lambda changed=request: upstream.ask(changed), client.sendall)
            else:
                answer = upstream.ask(request)
                client.sendall(answer.head + answer.body)
        except (OSError, http.client.HTTPException, Dropped):
            # Reset it: a client could take a clean end for that of a short answer.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise


def _read(stream: BinaryIO, client: socket.socket) -> Request | None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if re.search(rb"(?i)\r\nexpect: *100-continue", head):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = stream.read(int(length[1])) if length else b""
    method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
    return Request(f"{method} {target.partition('?')[0]}", head + body)


class _Upstream:
    """A connection to the store, which the next request of the same client uses again."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    def ask(self, request: Request) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=60)
        self._socket.sendall(request.data)
        answer = http.client.HTTPResponse(self._socket, method=request.method)
        answer.begin()
        body = answer.read()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() != "transfer-encoding"]
        if answer.getheader("Content-Length") is None and answer.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        if answer.will_close:
            self.close()
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in headers)]
        return Answer("\r\n".join([*lines, "", ""]).encode("latin-1"), body)

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None
