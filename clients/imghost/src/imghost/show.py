"""What a run says: links alone in a script, bars and a table on a terminal."""

import json
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

import click

from imghost.batch import Outcome
from imghost.snippets import snippet
from imghost.sources import Source
from imghost.text import counted, plain
from imghost.transfer import Watch


class Screen(Protocol):
    """Where a run says how far it is."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def watch(self, place: int, source: Source) -> Watch:
        """Return what is told of one picture."""

    def waiting(self, seconds: float) -> None:
        """Say that the server is asked again in so many seconds."""

    def show(self, place: int, outcome: Outcome) -> None:
        """Say what became of a picture."""

    def finish(self, outcomes: list[Outcome]) -> None:
        """Say what became of all pictures."""


class InOrder:
    """Hands out texts in the order of the arguments, as soon as all before them are known."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._known: dict[int, str | None] = {}
        self._next = 0

    def add(self, place: int, text: str | None) -> None:
        """Take the text of one place; None where there is none."""
        self._known[place] = text
        while self._next in self._known:
            if text := self._known.pop(self._next):
                self._write(text)
            self._next += 1


class Unwatched:
    """Tells nobody."""

    def begun(self, size: int) -> None:
        """Say nothing."""

    def sent(self, count: int) -> None:
        """Say nothing."""

    def waiting(self, seconds: float) -> None:
        """Say nothing."""


class Quiet:
    """Links on standard output, nothing else: some programs take any word on standard error for a failure."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._links = InOrder(_write)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()

    def watch(self, _place: int, _source: Source) -> Watch:
        """Return what tells nobody."""
        return Unwatched()

    def waiting(self, seconds: float) -> None:
        """Say nothing."""

    def show(self, place: int, outcome: Outcome) -> None:
        """Print the link, or on standard error why there is none."""
        complain(outcome)
        if self._form != "json":
            self._links.add(place, paste(self._form, outcome))

    def finish(self, outcomes: list[Outcome]) -> None:
        """Print the JSON, which has everything, or say how many pictures were left out."""
        if self._form == "json":
            _write(as_json(outcomes))
        if left := untried(outcomes):
            click.echo(f"imghost: {left}", err=True)


def paste(form: str, outcome: Outcome) -> str | None:
    """Return what is printed of a picture; None if it has no link."""
    if outcome.result and form == "page":
        return outcome.result.page
    return snippet(form, outcome.result.picture) if outcome.result else None


def complain(outcome: Outcome) -> None:
    """Say on standard error why there is no link."""
    if outcome.failure:
        click.echo(f"imghost: {plain(outcome.source.label)}: {outcome.failure}", err=True)


def untried(outcomes: list[Outcome]) -> str | None:
    """Return a sentence on the pictures that nobody tried; None if there are none."""
    left = sum(outcome.result is None and outcome.failure is None for outcome in outcomes)
    return f"{counted(left, 'picture')} not tried. The same command goes on from here." if left else None


def as_json(outcomes: list[Outcome]) -> str:
    """Return all that is known of each picture, in the words of the API."""
    return json.dumps([_described(outcome) for outcome in outcomes], indent=2)


def _described(outcome: Outcome) -> dict[str, Any]:
    described: dict[str, Any] = {"source": outcome.source.label}
    if outcome.result:
        return {**described, **outcome.result.picture.as_json()}
    return {**described, "error": str(outcome.failure) if outcome.failure else "Not tried."}


def _write(text: str) -> None:
    click.echo(text)
