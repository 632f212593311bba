"""Rounds in which contestants take turns, and their result: median and range."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    """The median, the least and the greatest of some measurements."""

    median: float
    low: float
    high: float

    def show(self, digits: int = 0, factor: float = 1) -> str:
        """Return it as "median (low to high)"."""
        middle, low, high = (f"{value * factor:,.{digits}f}" for value in (self.median, self.low, self.high))
        return f"{middle} ({low} to {high})"


def spread(values: list[float]) -> Spread:
    """Return the median and the range."""
    return Spread(statistics.median(values), min(values), max(values))


def take_turns(contestants: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Call each once to warm up, then all in each round: A B C, A B C. So a slow minute is slow for all."""
    found: dict[str, list[T]] = {name: [] for name in contestants}
    for name in contestants:
        contestants[name]()
    for _ in range(rounds):
        for name, contestant in contestants.items():
            found[name].append(contestant())
    return found


def ratio(ours: list[float], theirs: list[float]) -> Spread:
    """Return ours ÷ theirs, each round by itself."""
    return spread([mine / other for mine, other in zip(ours, theirs, strict=True)])
