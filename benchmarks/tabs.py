"""From choosing photos to their links, while the page is open in a second tab, over the loopback interface.

Both tabs are of one browser, so they share its processes, its connections and what the page keeps on the device. The
second tab does nothing, or sends 20 photos as well, of which it chooses the first just before.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from benchmarks.browser import chromium, photos, running
from benchmarks.measure import ratio, spread, take_turns
from benchmarks.report import Section, main, table
from benchmarks.uppy import DRAWN, page, publish, ready, with_metadata
from tests.rigs.server import Server

#: Photos that a busy tab sends.
MANY: Final = 20


def alone(browser: Browser, server: Server, paths: list[Path]) -> float:
    """Return the milliseconds until all photos have links."""
    with page(browser, server, len(paths)) as field:
        return publish(field, paths)


def beside(browser: Browser, server: Server, paths: list[Path], others: list[Path], *, both: bool = False) -> float:
    """Return the same, beside a tab that sends `others`; if `both`, until theirs are there too."""
    with page(browser, server, len(paths)) as field:
        second = field.page.context.new_page()
        other = ready(second, server, len(others))
        field.page.bring_to_front()
        if others:
            other.set_input_files(others)
        mine = publish(field, paths)
        theirs: float = second.evaluate("done") if others else 0
        return max(mine, theirs) if both else mine


def run(arguments: argparse.Namespace) -> Section:
    """Upload in one tab, and in one of two."""
    with tempfile.TemporaryDirectory() as name, running() as server, chromium() as browser:
        paths = with_metadata(photos(Path(name), DRAWN), 2 * MANY)
        one, some, others = paths[:1], paths[:MANY], paths[MANY:]
        found = take_turns(
            {
                "1 photo, one tab": partial(alone, browser, server, one),
                "1 photo, beside an idle tab": partial(beside, browser, server, one, []),
                f"1 photo, beside a tab that sends {MANY}": partial(beside, browser, server, one, others),
                f"{MANY} photos, one tab": partial(alone, browser, server, some),
                f"{MANY} photos, beside an idle tab": partial(beside, browser, server, some, []),
                f"{2 * MANY} photos, one tab": partial(alone, browser, server, paths),
                f"{2 * MANY} photos, half in each tab": partial(beside, browser, server, some, others, both=True),
            },
            arguments.rounds,
        )
    rows, first = [], ""
    for what, times in found.items():
        first = what if what.endswith("one tab") else first
        rows.append([what, spread(times).show(), "" if what == first else ratio(times, found[first]).show(2)])
    return Section("A second tab", table(["", "ms", "÷ one tab"], rows))


if __name__ == "__main__":
    main(__file__, run, rounds=5)
