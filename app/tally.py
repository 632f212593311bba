"""How many pictures there are, and their bytes: in all, by expiry, by type, and by when they were published."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from app.storage import Listed, is_key


@dataclass
class Sum:
    """A number of pictures, and their bytes."""

    pictures: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        """Count a picture."""
        self.pictures += 1
        self.bytes += size

    def __str__(self) -> str:
        """Return both in columns."""
        return f"{self.pictures:>14,}{self.bytes / 1e6:>16,.1f} MB"


def _sums() -> defaultdict[str, Sum]:
    return defaultdict(Sum)


@dataclass
class Tally:
    """Counts pictures one by one; its size does not grow with their number."""

    #: How a moment is named, as strftime takes it: pictures of one name are counted together.
    period: str
    total: Sum = field(default_factory=Sum)
    expiries: defaultdict[str, Sum] = field(default_factory=_sums)
    types: defaultdict[str, Sum] = field(default_factory=_sums)
    periods: defaultdict[str, Sum] = field(default_factory=_sums)

    def count(self, found: Listed) -> None:
        """Count a picture. What others put beside our pictures counts as "other"."""
        # Their names could be of as many kinds as there are objects.
        expiry, _, name = found.key.rpartition("/") if is_key(found.key) else ("other", "", ".other")
        for total in (
            self.total,
            self.expiries[expiry or "none"],
            self.types[name.rpartition(".")[2]],
            self.periods[f"{found.modified:{self.period}}"],
        ):
            total.add(found.size)

    def as_json(self) -> dict[str, Any]:
        """Return all sums but those by period, for programs."""
        return {**asdict(self.total), "expiries": _plain(self.expiries), "types": _plain(self.types)}

    def periods_as_json(self) -> dict[str, Any]:
        """Return the sums by period, oldest first."""
        return _plain(self.periods)

    def lines(self) -> list[str]:
        """Return all sums but those by period, for people."""
        return [
            f"pictures          {self.total}",
            *(f"  expiry {name:<9}{found}" for name, found in sorted(self.expiries.items())),
            *(f"  type {name:<11}{found}" for name, found in sorted(self.types.items())),
        ]

    def period_lines(self) -> list[str]:
        """Return the sums by period, oldest first, for people."""
        return [f"  {name:<16}{found}" for name, found in sorted(self.periods.items())]


def _plain(sums: dict[str, Sum]) -> dict[str, Any]:
    return {name: asdict(found) for name, found in sorted(sums.items())}
