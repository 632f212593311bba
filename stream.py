"""A request's body that the app reads from the client piece by piece; the app decides whether it reads it at all."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, Protocol

from gevent import sleep
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader
from werkzeug.exceptions import BadRequest, RequestTimeout

#: Bytes that the app gets at a time, about.
PIECE: Final = 64 * 1024
#: Chunks that are put together to one piece: a client may send each byte in a chunk of its own.
CHUNKS: Final = 1000


class TooLate(Exception):
    """A client let us wait until its deadline."""


class Connection(Protocol):
    """What we use of a client's connection; `streams` says whether a body on it has not ended yet."""

    streams: bool

    def sendall(self, data: bytes, /) -> None:
        """Send `data`."""

    def await_body(self) -> None:
        """Wait for the client's body from now on."""

    def await_nothing(self) -> None:
        """Let the client wait for us from now on."""


class Stream:
    """A body as the app reads it, which gets werkzeug's errors in place of gunicorn's.

    A client that expects `100 Continue` gets it when the app begins to read. The connection ends with the answer: where
    the body was not read to its end, nobody knows where the next request begins.
    """

    def __init__(self, request: Request, connection: Connection) -> None:
        self._connection = connection
        self._expected, request._expected_100_continue = request._expected_100_continue, False
        request.force_close()
        reader = request.body.reader
        # A chunked body has no length.
        length = getattr(reader, "length", None)
        self._pieces = reader.parser if length is None else _measured(request.unreader, length)
        self._rest = b""
        self._ended = False
        connection.streams = True

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, or none at the end.

        Raises:
            RequestTimeout: the client sends too slowly.
            BadRequest: it left, or what it sends is not framed as HTTP requires.
        """
        if not self._rest and not self._ended:
            self._rest = self._receive()
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def _receive(self) -> bytes:
        # Let the other clients go first: this one may send faster than we read.
        sleep(0)
        if self._expected:
            self._expected = False
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._connection.await_body()
        pieces, length = [], 0
        try:
            for piece in islice(self._pieces, CHUNKS):
                pieces.append(piece)
                length += len(piece)
                if length >= PIECE:
                    break
        except TooLate as error:
            raise RequestTimeout("The body arrives too slowly, or not at all.") from error
        except (OSError, ParseException) as error:
            raise BadRequest("The body ended early, or is not framed as HTTP requires.") from error
        if not pieces:
            self._end()
        return b"".join(pieces)

    def _end(self) -> None:
        self._ended = True
        self._connection.streams = False
        self._connection.await_nothing()


def _measured(unreader: Unreader, left: int) -> Iterator[bytes]:
    """Yield a body of `left` bytes as it arrives, and leave to the unreader what follows it.

    Raises:
        NoMoreData: the client left.
    """
    while left:
        data = unreader.read(None, read_ahead=min(left, PIECE))
        if not data:
            raise NoMoreData
        if len(data) > left:
            unreader.unread(data[left:])
        yield data[:left]
        left -= min(left, len(data))
