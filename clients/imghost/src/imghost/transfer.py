"""One picture's way to its link: prepare, sign, PUT, complete, as frontend/src/engine/transfer.ts does it."""

import base64
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from imghost.errors import Stopped
from imghost.journal import Key, Run
from imghost.pictures import Prepared, prepare
from imghost.retry import Retry, Tries
from imghost.server import MayHaveArrived, Server
from imghost.sources import Source
from imghost.wire import ApiError, Limits, Picture, Signed


class Watch(Protocol):
    """Is told how far one picture is."""

    def begun(self, size: int) -> None:
        """Say that so many bytes are sent from now on, from the first."""

    def sent(self, count: int) -> None:
        """Say that so many more bytes have left."""

    def waiting(self, seconds: float) -> None:
        """Say that the next try comes in so many seconds."""


@dataclass(frozen=True)
class Options:
    """What a person chose for all pictures of a run."""

    expires: str | None
    keep_metadata: bool


@dataclass(frozen=True)
class Result:
    """A picture with its link, the link to its page, and whether an earlier run made it."""

    picture: Picture
    page: str
    resumed: bool


class Transfer:
    """Takes pictures to their links. Thread-safe: each call takes one."""

    def __init__(
        self, server: Server, retry: Retry, run: Run, limits: Limits, options: Options, stop: threading.Event
    ) -> None:
        self._server = server
        self._retry = retry
        self._run = run
        self._limits = limits
        self._options = options
        self._stop = stop

    def take(self, source: Source, watch: Watch) -> Result:
        """Take one picture to its link.

        Raises:
            Failure: it can't be read, or the server would refuse it.
            ApiError: the server or the store did refuse it, or can't take it now.
            Stopped: somebody pressed Ctrl-C.
        """
        with source.open(self._limits.max_upload_bytes) as file:
            prepared = prepare(file, self._limits, keep_metadata=self._options.keep_metadata)
            return self._send(source.name, prepared, watch)

    def _send(self, name: str | None, prepared: Prepared, watch: Watch) -> Result:
        key = Key(self._server.url, prepared.digest.hex(), name or "", self._options.expires or "")
        token = None
        while begun := self._run.take_over(key):
            if begun.picture and not _has_expired(begun.picture):
                return self._result(begun.picture, resumed=True)
            if begun.picture:
                self._run.drop(begun.upload_token)
                continue
            token = begun.upload_token
            break
        resumed = token is not None
        tries = Tries(watch.waiting)
        while True:
            if token is None:
                token = self._put(key, prepared, tries, watch)
            try:
                picture = self._complete(token, tries)
            except ApiError as error:
                # Of what an earlier run sent, any answer but a link means to begin again: it may have been deleted.
                if error.is_temporary or not (resumed or error.asks_for_bytes):
                    raise
                if not resumed:
                    self._retry.back_off(tries, error)
                token, resumed = None, False
                continue
            self._run.publish(self._server.url, token, picture)
            return self._result(picture, resumed=resumed)

    def _result(self, picture: Picture, *, resumed: bool) -> Result:
        return Result(picture, self._limits.page_of(picture.view_url), resumed)

    def _put(self, key: Key, prepared: Prepared, tries: Tries, watch: Watch) -> str:
        """Sign and PUT until the bytes have arrived, or may have; return the upload token."""

        def sent(count: int) -> None:
            if self._stop.is_set():
                raise Stopped
            watch.sent(count)

        request = _init_request(key, prepared)
        signed_again = False
        while True:
            signed = self._sign(request, tries)
            self._run.begin(key, signed.upload_token)
            watch.begun(prepared.size)
            try:
                self._server.put(signed, prepared.parts, prepared.size, sent)
            except MayHaveArrived:
                return signed.upload_token
            except ApiError as error:
                self._run.drop(signed.upload_token)
                # The URL has expired, perhaps because a clock is wrong. A second refusal has another cause.
                if error.status == 403 and not signed_again:
                    signed_again = True
                    continue
                if not error.is_temporary:
                    raise
                self._retry.back_off(tries, error)
            else:
                return signed.upload_token

    def _sign(self, request: dict[str, Any], tries: Tries) -> Signed:
        return self._retry.request(tries, lambda: self._server.init(request))

    def _complete(self, token: str, tries: Tries) -> Picture:
        try:
            return self._retry.request(tries, lambda: self._server.complete(token))
        except ApiError as error:
            if not error.is_temporary:
                self._run.drop(token)
            raise


def _init_request(key: Key, prepared: Prepared) -> dict[str, Any]:
    request: dict[str, Any] = {
        "contentType": prepared.content_type,
        "size": prepared.size,
        "sha256": base64.b64encode(prepared.digest).decode(),
    }
    if key.name:
        request["filename"] = key.name[:255]
    if key.expires:
        request["expiresIn"] = key.expires
    return request


def _has_expired(picture: Picture) -> bool:
    if picture.expires_at is None:
        return False
    try:
        return datetime.fromisoformat(picture.expires_at) <= datetime.now(UTC)
    except (ValueError, TypeError):
        return True
