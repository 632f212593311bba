"""From choosing photos to their links, in one Chromium: the page beside Uppy 6.

Uppy (its core and its plug-in for S3) signs by our `init`. It sends files as they are: it does not inspect, clean or
hash them, and draws no list. Once it only PUTs, once it also calls `complete` after each PUT, without which there is no
link. The photos are of 5 MB, with the metadata of a camera, which the page removes. They travel at 100 Mbit/s with a
latency of 40 ms, which the DevTools protocol emulates, and over the loopback interface.

The page has been open for half a second, less than anybody needs to choose a file. The clock starts at the `change` of
the file input and stops when the last row is done, or Uppy's promise resolves. The CPU is that of the browser's main
process, of its network service and of the page's own process with its workers, until nothing has happened for a second:
what the page puts off counts as well.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from benchmarks.browser import chromium, photos, running, visit
from benchmarks.measure import Spread, ratio, spread, take_turns
from benchmarks.plot import Bars
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import HERE, cpu
from config import ROOT
from tests.rigs.server import Server

#: What the DevTools protocol emulates; None is the loopback interface.
Line = dict[str, Any] | None
LINES: Final[dict[str, Line]] = {
    "100 Mbit/s, 40 ms": {
        "offline": False,
        "latency": 40,
        "downloadThroughput": 12_500_000,
        "uploadThroughput": 12_500_000,
    },
    "loopback": None,
}
NAMES: Final = {"page": "our page", "whole": "Uppy 6 and complete", "bare": "Uppy 6, PUT alone"}
#: At most so many times Uppy with `complete`.
GOALS: Final = {"100 Mbit/s, 40 ms": 1.0, "loopback": 1.3}
#: At most so many times Uppy that only PUTs, for one photo at 100 Mbit/s.
BARE: Final = 1.1
CPU: Final = 2.0
#: Photos that are drawn; the others are copies with other metadata.
DRAWN: Final = 4
#: Milliseconds without a change of the page, a request or a picture.
QUIET: Final = 1_000

WATCH: Final = """
window.finished = (count) => new Promise((resolve) => {
  addEventListener("change", () => { window.began ??= performance.now(); }, true);
  const rows = new MutationObserver(() => {
    if (document.querySelectorAll('[data-phase="done"]').length < count) return;
    rows.disconnect();
    resolve();
  });
  rows.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-phase"] });
}).then(() => performance.now() - began);
window.quiet = (ms) => new Promise((resolve) => {
  let timer;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(resolve, ms);
  };
  new MutationObserver(again).observe(document, { subtree: true, childList: true, attributes: true });
  again();
});
performance.setResourceTimingBufferSize(5000);
window.times = () => {
  const called = performance.getEntriesByType("resource").filter(({ startTime }) => startTime >= began);
  const of = (end) => called.filter(({ name }) => name.endsWith(end));
  const last = (some) => Math.max(...some.map(({ responseEnd }) => responseEnd)) - began;
  return {
    first: Math.min(...of("/uploads/init").map(({ startTime }) => startTime)) - began,
    last: last(of("/uploads/complete").length ? of("/uploads/complete") : called),
  };
};
"""
UPPY: Final = """
(completes) => {
  addEventListener("change", () => { window.began ??= performance.now(); }, true);
  window.done = uploadByUppy(completes).then(() => performance.now() - began);
}
"""


@contextmanager
def page(browser: Browser, server: Server, count: int) -> Iterator[Locator]:
    """Open the page; yield its file input. The script's `done` resolves when `count` photos have links."""
    with visit(browser, WATCH) as (shown, _, _):
        yield ready(shown, server, count)


def ready(shown: Page, server: Server, count: int) -> Locator:
    """Let a tab visit the page; return its file input."""
    shown.goto(server.url, wait_until="networkidle")
    shown.evaluate(f"window.done = finished({count}), undefined")
    return shown.get_by_label("Choose pictures")


@contextmanager
def uppy(browser: Browser, server: Server, script: str, *, completes: bool) -> Iterator[Locator]:
    """Open Uppy on a page of the same server, so that it needs no preflight either; yield its file input."""
    with visit(browser, WATCH) as (shown, _, _):
        shown.goto(f"{server.url}/version", wait_until="networkidle")
        shown.evaluate(script)
        shown.evaluate(UPPY, completes)
        yield shown.locator("input")


def measure(
    browser: Browser, opened: Callable[[], AbstractContextManager[Locator]], paths: list[Path], line: Line
) -> dict[str, float]:
    """Return the milliseconds until all photos are published, of their calls, and of the browser's CPU."""
    with opened() as field:
        if line:
            devtools = field.page.context.new_cdp_session(field.page)
            devtools.send("Network.enable")
            devtools.send("Network.emulateNetworkConditions", line)
        before = used(browser)
        took = upload(field, paths)
        return {"took": took, "cpu": used(browser) - before, **field.page.evaluate("times()")}


def publish(field: Locator, paths: list[Path]) -> float:
    """Choose photos; return the milliseconds until all are published."""
    field.set_input_files(paths)
    took: float = field.page.evaluate("done")
    return took


def upload(field: Locator, paths: list[Path]) -> float:
    """Publish photos, and wait until nothing happens any more; return the milliseconds until all are published."""
    took = publish(field, paths)
    field.page.evaluate("quiet", QUIET)
    return took


def used(browser: Browser) -> float:
    """Return the milliseconds of CPU that the browser's processes have taken."""
    devtools = browser.new_browser_cdp_session()
    processes = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    return 1000 * sum(cpu(process["id"]) for process in processes)


def bundle(folder: Path) -> str:
    """Return Uppy, and what uses it, as one script."""
    rolldown = ROOT / "frontend/node_modules/.bin/rolldown"
    made = folder / "uppy.js"
    command = [str(rolldown), str(HERE / "peers" / "uppy.js"), "--format", "iife", "--minify", "--file", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made.read_text()


def with_metadata(paths: list[Path], count: int) -> list[Path]:
    """Copy photos until there are `count`, each with EXIF of its own."""
    found = []
    for number in range(count):
        data = paths[number % len(paths)].read_bytes()
        exif = Image.Exif()
        exif[0x010F], exif[0x0110], exif[0x010E] = "Maker", "Model", f"Photo {number}"
        exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 6.0, 30.0), 3: "E", 4: (8.0, 41.0, 0.0)})
        content = exif.tobytes()
        segment = b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content
        path = paths[0].with_name(f"IMG_{number:04}.jpg")
        path.write_bytes(data[:2] + segment + data[2:])
        found.append(path)
    return found


def run(arguments: argparse.Namespace) -> Section:
    """Upload with both."""
    counts = [int(count) for count in arguments.counts.split(",")]
    rows, parts, goals, plots = [], [], [], {}
    with tempfile.TemporaryDirectory() as name, running() as server, chromium() as browser:
        folder = Path(name)
        paths = with_metadata(photos(folder, min(DRAWN, max(counts))), max(counts))
        script = bundle(folder)
        for what, line in LINES.items():
            for count in counts:
                some = paths[:count]
                found = take_turns(
                    {
                        name: partial(measure, browser, opened, some, line)
                        for name, opened in {
                            "page": partial(page, browser, server, count),
                            "whole": partial(uppy, browser, server, script, completes=True),
                            "bare": partial(uppy, browser, server, script, completes=False),
                        }.items()
                    },
                    arguments.rounds,
                )
                title = f"{count} photo{'s' if count > 1 else ''}, {what}"
                times = {who: [each["took"] for each in found[who]] for who in found}
                costs = {who: [each["cpu"] for each in found[who]] for who in found}
                whole, bare = ratio(times["page"], times["whole"]), ratio(times["page"], times["bare"])
                cost = ratio(costs["page"], costs["whole"])
                rows.append(
                    [title, *(spread(times[who]).show() for who in found), *(each.show(2) for each in (whole, bare))]
                )
                parts.append([title, *_parts(found), *(spread(costs[who]).show() for who in found), cost.show(2)])
                goals.append(_goal(f"choose to link, {title}, beside Uppy with complete", whole, GOALS[what]))
                if line and count == 1:
                    plots["uppy"] = Bars(
                        f"From choosing a photo of 5 MB to its link, {what} (ms; less is better)",
                        "ms",
                        {NAMES[who]: spread(each) for who, each in times.items()},
                        frozenset({NAMES["page"]}),
                    )
                    goals.append(_goal(f"choose to link, {title}, beside Uppy's PUT alone", bare, BARE))
                goals.append(_goal(f"the browser's CPU, {title}, beside Uppy with complete", cost, CPU))
    taken = ["ms", *NAMES.values(), "page ÷ complete", "page ÷ PUT alone"]
    within = ["ms", "page, before", "Uppy, before", "page, after", "Uppy, after"]
    cpus = ["page, CPU", "Uppy, complete", "PUT alone", "page ÷ complete"]
    text = f"""\
{table(taken, rows)}

{arguments.rounds} rounds. What comes before the first `init` and after the last answer, and the browser's CPU:

{table(within + cpus, parts)}"""
    return Section("The page beside Uppy", text, goals, plots)


def _parts(found: dict[str, list[dict[str, float]]]) -> list[str]:
    """Return the medians of what comes before the first call and after the last answer, of the page and of Uppy."""
    pairs = [found["page"], found["whole"]]
    before = [spread([each["first"] for each in one]) for one in pairs]
    after = [spread([each["took"] - each["last"] for each in one]) for one in pairs]
    return [f"{each.median:,.0f}" for each in (*before, *after)]


def _goal(what: str, measured: Spread, most: float) -> Goal:
    return Goal(what, f"≤ {most} ×", f"{measured.show(2)} ×", measured.median <= most)


if __name__ == "__main__":
    main(__file__, run, rounds=5, counts="1,20,100")
