"""What the store said last, remembered for seconds: however many people look, it is asked once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

#: Seconds for which an answer counts: what was deleted is gone then, on every worker.
TTL: Final = 5

Answer = TypeVar("Answer")


class Memory(Generic[Answer]):
    """The last answers, up to `room` of them in all, as `weigh` counts each. Thread-safe."""

    def __init__(self, room: int, weigh: Callable[[Answer], int] = lambda answer: 1) -> None:
        self._room, self._weigh = room, weigh
        self._lock = threading.Lock()
        #: The one that was asked for last is the last.
        self._answers: OrderedDict[Hashable, tuple[Answer, float]] = OrderedDict()
        self._weight = 0

    def recall(self, name: Hashable, ask: Callable[[], Answer]) -> tuple[Answer, int]:
        """Return the last answer if it still counts, or `ask`.

        Beside it stand the whole seconds for which it counts: others may remember it as long.
        """
        # From before the question: a delete that ends while the answer is on its way may not be in it.
        now = time.monotonic()
        with self._lock:
            if kept := self._answers.get(name):
                answer, until = kept
                if until > now:
                    self._answers.move_to_end(name)
                    return answer, int(until - now)
        answer, until = ask(), now + TTL
        with self._lock:
            self._forget(name)
            self._answers[name] = answer, until
            self._weight += self._weigh(answer)
            while self._weight > self._room:
                self._forget(next(iter(self._answers)))
        return answer, max(0, int(until - time.monotonic()))

    def _forget(self, name: Hashable) -> None:
        if kept := self._answers.pop(name, None):
            self._weight -= self._weigh(kept[0])
