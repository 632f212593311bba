"""PicGo's protocol for editors on this computer: Typora, Obsidian, VNote.

A web page must not reach it, or any site could have a person's pictures published. So the request's `Host` must be this
computer's own name (a page whose name leads here by DNS rebinding says another), and a request with the mark of a page
(`Origin`, `Sec-Fetch-Site`) is refused, but for Obsidian's own.
"""

import json
import mmap
import re
import tempfile
from contextlib import closing
from email.parser import BytesHeaderParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from imghost.batch import Outcome, Uploader
from imghost.errors import Failure, Later, TokenRefused
from imghost.server import CHUNK
from imghost.show import Unwatched
from imghost.sources import Source, of_clipboard, of_path
from imghost.spool import filled
from imghost.text import plain, size
from imghost.wire import Limits

#: PicGo's own.
PORT: Final = 36677
_HOSTS: Final = {"127.0.0.1", "localhost"}
#: The editors that are pages to themselves.
_APPS: Final = {"app://obsidian.md"}
#: Bytes of a JSON body.
_LONGEST_LIST: Final = 1024 * 1024
#: What multipart adds to the pictures.
_FRAME: Final = 64 * 1024
#: Bytes of the headers of one of its files.
_LONGEST_HEAD: Final = 8 * 1024
#: The statuses of failures, by exit code.
_STATUSES: Final = {TokenRefused.exit_code: 401, Later.exit_code: 503}


class Refused(Exception):
    """A request that is not answered with links."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Listener(ThreadingHTTPServer):
    """Listens on this computer alone."""

    daemon_threads = True

    def __init__(self, port: int, uploader: Uploader) -> None:
        self.uploader = uploader
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    # Seconds for each read: whoever sends nothing goes.
    timeout = 60

    def do_POST(self) -> None:
        """Answer an editor."""
        try:
            self._refuse_pages()
            self._answer(200, {"success": True, "result": self._result()})
        except Refused as refused:
            self._answer(refused.status, {"success": False, "message": str(refused)})
        except Failure as failure:
            self._answer(_STATUSES.get(failure.exit_code, 422), {"success": False, "message": str(failure)})

    def do_OPTIONS(self) -> None:
        """Answer the question that an editor's own page asks before it sends JSON."""
        try:
            self._refuse_pages()
        except Refused as refused:
            self._answer(refused.status, {"success": False, "message": str(refused)})
        else:
            self._answer(204, None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name is http.server's)
        """Log nothing: what is uploaded says so."""

    def _refuse_pages(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host.lower() not in _HOSTS or len(self.headers.get_all("Host", [])) != 1:
            raise Refused(403, "Only http://127.0.0.1 and http://localhost are answered.")
        origin = self.headers.get("Origin")
        is_page = self.headers.get("Sec-Fetch-Site", "none") != "none"
        if (origin or is_page) and origin not in _APPS:
            raise Refused(403, "Web pages are not answered.")

    def _result(self) -> str | list[str]:
        path = self.path.partition("?")[0]
        if path == "/heartbeat":
            return "alive"
        if path == "/upload":
            return self._upload()
        raise Refused(404, "There are POST /upload and POST /heartbeat.")

    def _upload(self) -> list[str]:
        uploader = self.server.uploader
        limits = uploader.limits(lambda _: None)
        with tempfile.TemporaryFile() as spool:
            sources = self._sources(spool, limits)
            return links(uploader, sources, limits)

    def _sources(self, spool: BinaryIO, limits: Limits) -> list[Source]:
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"\d{1,15}", length, re.ASCII) or "Transfer-Encoding" in self.headers:
            raise Refused(411, "Send a Content-Length.")
        if length == "0":
            return [of_clipboard()]
        kind = self.headers.get_content_type()
        most = limits.max_upload_bytes + _FRAME if kind == "multipart/form-data" else _LONGEST_LIST
        if int(length) > most:
            raise Refused(413, f"Pictures of one request may have {size(limits.max_upload_bytes)} together.")
        left = int(length)
        while left and (data := self.rfile.read(min(left, CHUNK))):
            spool.write(data)
            left -= len(data)
        if left:
            raise Refused(400, "The body broke off.")
        spool.flush()
        if kind == "multipart/form-data":
            return pictures_of_form(spool, str(self.headers.get_boundary("")))
        spool.seek(0)
        return _of_list(spool.read())

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if (origin := self.headers.get("Origin")) in _APPS:
            self.send_header("Access-Control-Allow-Origin", str(origin))
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Access-Control-Allow-Private-Network", "true")
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def links(uploader: Uploader, sources: list[Source], limits: Limits) -> list[str]:
    """Upload, and return the links in order.

    Raises:
        Failure: of the first that failed; the others are kept for when the editor asks again.
    """
    outcomes: dict[int, Outcome] = {}
    with uploader.journal.run() as run:
        with closing(uploader.upload(sources, limits, run, lambda _place, _source: Unwatched())) as coming:
            outcomes.update(coming)
        for place, source in enumerate(sources):
            outcome = outcomes[place]
            if outcome.failure:
                raise type(outcome.failure)(f"{plain(source.label)}: {outcome.failure}")
            if not outcome.result:
                raise Later(f"{plain(source.label)}: not tried.")
        run.finish()
    found = [outcome.result.picture.view_url for _, outcome in sorted(outcomes.items()) if outcome.result]
    for source, link in zip(sources, found, strict=True):
        click.echo(f"{plain(source.label)}  {link}")
    return found


def _of_list(body: bytes) -> list[Source]:
    """Return the files of a JSON body; without a list it is the clipboard's."""
    try:
        found = json.loads(body)
        paths = found.get("list", [])
    except (ValueError, AttributeError, RecursionError) as error:
        raise Refused(400, 'Send {"list": ["/path/to/picture.png"]}, or nothing for the clipboard.') from error
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise Refused(400, "list must be a list of paths.")
    return [_of_path(path) for path in paths] or [of_clipboard()]


def _of_path(name: str) -> Source:
    path = Path(name)
    try:
        if path.is_absolute() and path.is_file():
            return of_path(path)
    except (OSError, ValueError):
        pass
    raise Refused(422, f"{plain(name)} is not the absolute path of a file.")


def pictures_of_form(spool: BinaryIO, boundary: str) -> list[Source]:
    """Return the files of a multipart form (RFC 7578), each read from its place in the spooled body.

    Raises:
        Refused: there are none, or it is no such form.
    """
    # RFC 2046 allows 70 characters, and programs exist that make more.
    if not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise Refused(400, "The form has no boundary.")
    found = []
    with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as body:
        mark = b"--" + boundary.encode()
        at = body.find(mark)
        while at >= 0 and body[at + len(mark) : at + len(mark) + 2] != b"--":
            end = body.find(b"\r\n" + mark, at)
            head = body.find(b"\r\n\r\n", at, at + _LONGEST_HEAD)
            if end < 0 or not at < head < end:
                raise Refused(400, "The form breaks off.")
            headers = BytesHeaderParser(policy=HTTP).parsebytes(body[at + len(mark) + 2 : head + 4])
            if name := headers.get_filename():
                found.append(_part(spool, str(name), head + 4, end))
            at = end + 2
    if not found:
        raise Refused(400, "The form has no files.")
    return found


def _part(spool: BinaryIO, name: str, start: int, end: int) -> Source:
    """Return a file of the form; a copy, for each is read in a thread of its own."""
    # Browsers and editors send UTF-8 as it is (RFC 7578, 5.1), which the parser keeps as surrogates.
    name = re.split(r"[/\\]", name.encode(errors="surrogateescape").decode(errors="replace"))[-1]

    def copy(file: BinaryIO) -> None:
        with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as body:
            for at in range(start, end, CHUNK):
                file.write(body[at : min(at + CHUNK, end)])

    return Source(name, name, lambda _limit: filled(copy))
