"""Whether the store answers, asked no more often than needed."""

import threading
import time
from typing import Final

from app.errors import StoreUnavailable
from app.storage import Storage

#: Seconds for which an answer of the store counts.
READY_TTL: Final = 3


class Readiness:
    """Asks the store, one question at a time, and remembers the answer for READY_TTL. Thread-safe."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._asking = threading.Lock()
        self._until = 0.0
        self._problem: StoreUnavailable | None = StoreUnavailable("The store has not answered yet. Wait.")

    def check(self) -> None:
        """Ask, or take the last answer.

        Raises:
            StoreUnavailable: the store is not ready.
        """
        # While one thread asks, the others take the last answer: they must not queue up behind a store that hangs.
        if time.monotonic() > self._until and self._asking.acquire(blocking=False):
            try:
                self._storage.check()
                self._problem = None
            except StoreUnavailable as problem:
                self._problem = problem.for_operators()
            finally:
                self._until = time.monotonic() + READY_TTL
                self._asking.release()
        if self._problem:
            raise self._problem
