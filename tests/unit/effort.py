"""What a piece of work costs, in calls and in bytes: the same on every machine, whatever else runs there."""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any


def calls(work: Callable[[], object]) -> int:
    """Return how many functions of Python or C `work` calls."""
    made = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    # Hypothesis measures each collection of garbage, by calls of its own.
    gc.disable()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return made


def memory(work: Callable[[], object]) -> int:
    """Return how many bytes `work` holds at most, besides those that existed before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
