"""gunicorn's gevent worker, with a deadline for every client and a bound on how many it holds.

gunicorn waits for a client as long as that client likes. Here a client must send a whole request, and take a whole
answer, by a deadline; where all places are taken, the client that has kept us waiting longest makes room. The app sees
a request when all of it has arrived, so a broken body never reaches the app.
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
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.http.errors import ChunkMissingTerminator, InvalidHeader, NoMoreData
from gunicorn.http.message import Request
from gunicorn.util import write_error
from gunicorn.workers.ggevent import GeventWorker

#: Seconds from the first byte of a request to its last.
REQUEST_TIMEOUT: Final = 20
#: Seconds in which a client must take an answer: the whole page at 5 KB/s.
ANSWER_TIMEOUT: Final = 60
#: Seconds that a stopping worker waits for clients, and any worker for a client to take note of the last answer.
LINGER: Final = 2
#: Bytes that are read from a client after its last answer: closing on unread ones would take the answer back.
MAX_DRAIN: Final = 64 * 1024
#: Clients that a worker has before it lets in more than one at a time.
FEW: Final = 16
#: Bytes that the system holds of what a client does not read, in place of up to 4 MB; Linux doubles them.
SEND_BUFFER: Final = 64 * 1024


class TooLate(Exception):
    """A request was not whole by its deadline."""


class Awaited(Enum):
    """What a client is to do next."""

    REQUEST = auto()
    REST = auto()
    ANSWER = auto()
    NOTHING = auto()


class Connection(socket.socket):
    """A client's connection, which knows what it waits for and how long.

    While it waits it stands in `waiting`, with the moment that the wait began; the longest wait stands first.
    """

    def __init__(self, fileno: int, keepalive: float, waiting: dict["Connection", float]) -> None:
        super().__init__(fileno=fileno)
        self._keepalive = keepalive
        self._waiting = waiting
        self.await_request()

    def await_request(self) -> None:
        """Wait for the first byte of the next request."""
        self._await(Awaited.REQUEST, self._keepalive)

    def await_nothing(self) -> None:
        """Note that the request is whole, and that it is our turn."""
        self._await(Awaited.NOTHING, math.inf)
        del self._waiting[self]

    def _await(self, awaited: Awaited, seconds: float) -> None:
        now = time.monotonic()
        self.awaited = awaited
        self._deadline = now + seconds
        self._waiting.setdefault(self, now)

    def recv(self, *args: Any) -> bytes:
        """Receive, as any socket does; a client that is silent between two requests counts as one that left.

        Raises:
            TooLate: the deadline of a request that has begun is over.
        """
        idle = self.awaited is Awaited.REQUEST
        if not idle and self.awaited is not Awaited.REST:
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
        return data

    def send(self, data: Any, flags: int = 0, **_: Any) -> int:
        """Send, as any socket does; a client that takes too long counts as one that left."""
        if self.awaited is not Awaited.ANSWER:
            self._await(Awaited.ANSWER, ANSWER_TIMEOUT)
        try:
            self._limit()
            return int(super().send(data, flags))
        except TimeoutError as error:
            # What the system still holds for the client goes with the connection.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise BrokenPipeError(errno.EPIPE, "The client takes its answer too slowly") from error

    def _limit(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)

    def hang_up(self) -> None:
        """Let whoever waits for this client find that it left."""
        self._waiting.pop(self, None)
        # Not by our own `shutdown`, which raises in whoever waits.
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close as RFC 9112, 9.6, asks: say so, and hear a client out for a moment, so that it reads its answer."""
        with suppress(OSError, TooLate):
            self._sock.shutdown(socket.SHUT_WR)
            self._await(Awaited.REST, LINGER)
            left = MAX_DRAIN
            while left > 0 and (data := self.recv(left)):
                left -= len(data)
        self._waiting.pop(self, None)
        super().close()


class Listener(StreamServer):
    """Lets clients in: one by one, so that each worker gets its share; where there are many, all that wait at the door.

    A client who is not let in waits longest of all: between two looks at the door, everybody inside is served.
    """

    @property
    def max_accept(self) -> int:
        """How many, before those inside get their turn."""
        return 1 if len(self.pool) < FEW else 100


class Worker(GeventWorker):
    """A process that serves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[Connection, float] = {}
        self._clients = Pool(self.worker_connections)
        self._stopped = Event()
        self._hurried = False

    def run(self) -> None:
        """Serve until a signal says stop; then finish what has begun."""
        servers = [Listener(each, handle=partial(self.handle, each), spawn=self._clients) for each in self.sockets]
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
        """Stop; the clients' deadlines stay."""
        super().handle_exit(sig, frame)
        self._stopped.set()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, as for Ctrl-C: finish what needs no client any more."""
        self._hurried = True
        self.handle_exit(sig, frame)

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """Leave time to the connection, which knows what it waits for."""
        return nullcontext()

    def handle(self, _: socket.socket, client: socket.socket, addr: Any) -> None:
        """Serve one connection, and make room for the next."""
        if self._clients.full() and self._waiting:
            next(iter(self._waiting)).hang_up()
        connection = Connection(client.detach(), self.cfg.keepalive, self._waiting)
        # gunicorn asks the listener for its name, which may be closed by now; the connection has the same one.
        super().handle(connection, connection, addr)

    def handle_request(self, listener_name: Any, req: Request, sock: Connection, addr: Any) -> None:
        """Serve one request, once its body is there."""
        self._read_body(req, sock)
        sock.await_nothing()
        # To the end of the queue: a client may have sent hundreds of requests at once.
        sleep(0)
        super().handle_request(listener_name, req, sock, addr)
        sock.await_request()

    def _read_body(self, req: Request, sock: Connection) -> None:
        """Read the body, or enough to know that the app refuses one so long.

        Raises:
            TooLate, ParseException: the client sends too slowly, or something else than it said.
        """
        limit = self.wsgi.config["MAX_CONTENT_LENGTH"]
        # None: it comes in pieces.
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
            # RFC 9112, 7.1.3: it has a length now, which is also what the app goes by to refuse it.
            req.headers = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
            req.headers.append(("CONTENT-LENGTH", str(len(data))))
        elif len(data) < length:
            raise InvalidHeader("CONTENT-LENGTH", req=req)
        if len(data) > limit:
            req.force_close()
        req.body = io.BytesIO(data)

    def handle_error(self, req: Request | None, client: Connection, addr: Any, exc: BaseException) -> None:
        """Tell the client what was wrong; a request that is late is no fault to log."""
        if isinstance(exc, TooLate):
            write_error(client, 408, "Request Timeout", f"The request took longer than {REQUEST_TIMEOUT} seconds.")
        else:
            super().handle_error(req, client, addr, exc)
