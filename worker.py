"""gunicorn's gevent worker, with a deadline for every client and a limit on their number.

gunicorn waits for a client as long as the client likes. Here a client must send its whole request, and read its whole
answer, by a deadline. When all places are taken, the next client gets the place of the one that has kept us waiting
longest. The app sees a request only when all of it has arrived, so no broken body ever reaches the app; except on the
paths in `STREAMED` of its configuration, where it reads the body itself (stream.py).
"""

import errno
import io
import math
import struct
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from enum import Enum, auto
from functools import partial
from types import FrameType
from typing import Any, Final

from gevent import sleep, socket
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.http.errors import ChunkMissingTerminator, InvalidHeader, NoMoreData
from gunicorn.http.message import Request
from gunicorn.util import unquote_to_wsgi_str, write_error
from gunicorn.workers.ggevent import GeventWorker

from stream import Stream, TooLate

#: Seconds from the first byte of a request to its last.
REQUEST_TIMEOUT: Final = 20
#: Bytes a second. Where the app reads a body itself, a client may be behind by REQUEST_TIMEOUT at most.
PACE: Final = 4 * 1024
#: Seconds that a client has to read an answer: the whole page at 5 KB/s.
ANSWER_TIMEOUT: Final = 60
#: Seconds that a stopping worker waits for its clients, and any worker for a client to read its last answer.
LINGER: Final = 2
#: Bytes to read from a client after its last answer: closing with unread ones would destroy the answer on its way. As
#: many as the edge lets through of a call (deploy/caddy/edge.caddy).
MAX_DRAIN: Final = 2 * 1024**2
#: The same where the app has refused a body unread: most clients look for the answer when they have sent all of it.
MAX_BODY_DRAIN: Final = 64 * 1024**2
#: Bytes of them that are read at a time.
PIECE: Final = 64 * 1024
#: A worker with fewer clients than this accepts one at a time.
FEW: Final = 16
#: Seconds for each client that it has, which such a worker waits before it accepts one more than lately: 8 ms at most.
PAUSE: Final = 0.0005
#: Seconds that "lately" means. Clients who come for one request each wait no longer than they did.
LATELY: Final = 1
#: Requests on the paths in `LONG_BODIES` that a worker has in memory at a time, beyond what others may send.
LONG_AT_ONCE: Final = 16
#: Bytes of an unread answer that the system buffers, in place of up to 4 MB; Linux doubles the number.
SEND_BUFFER: Final = 64 * 1024


class Awaited(Enum):
    """What we wait for: a client's next request, the rest of one, a body as the app reads it, a client that reads."""

    REQUEST = auto()
    REST = auto()
    BODY = auto()
    ANSWER = auto()
    NOTHING = auto()


class Connection(socket.socket):
    """A client's connection, which knows what it waits for and how long.

    While it waits, it is a key of `waiting`; the value is when the wait began. The longest wait comes first.
    """

    def __init__(self, fileno: int, keepalive: float, waiting: dict["Connection", float]) -> None:
        super().__init__(fileno=fileno)
        self._keepalive = keepalive
        self._waiting = waiting
        #: Whether a body that the app may read has not ended yet.
        self.streams = False
        self._head = b""
        self.await_request()

    def await_request(self) -> None:
        """Wait for the first byte of the next request."""
        self._flush()
        self._await(Awaited.REQUEST, self._keepalive)

    def await_nothing(self) -> None:
        """Note that the request is complete, and that the client now waits for us."""
        self._await(Awaited.NOTHING, math.inf)
        del self._waiting[self]

    def await_body(self) -> None:
        """Wait for a body, which must arrive at PACE."""
        if self.awaited is not Awaited.BODY:
            self._await(Awaited.BODY, REQUEST_TIMEOUT)

    def _await(self, awaited: Awaited, seconds: float) -> None:
        now = time.monotonic()
        self.awaited = awaited
        self._deadline = now + seconds
        self._waiting.setdefault(self, now)

    def recv(self, *args: Any) -> bytes:
        """Receive, as any socket does; treat a client that stays silent between requests as one that left.

        Raises:
            TooLate: a request has begun, and its deadline has passed.
        """
        self._flush()
        idle = self.awaited is Awaited.REQUEST
        if not idle and self.awaited not in (Awaited.REST, Awaited.BODY):
            self._await(Awaited.REST, REQUEST_TIMEOUT)
        try:
            self._limit()
            data = bytes(super().recv(*args))
        except TimeoutError as error:
            if idle:
                return b""
            raise TooLate from error
        if idle:
            self._await(Awaited.REST, REQUEST_TIMEOUT)
        elif data and self.awaited is Awaited.BODY:
            now = time.monotonic()
            self._deadline = min(self._deadline + len(data) / PACE, now + REQUEST_TIMEOUT)
            # Those that send nothing make room first.
            self._waiting[self] = self._waiting.pop(self, now)
        return data

    def sendall(self, data: bytes, flags: int = 0) -> None:
        """Send, as any socket does; hold the head of an answer back until its body comes, or until we wait for more.

        gunicorn sends the two one after the other. Between them a proxy may end the connection, because we refuse what
        it still sends: its client would get a head without the body. One call costs less, too.
        """
        data, self._head = self._head + data, b""
        if data.endswith(b"\r\n\r\n"):
            self._head = data
        else:
            super().sendall(data, flags)

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head:
            super().sendall(head)

    def send(self, data: Any, flags: int = 0, **_: Any) -> int:
        """Send, as any socket does; treat a client that reads too slowly as one that left."""
        if self.awaited is not Awaited.ANSWER:
            self._await(Awaited.ANSWER, ANSWER_TIMEOUT)
        try:
            self._limit()
            return int(super().send(data, flags))
        except TimeoutError as error:
            # Drop what the system still buffers for the client, too.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise BrokenPipeError(errno.EPIPE, "The client reads its answer too slowly") from error

    def _limit(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)

    def hang_up(self) -> None:
        """End the connection, so that whatever waits for this client finds that it left."""
        self._waiting.pop(self, None)
        # Not with gevent's own `shutdown`, which raises an error in the greenlet that waits.
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close in two steps (RFC 9112, 9.6): stop sending, then read for a moment, so that the answer arrives."""
        with suppress(OSError, TooLate):
            self._flush()
            self._sock.shutdown(socket.SHUT_WR)
            self._await(Awaited.REST, REQUEST_TIMEOUT if self.streams else LINGER)
            left = MAX_BODY_DRAIN if self.streams else MAX_DRAIN
            while left > 0 and (data := self.recv(min(left, PIECE))):
                left -= len(data)
                sleep(0)
        self._waiting.pop(self, None)
        super().close()


class Listener(StreamServer):
    """Accepts clients: one by one, so that each worker gets its share; many at once if the worker has many already.

    A client that waits to be accepted waits longest of all: a worker serves all its clients before it accepts again.
    """

    def __init__(self, *args: Any, alone: bool = False, **kwargs: Any) -> None:
        self._alone = alone
        self._most, self._most_since = 0, 0.0
        super().__init__(*args, **kwargs)

    @property
    def max_accept(self) -> int:
        """How many clients to accept before serving those that we have."""
        return 1 if len(self.pool) < FEW and not self._alone else 100

    def do_handle(self, *args: Any) -> None:
        """Serve a client; if it is one more than lately, leave the next to other workers, who may have to wake up."""
        super().do_handle(*args)
        now, clients = time.monotonic(), len(self.pool)
        if now > self._most_since + LATELY:
            self._most = 0
        if clients > self._most and self.max_accept == 1:
            self._most, self._most_since = clients, now
            self.stop_accepting()
            self._timer = self.loop.timer(PAUSE * clients)
            self._timer.start(self._start_accepting_if_started)


class Worker(GeventWorker):
    """A process that serves clients."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[Connection, float] = {}
        self._clients = Pool(self.worker_connections)
        self._long = BoundedSemaphore(LONG_AT_ONCE)
        self._stopped = Event()
        self._hurried = False

    def run(self) -> None:
        """Serve until a signal stops us; then finish the requests that have begun."""
        servers = [
            Listener(each, handle=partial(self.handle, each), spawn=self._clients, alone=self.cfg.workers == 1)
            for each in self.sockets
        ]
        for server in servers:
            server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            server.start()
        while self.alive:
            self.notify()
            self._stopped.wait(1)
        for server in servers:
            server.close()
        self._finish()

    def _finish(self) -> None:
        began = time.monotonic()
        while self._clients and (now := time.monotonic()) < began + self.cfg.graceful_timeout:
            self.notify()
            for connection, since in list(self._waiting.items()):
                idle = connection.awaited is Awaited.REQUEST
                if (idle or self._hurried) and now >= max(since, began) + LINGER:
                    connection.hang_up()
            self._clients.join(timeout=0.1)
        if self._clients:
            self.log.warning("Worker graceful timeout (pid:%s)", self.pid)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; clients keep their deadlines."""
        super().handle_exit(sig, frame)
        self._stopped.set()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop quickly, as for Ctrl-C: finish only what no longer depends on a client."""
        self._hurried = True
        self.handle_exit(sig, frame)

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """Set no time-out here: the connection has its own."""
        return nullcontext()

    def handle(self, _: socket.socket, client: socket.socket, addr: Any) -> None:
        """Serve one connection; if all places are taken, hang up on another first."""
        if self._clients.full() and self._waiting:
            next(iter(self._waiting)).hang_up()
        connection = Connection(client.detach(), self.cfg.keepalive, self._waiting)
        # gunicorn would ask the listener for its address. That may be closed by now; the connection's is the same.
        super().handle(connection, connection, addr)

    def handle_request(self, listener_name: Any, req: Request, sock: Connection, addr: Any) -> None:
        """Read a request's body, or let the app read it; then serve the request."""
        limit = self._limit(req)
        with self._long if limit > self.wsgi.config["MAX_CONTENT_LENGTH"] else nullcontext():
            if self._streams(req):
                req.body = Stream(req, sock)
            else:
                self._read_body(req, sock, limit)
            sock.await_nothing()
            # Let the other clients go first: this one may have sent hundreds of requests at once.
            sleep(0)
            super().handle_request(listener_name, req, sock, addr)
        sock.await_request()

    def _limit(self, req: Request) -> int:
        """Return how many bytes the app takes, of a request that does not say that it sends few."""
        usual: int = self.wsgi.config["MAX_CONTENT_LENGTH"]
        # None for a chunked body.
        length = getattr(req.body.reader, "length", None)
        if length is not None and length <= usual:
            return usual
        path = unquote_to_wsgi_str(req.path)
        longer: dict[str, int] = self.wsgi.config["LONG_BODIES"]
        return next((most for prefix, most in longer.items() if path == prefix or path.startswith(f"{prefix}/")), usual)

    def _streams(self, req: Request) -> bool:
        """Say whether the app reads the body of a request itself."""
        return req.method == "POST" and unquote_to_wsgi_str(req.path) in self.wsgi.config["STREAMED"]

    def _read_body(self, req: Request, sock: Connection, limit: int) -> None:
        """Read the body, or as much as shows that it is longer than `limit`, and so too long for the app.

        Raises:
            TooLate: the client sends too slowly.
            ParseException: what it sends is not what its headers say.
        """
        # None for a chunked body.
        length = getattr(req.body.reader, "length", None)
        expected, req._expected_100_continue = req._expected_100_continue, False
        if length is not None and length > limit:
            req.force_close()
            return
        if expected:
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            data = req.body.read(limit + 1)
        except NoMoreData as error:
            raise ChunkMissingTerminator(b"") from error
        if length is None:
            # The body has a length now (RFC 9112, 7.1.3). The app needs it to refuse a body that is too long.
            req.headers = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
            req.headers.append(("CONTENT-LENGTH", str(len(data))))
        elif len(data) < length:
            raise InvalidHeader("CONTENT-LENGTH", req=req)
        if len(data) > limit:
            req.force_close()
        req.body = io.BytesIO(data)

    def handle_error(self, req: Request | None, client: Connection, addr: Any, exc: BaseException) -> None:
        """Tell the client what was wrong; don't log a request that is merely late."""
        if isinstance(exc, TooLate):
            write_error(client, 408, "Request Timeout", f"The request took longer than {REQUEST_TIMEOUT} seconds.")
        else:
            super().handle_error(req, client, addr, exc)
