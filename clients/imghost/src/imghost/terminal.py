"""Bars, links and a table on a terminal. Loaded there only: rich takes a tenth of a second."""

import threading
from functools import partial
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from imghost.batch import Outcome
from imghost.errors import Failure
from imghost.show import InOrder, as_json, paste, untried
from imghost.sources import Source
from imghost.text import counted, plain, size
from imghost.transfer import Watch

#: Characters of a name beside its bar.
_LONGEST = 32


class Terminal:
    """A person watches."""

    def __init__(self, form: str, count: int, skipped: int) -> None:
        self._form = form
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._skipped = skipped
        text = partial(TextColumn, markup=False)
        amount = DownloadColumn(binary_units=True)
        self._bars = Progress(
            text("{task.description}"), BarColumn(), amount, TransferSpeedColumn(), text("{task.fields[note]}")
        )
        whole = Progress(text("{task.completed} of {task.description}"), BarColumn(), text("{task.fields[note]}"))
        self._whole = whole
        self._all = whole.add_task(counted(count, "picture"), total=count, note="")
        self._live = Live(Group(whole, self._bars), console=self._console, transient=True)
        self._watches: dict[int, _Bar] = {}
        self._links = InOrder(self._print)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def watch(self, place: int, source: Source) -> Watch:
        """Return the bar of one picture, which is seen while it is sent."""
        self._watches[place] = bar = _Bar(self._bars, source.label)
        return bar

    def waiting(self, seconds: float) -> None:
        """Say how long the server is waited for."""
        self._whole.update(self._all, note=f"again in {seconds:.0f} s")

    def show(self, place: int, outcome: Outcome) -> None:
        """Print the link, or why there is none."""
        self._watches.pop(place).end()
        self._whole.update(self._all, advance=1, note="")
        if outcome.failure:
            self._print(f"{plain(outcome.source.label)}: {outcome.failure}", style="red")
        if self._form != "json":
            self._links.add(place, paste(self._form, outcome))

    def finish(self, outcomes: list[Outcome]) -> None:
        """Print the table, or the JSON in its place."""
        self._live.stop()
        if self._form == "json":
            self._print(as_json(outcomes))
            return
        table = Table("Picture", "Pixels", "Size", "Kept until", "")
        for outcome in outcomes:
            table.add_row(Text(plain(outcome.source.label)), *_row(outcome))
        self._console.print(table)
        if self._skipped:
            self._print(f"{counted(self._skipped, 'other file')} in the folders: no pictures, so left out.")
        if left := untried(outcomes):
            self._print(left, style="red")

    def _print(self, text: str, style: str = "") -> None:
        # A link that is wrapped can't be clicked, nor copied.
        self._console.print(Text(text, style), soft_wrap=True)


def _row(outcome: Outcome) -> list[str]:
    if not outcome.result:
        return ["", "", "", _why(outcome.failure)]
    picture = outcome.result.picture
    kept = plain(picture.expires_at or "")[:10]
    note = "sent by an earlier run" if outcome.result.resumed else ""
    return [f"{picture.width} × {picture.height}", size(picture.size), kept, note]


def _why(failure: Failure | None) -> str:
    return "failed" if failure else "not tried"


class _Bar:
    """The bar of one picture. Its worker moves it, the main thread ends it."""

    def __init__(self, bars: Progress, label: str) -> None:
        self._bars = bars
        self._label = _shortened(plain(label))
        self._lock = threading.Lock()
        self._task: TaskID | None = None

    def begun(self, size: int) -> None:
        """Show the bar, empty."""
        self.end()
        with self._lock:
            self._task = self._bars.add_task(self._label, total=size, note="")

    def sent(self, count: int) -> None:
        """Move it."""
        with self._lock:
            if self._task is not None:
                self._bars.advance(self._task, count)

    def waiting(self, seconds: float) -> None:
        """Say when the next try comes."""
        with self._lock:
            if self._task is not None:
                self._bars.update(self._task, note=f"again in {seconds:.0f} s")

    def end(self) -> None:
        """Remove it."""
        with self._lock:
            if self._task is not None:
                self._bars.remove_task(self._task)
                self._task = None


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST else f"…{label[1 - _LONGEST :]}"
