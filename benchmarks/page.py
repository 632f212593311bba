"""The page: how many bytes it needs, when it is ready on a slow phone, and whether many photos block it.

The phone is Chromium with its CPU slowed four times and the line of Lighthouse's "slow 4G" (150 ms, 1.6 Mbit/s down,
0.75 up), both set by the DevTools protocol. It has an empty cache and visits what `make run` starts, without TLS or
DNS. The page is ready at the main thread's first idle moment after its file input exists. A long task is one of 50 ms
or more, as Chromium reports it.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

import requests
from playwright.sync_api import Browser, CDPSession

from benchmarks.browser import chromium, photos, running, visit
from benchmarks.measure import Spread, spread
from benchmarks.photos import photo
from benchmarks.report import Goal, Section, main, table
from tests.rigs.server import Server

GOAL: Final = 1.5
#: The shortest task that Chromium reports.
SHORTEST: Final = 50
LINE: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 / 8,
    "uploadThroughput": 768_000 / 8,
}
SLOWER: Final = 4
WATCH: Final = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) longTasks.push(each.duration);
}).observe({ type: "longtask", buffered: true });
const seen = new MutationObserver(() => {
  if (!document.querySelector("input[type=file]")) return;
  seen.disconnect();
  requestIdleCallback(() => { window.ready = performance.now(); });
});
seen.observe(document, { childList: true, subtree: true });
window.previews = () => [...document.querySelectorAll("li[data-phase] img")].filter((each) => each.complete).length;
window.frames = 0;
window.slowestFrame = 0;
window.watchFrames = () => {
  let last = performance.now();
  const next = (now) => {
    slowestFrame = Math.max(slowestFrame, now - last);
    last = now;
    frames += 1;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
};
"""


#: What "hundreds" are, and the longest task that may block them after the first second, in milliseconds.
CROWD: Final = 320
LONGEST: Final = 100
WATCH_STARTS: Final = """
window.tasks = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) tasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
"""


SEND_NOTHING: Final = """
const ask = window.fetch;
window.fetch = (...asked) =>
  String(asked[0].url ?? asked[0]).endsWith("/uploads/init") ? new Promise(() => {}) : ask(...asked);
"""


def first_load(browser: Browser, server: Server) -> list[str]:
    """Return the addresses that a first visit fetches from the server."""
    with visit(browser, WATCH) as (shown, _, _):
        asked: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(server.url, wait_until="networkidle")
        return [url for url in asked if url.startswith(server.url)]


def weigh(url: str, encoding: str) -> int:
    """Return the bytes of a body on the wire."""
    answer = requests.get(url, headers={"Accept-Encoding": encoding}, stream=True, timeout=10)
    return len(answer.raw.read(decode_content=False))


def slow(devtools: CDPSession, *, line: bool = True) -> None:
    """Slow the browser down to a phone."""
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if line:
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", LINE)


def ready(browser: Browser, server: Server) -> dict[str, float]:
    """Visit as a phone; return the milliseconds until the page is ready, and until the first paint."""
    with visit(browser, WATCH) as (shown, _, devtools):
        slow(devtools)
        shown.goto(server.url)
        shown.wait_for_function("() => window.ready", timeout=60_000)
        painted = shown.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
        return {
            "ready": shown.evaluate("window.ready"),
            "painted": painted,
            "longest": shown.evaluate("Math.max(0, ...longTasks)"),
        }


def preview(browser: Browser, server: Server, paths: list[Path], *, phone: bool) -> dict[str, Any]:
    """Choose photos that can't be sent; return the longest task until all rows are there and quiet."""
    with visit(browser, WATCH) as (shown, context, devtools):
        # Measure only the previews: sending has a benchmark of its own.
        context.add_init_script(SEND_NOTHING)
        shown.goto(server.url, wait_until="networkidle")
        if phone:
            slow(devtools, line=False)
        shown.evaluate("longTasks.length = 0; watchFrames()")
        shown.get_by_label("Choose pictures").set_input_files(paths)
        rows = shown.locator("li[data-phase]")
        rows.nth(len(paths) - 1).wait_for(state="attached", timeout=120_000)
        for number in range(0, len(paths), 5):
            rows.nth(number).scroll_into_view_if_needed()
            shown.wait_for_timeout(100)
        shown.wait_for_timeout(1_000)
        return {
            "longest": shown.evaluate("Math.max(0, ...longTasks)"),
            "count": shown.evaluate("longTasks.length"),
            "frame": shown.evaluate("slowestFrame"),
            "shown": shown.evaluate("previews()"),
        }


def crowd(browser: Browser, server: Server, paths: list[Path]) -> float:
    """Upload hundreds of pictures, and scroll; return the longest task after the first second."""
    with visit(browser, WATCH_STARTS) as (shown, _, _):
        shown.goto(server.url, wait_until="networkidle")
        start = shown.evaluate("performance.now()")
        shown.get_by_label("Choose pictures").set_input_files(paths)
        rows = shown.locator("li[data-phase]")
        for number in range(0, len(paths), 40):
            rows.nth(number).scroll_into_view_if_needed()
            shown.wait_for_timeout(250)
        shown.locator("li[data-phase=done]").nth(len(paths) - 1).wait_for(state="attached", timeout=300_000)
        shown.wait_for_timeout(500)
        tasks: list[tuple[float, float]] = shown.evaluate("tasks")
        return max((took for at, took in tasks if at > start + 1_000), default=0)


def small(folder: Path, count: int) -> list[Path]:
    """Write small photos, each different."""
    paths = [folder / f"small-{number:03}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(photo(320, 240, seed=number))
    return paths


def run(arguments: argparse.Namespace) -> Section:
    """Measure the page."""
    with tempfile.TemporaryDirectory() as name, running() as server, chromium() as browser:
        urls = first_load(browser, server)
        encodings = ("identity", "gzip", "br")
        weights = {url.removeprefix(server.url): [weigh(url, encoding) for encoding in encodings] for url in urls}
        ready(browser, server)
        visits = [ready(browser, server) for _ in range(arguments.rounds)]
        paths = photos(Path(name), arguments.photos)
        jams = {
            what: [preview(browser, server, paths, phone=phone) for _ in range(arguments.rounds // 2 or 1)]
            for what, phone in (("this machine", False), (f"CPU slowed {SLOWER} ×", True))
        }
        many = small(Path(name), CROWD)
        longest = spread([crowd(browser, server, many) for _ in range(arguments.rounds // 2 or 1)])
    totals = [sum(column) for column in zip(*weights.values(), strict=True)]
    took = {key: spread([visit[key] / 1000 for visit in visits]) for key in ("ready", "painted")}
    weighed = table(
        ["first load", "bytes", "gzip", "Brotli"],
        [
            [f"`{path}`" if path else "all", *(f"{each:,}" for each in row)]
            for path, row in [*weights.items(), ("", totals)]
        ],
    )
    jammed = table(
        [f"{arguments.photos} photos of 12 megapixels", "longest task, ms", "tasks ≥ 50 ms", "slowest frame, ms"],
        [
            [
                what,
                _task(spread([each["longest"] for each in found])),
                spread([each["count"] for each in found]).show(),
                spread([each["frame"] for each in found]).show(),
            ]
            for what, found in jams.items()
        ],
    )
    text = f"""\
{weighed}

On the phone, {arguments.rounds} visits with an empty cache: something painted after {took["painted"].show(2)} s, ready
after {took["ready"].show(2)} s; longest task {_task(spread([visit["longest"] for visit in visits]))} ms.

{jammed}

The photos are chosen and scrolled through; none is sent. When {CROWD} small pictures are chosen, scrolled through
and sent, the longest task after the first second takes {_task(longest)} ms."""
    fast = Goal("page ready on a slow phone", f"< {GOAL} s", f"{took['ready'].show(2)} s", took["ready"].median < GOAL)
    smooth = Goal(
        f"longest task while {CROWD} pictures are sent",
        f"≤ {LONGEST} ms",
        f"{_task(longest)} ms",
        longest.median <= LONGEST,
    )
    return Section("The page", text, [fast, smooth])


def _task(found: Spread) -> str:
    return found.show() if found.median else f"none ≥ {SHORTEST}"


if __name__ == "__main__":
    main(__file__, run, rounds=7, photos=100)
