"""The server's calls, and the PUT to its store."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar, cast

import urllib3
from urllib3.exceptions import HTTPError

from imghost import __version__
from imghost.text import plain
from imghost.wire import Album, ApiError, Limits, Picture, Signed

#: Seconds for a call. A PUT may take as long as bytes move.
TIMEOUT: Final = urllib3.Timeout(connect=30, read=30)
STALL: Final = urllib3.Timeout(connect=30, read=90)
#: Bytes that are sent at a time: small enough for a slow line to move in 30 s.
CHUNK: Final = 256 * 1024
#: The largest answer that is read: the server's are far smaller.
_LONGEST_ANSWER: Final = 1024 * 1024
USER_AGENT: Final = f"imghost/{__version__}"

T = TypeVar("T")


class Server:
    """One image host. Thread-safe."""

    def __init__(self, url: str, token: str | None, http: urllib3.PoolManager) -> None:
        self.url = url
        self._token = token
        self._http = http

    def limits(self) -> Limits:
        """Ask what the server accepts."""
        return self._ask("GET", "/uploads/limits", None, Limits.of)

    def init(self, request: dict[str, Any]) -> Signed:
        """Have one PUT signed. A private server wants the access token for it."""
        return self._ask("POST", "/uploads/init", request, Signed.of)

    def complete(self, upload_token: str) -> Picture:
        """Publish what was PUT; safe to repeat."""
        return self._ask("POST", "/uploads/complete", {"uploadToken": upload_token}, Picture.of)

    def delete(self, delete_token: str) -> None:
        """Delete a picture for good; also when it is gone already."""
        self._ask("POST", "/uploads/delete", {"deleteToken": delete_token}, lambda _: None)

    def create_album(self, request: dict[str, Any]) -> Album:
        """Make an album; a repeat makes another. A private server wants the access token for it."""
        return self._ask("POST", "/albums", request, Album.of)

    def delete_album(self, edit_token: str) -> None:
        """Delete an album for good, and none of its pictures; also when it is gone already."""
        self._ask("POST", "/albums/delete", {"editToken": edit_token}, lambda _: None)

    def put(self, signed: Signed, parts: Iterable[memoryview], size: int, sent: Callable[[int], None]) -> None:
        """Send a picture to the store. `sent` is told of each number of bytes; it may raise to stop.

        Raises:
            ApiError: the store did not take it.
            MayHaveArrived: it may have.
        """
        headers = {**signed.headers, "Content-Length": str(size), "User-Agent": USER_AGENT}
        progress = _Progress(sent)
        try:
            answer = self._http.request(
                "PUT",
                signed.url,
                body=cast("Iterable[bytes]", progress.watch(parts)),
                headers=headers,
                timeout=STALL,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            body = _read(answer)
        except HTTPError as error:
            if progress.count >= size:
                raise MayHaveArrived from error
            raise ApiError(0, "network", f"The connection to the store broke off ({_reason(error)}).") from error
        # 412: an earlier try of the same PUT had arrived, and only its answer was lost.
        if not 200 <= answer.status < 300 and answer.status != 412:
            raise _refusal_of_the_store(answer.status, body, _retry_after(answer))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, read: Callable[[dict[str, Any]], T]) -> T:
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._token and path in ("/uploads/init", "/albums"):
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answer = self._http.request(
                method,
                self.url + path,
                body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
                headers=headers,
                timeout=TIMEOUT,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            data = _read(answer)
        except HTTPError as error:
            raise ApiError(0, "network", f"{self.url} does not answer ({_reason(error)}).") from error
        return self._understand(answer, data, read)

    def _understand(self, answer: urllib3.BaseHTTPResponse, data: bytes, read: Callable[[dict[str, Any]], T]) -> T:
        status = answer.status
        if status == 204:
            return read({})
        if 300 <= status < 400:
            target = plain(answer.headers.get("Location", "another address"))
            raise ApiError(status, "redirect", f"{self.url} sends us on to {target}: use that server's own address.")
        try:
            found = json.loads(data)
            found = found if isinstance(found, dict) else {}
        except ValueError:
            found = {}
        if 200 <= status < 300:
            try:
                return read(found)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                sentence = f"{self.url} answers, but not as an image host does: look at the address."
                raise ApiError(status, "bad_answer", sentence) from error
        # A proxy in between may answer with a page of its own.
        detail = found.get("detail")
        sentence = (
            plain(detail) if isinstance(detail, str) else f"{self.url} answers {status} {plain(answer.reason or '')}"
        )
        sentence = sentence.rstrip() if sentence.rstrip().endswith((".", "!")) else f"{sentence.rstrip()}."
        raise ApiError(status, str(found.get("code", "bad_answer")), sentence, _retry_after(answer))


class MayHaveArrived(Exception):
    """All of a picture was sent, but no answer came: only `complete` knows."""


class _Progress:
    """Cuts parts into chunks, and counts what was sent."""

    def __init__(self, sent: Callable[[int], None]) -> None:
        self.count = 0
        self._sent = sent

    def watch(self, parts: Iterable[memoryview]) -> Iterator[memoryview]:
        """Yield the bytes; each chunk is counted when the next is asked for."""
        for part in parts:
            for start in range(0, len(part), CHUNK):
                chunk = part[start : start + CHUNK]
                yield chunk
                self.count += len(chunk)
                self._sent(len(chunk))


def connections(jobs: int) -> urllib3.PoolManager:
    """Return connections for as many pictures at a time."""
    return urllib3.PoolManager(num_pools=4, maxsize=jobs, block=False)


def _read(answer: urllib3.BaseHTTPResponse) -> bytes:
    """Read an answer and give its connection back."""
    data = answer.read(_LONGEST_ANSWER)
    if answer.read(1):
        answer.close()
        return b""
    answer.release_conn()
    return data


def _retry_after(answer: urllib3.BaseHTTPResponse) -> float | None:
    """Return seconds, from either form that RFC 9110 section 10.2.3 allows."""
    value = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _refusal_of_the_store(status: int, body: bytes, retry_after: float | None) -> ApiError:
    code = re.search(rb"<Code>(\w{1,60})</Code>", body)
    name = code[1].decode() if code else "no reason given"
    return ApiError(status, "store", f"The store refuses the picture: {status}, {name}.", retry_after)


def _reason(error: Exception) -> str:
    """Return the innermost reason that a library gives for a broken connection."""
    inner: Any = error
    while (deeper := getattr(inner, "reason", None) or inner.__cause__ or inner.__context__) and isinstance(
        deeper, BaseException
    ):
        inner = deeper
    return plain(getattr(inner, "strerror", None) or str(inner) or type(inner).__name__)
