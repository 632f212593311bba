"""How far a command is, on standard error: a line that is written anew on a terminal, elsewhere a line now and then."""

import sys
import time

import click

#: Seconds between two lines.
ON_TERMINAL, ELSEWHERE = 0.2, 30


class Progress:
    """Shows what it is told, no more often than is read; on a terminal, what it shows last is gone at the end."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._every = ON_TERMINAL if self._terminal else ELSEWHERE
        self._next = time.monotonic() + self._every

    def show(self, state: object) -> None:
        """Show `state`, if it is time; only then is it made a text."""
        if not self._quiet and time.monotonic() > self._next:
            self._next = time.monotonic() + self._every
            click.echo(f"\r{state}\033[K" if self._terminal else str(state), err=True, nl=not self._terminal)

    def say(self, sentence: str) -> None:
        """Write a sentence on a line of its own."""
        self.clear()
        click.echo(sentence, err=True)

    def clear(self) -> None:
        """Remove what is shown, so that other lines can follow."""
        if self._terminal:
            click.echo("\r\033[K", err=True, nl=False)
