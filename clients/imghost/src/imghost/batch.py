"""Many pictures, a few at a time."""

import concurrent.futures
import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

from imghost.errors import Failure, Later, Stopped, TokenRefused, Usage
from imghost.journal import Journal, Run
from imghost.retry import Retry, Tries
from imghost.server import Server, connections
from imghost.settings import Settings, state_folder
from imghost.sources import Source
from imghost.transfer import Options, Result, Transfer, Watch
from imghost.wire import ApiError, Limits

#: When so many pictures in a row fail for the moment, the others are not tried.
GIVE_UP_AFTER = 3
#: Pictures that a server takes into an album.
MOST_IN_ALBUM: Final = 500
LONGEST_TITLE: Final = 200
#: Seconds that uploads have to end after Ctrl-C.
_GRACE = 3


@dataclass(frozen=True)
class Outcome:
    """What became of one picture: a result, or a failure, or neither where it was not tried."""

    source: Source
    result: Result | None = None
    failure: Failure | None = None


class Uploader:
    """Uploads to one server as the settings say."""

    def __init__(self, settings: Settings) -> None:
        if not settings.server:
            raise Usage("No server is set: run imghost login, or use --server https://img.example.org.")
        self.settings = settings
        self.stop = threading.Event()
        self.http = connections(settings.jobs)
        self.journal = Journal(state_folder())
        self._server = Server(settings.server, settings.token, self.http)
        self._retry = Retry(self.stop)

    def limits(self, waiting: Callable[[float], None]) -> Limits:
        """Ask the server what it takes, and compare with what is wanted of it.

        Raises:
            Failure: it does not answer, is private, or has no such expiry or no pages.
        """
        try:
            limits = self._retry.request(Tries(waiting), self._server.limits)
        except ApiError as error:
            raise error.failure() from error
        if limits.token_required and not self.settings.token:
            raise TokenRefused(f"{self.settings.server} is private: run imghost login, or set IMGHOST_TOKEN.")
        if self.settings.expires and self.settings.expires not in limits.expiries:
            raise Usage(f"{self.settings.server} knows the expiries {', '.join(limits.expiries)}.")
        if self.settings.format == "page" and not limits.page_url:
            raise Usage(f"{self.settings.server} has no pages of pictures.")
        return limits

    def bind(self, title: str, outcomes: list[Outcome], waiting: Callable[[float], None]) -> str:
        """Make an album of all pictures, in their order; return its link, the same for the same.

        Raises:
            Failure: the server makes none.
        """
        links = [outcome.result.picture.view_url for outcome in outcomes if outcome.result]
        request: dict[str, Any] = {"title": title, "pictures": [{"viewURL": link} for link in links]}
        if self.settings.expires:
            request["expiresIn"] = self.settings.expires
        digest = hashlib.sha256(json.dumps([self._server.url, request]).encode()).hexdigest()
        # A run that was killed has made it, and kept it before its link was handed out.
        album = self.journal.find_made(digest)
        if album is None:
            try:
                album = self._retry.request(Tries(waiting), lambda: self._server.create_album(request))
            except ApiError as error:
                raise error.failure() from error
            self.journal.keep_album(digest, self._server.url, album)
        return album.url

    def upload(
        self, sources: list[Source], limits: Limits, run: Run, watch: Callable[[int, Source], Watch]
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Upload; yield the place of each picture, and what became of it, in the order in which they end.

        Raises:
            KeyboardInterrupt: somebody pressed Ctrl-C; what was sent is written down.
        """
        options = Options(self.settings.expires, self.settings.keep_metadata)
        batch = _Batch(Transfer(self._server, self._retry, run, limits, options, self.stop))
        jobs = max(1, min(self.settings.jobs, len(sources)))
        pool = concurrent.futures.ThreadPoolExecutor(jobs)
        try:
            places = {
                pool.submit(batch.take, source, watch(place, source)): place for place, source in enumerate(sources)
            }
            for future in concurrent.futures.as_completed(places):
                yield places[future], future.result()
        except BaseException:
            self.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            concurrent.futures.wait(places, timeout=_GRACE)
            raise
        pool.shutdown()


class _Batch:
    """The pictures of one run. Knows when to give the others up."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._given_up = False
        self._late = itertools.count(1)

    def take(self, source: Source, watch: Watch) -> Outcome:
        """Upload one picture."""
        if self._given_up:
            return Outcome(source)
        try:
            result = self._transfer.take(source, watch)
        except Stopped:
            return Outcome(source)
        except ApiError as error:
            return self._failed(source, error.failure())
        except Failure as failure:
            return self._failed(source, failure)
        except OSError as error:
            # The disk is full, or breaks; so may the place of temporary files.
            return self._failed(source, Failure(f"It can't be read: {error.strerror or error}."))
        self._late = itertools.count(1)
        return Outcome(source, result)

    def _failed(self, source: Source, failure: Failure) -> Outcome:
        # The next pictures would fare no better.
        if isinstance(failure, TokenRefused) or (isinstance(failure, Later) and next(self._late) >= GIVE_UP_AFTER):
            self._given_up = True
        return Outcome(source, failure=failure)


def exit_code(outcomes: list[Outcome]) -> int:
    """Return the exit code: 4 if the token was refused, 5 if all that failed may succeed later, else 1."""
    codes = {outcome.failure.exit_code for outcome in outcomes if outcome.failure}
    if not codes:
        return 0
    return TokenRefused.exit_code if TokenRefused.exit_code in codes else min(codes)
