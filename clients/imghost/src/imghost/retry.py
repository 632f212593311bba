"""Waiting and repeating, as the page does it (frontend/src/engine/retry.ts)."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from imghost.errors import Stopped
from imghost.wire import ApiError

#: After this many failures a picture is given up; with the waits below, after about half a minute.
MAX_FAILURES = 6
#: Seconds.
BASE_WAIT = 1.0
MAX_WAIT = 30.0
#: A longer Retry-After means an outage: the command ends instead of seeming stuck.
MAX_RETRY_AFTER = 120.0

T = TypeVar("T")


@dataclass
class Tries:
    """The failures of one picture. `waiting` is told of each wait, in seconds."""

    waiting: Callable[[float], None]
    failures: int = 0


class Retry:
    """Repeats what failed for the moment. One instance serves all pictures: a rate limit holds for each of them."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        # Monotonic seconds; until then the server asked for no requests.
        self._held_until = 0.0

    def request(self, tries: Tries, send: Callable[[], T]) -> T:
        """Repeat a request until there is an answer that another try would not change.

        Raises:
            ApiError: that answer, or the last of too many failures.
            Stopped: somebody pressed Ctrl-C.
        """
        while True:
            if (held := self._held_until - time.monotonic()) > 0:
                self._sleep(tries, held + random.uniform(0, BASE_WAIT))  # noqa: S311  (it spreads the tries)
                continue
            if self._stop.is_set():
                raise Stopped
            try:
                return send()
            except ApiError as error:
                if not error.is_temporary:
                    raise
                if error.status == 429 and error.retry_after is not None:
                    end = time.monotonic() + min(error.retry_after, MAX_RETRY_AFTER)
                    self._held_until = max(self._held_until, end)
                self.back_off(tries, error)

    def back_off(self, tries: Tries, error: ApiError) -> None:
        """Wait before the next try.

        Raises:
            ApiError: `error`, after too many failures, or where the server asks for too long a wait.
            Stopped: somebody pressed Ctrl-C.
        """
        tries.failures += 1
        asked = error.retry_after or 0.0
        if tries.failures >= MAX_FAILURES or asked > MAX_RETRY_AFTER:
            raise error
        wait = min(BASE_WAIT * 2 ** (tries.failures - 1), MAX_WAIT)
        jittered = wait / 2 + random.uniform(0, wait / 2)  # noqa: S311  (it spreads the tries)
        self._sleep(tries, max(jittered, asked))

    def _sleep(self, tries: Tries, seconds: float) -> None:
        tries.waiting(seconds)
        if self._stop.wait(seconds):
            raise Stopped
