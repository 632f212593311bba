"""A limit on how many calls wait for the store at once, so that one that hangs can't take every thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from app.errors import StoreUnavailable, Trouble

#: Calls of one process that may wait for the store at the same time.
CALLS: Final = 16
#: Seconds that a call waits for its turn.
TURN_TIMEOUT: Final = 1


class Turns:
    """Gives out CALLS turns. Thread-safe."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(CALLS)
        self._stalled = False
        self._tell: Callable[[bool], None] = _tell_nobody

    def watch(self, tell: Callable[[bool], None]) -> None:
        """Tell of each call that had to wait whether it got its turn."""
        self._tell = tell

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a turn while the block runs.

        After one call has waited TURN_TIMEOUT in vain, all others fail at once, until a block ends without an error.

        Raises:
            StoreUnavailable: no turn came free in time.
        """
        if not self._free.acquire(blocking=False) and not self._wait():
            self._stalled = True
            raise StoreUnavailable(
                "The server's storage is slow to answer. Try again soon.",
                Trouble.SLOW,
                f"{CALLS} calls of this process wait for the store already. Look at its load, and at the way to it.",
            ) from TimeoutError(f"{CALLS} calls wait for the store already")
        try:
            yield
            self._stalled = False
        finally:
            self._free.release()

    def _wait(self) -> bool:
        given = self._free.acquire(timeout=0 if self._stalled else TURN_TIMEOUT)
        self._tell(given)
        return given


def _tell_nobody(_: bool) -> None: ...
