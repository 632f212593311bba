"""From choosing a file to its link, in Chromium, beside curl, which only sends the same bytes to the same store.

One 5 MB photo, and 100 of them, travel over the loopback interface, which is as fast as memory: everything that the
page does beside sending counts in full. One photo and 20 also travel at 100 Mbit/s, which is fast for a home.

The page has been open for half a second, less than anybody needs to choose a file. It inspects each photo, cleans and
hashes it in a worker, calls `init`, PUTs three at a time, calls `complete` and shows the link. The clock starts at the
`change` of the file input and stops when the last row is done. curl has its URLs signed beforehand and PUTs the files
with `--parallel`, at 100 Mbit/s one after the other. For a comparison in between, Chromium PUTs the same files from an
empty page, signed beforehand as for curl. gunicorn, SeaweedFS, the browser and curl share the machine. Chromium's
Resource Timing says where the page's time goes.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, CDPSession
from playwright.sync_api import TimeoutError as Late

from benchmarks.browser import chromium, photos, running, visit
from benchmarks.measure import ratio, spread, take_turns
from benchmarks.plot import Bars
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import cpu
from tests.rigs.server import Server

GOAL = 1.25
#: curl's own.
PARALLEL = 50
#: Bytes a second of a fast line at home: 100 Mbit/s.
LINE = 12_500_000
#: Photos that such a line carries in 8 s.
FEWER = 20
#: The processes whose CPU counts: browser, store, API.
PROCESSES = ("chromium", "weed", "gunicorn")
#: Milliseconds.
TIMEOUT = 180_000
PHASES = """
() => [...document.querySelectorAll("li[data-phase]")].filter((row) => row.dataset.phase !== "done")
  .map((row) => `${row.dataset.phase}: ${row.innerText.replaceAll("\\n", " ")}`)
"""
CHOOSER = """
() => document.body.append(Object.assign(document.createElement("input"), { type: "file", multiple: true }))
"""
PUTS = """
async (signed) => {
  const { files } = document.querySelector("input");
  const began = performance.now();
  const answers = await Promise.all(signed.map(({ uploadURL, headers }, index) =>
    fetch(uploadURL, { method: "PUT", headers, body: files[index] })));
  if (!answers.every((answer) => answer.ok)) throw new Error("not all were taken");
  return performance.now() - began;
}
"""
WATCH = """
performance.setResourceTimingBufferSize(5000);
addEventListener("change", () => { window.began ??= performance.now(); }, true);
window.finished = (count) => {
  const done = document.querySelectorAll('[data-phase="done"]').length;
  return done >= count && performance.now();
};
window.parts = () => {
  const sums = { init: 0, put: 0, complete: 0, other: 0 };
  const firsts = {};
  const counts = { init: 0, put: 0, complete: 0, other: 0 };
  for (const each of performance.getEntriesByType("resource")) {
    if (each.startTime < window.began) continue;
    const path = new URL(each.name).pathname;
    const kind = path.endsWith("/uploads/init") ? "init"
      : path.endsWith("/uploads/complete") ? "complete"
      : path.includes("/incoming/") ? "put" : "other";
    sums[kind] += each.duration;
    counts[kind] += 1;
    firsts[kind] ??= each.startTime - window.began;
  }
  return { sums, first: firsts, counts };
};
"""


def page(browser: Browser, server: Server, paths: list[Path], line: int = 0) -> dict[str, Any]:
    """Upload with the page, at `line` bytes a second; return the seconds, and how long its requests took."""
    with visit(browser, WATCH) as (shown, _, devtools):
        shown.goto(server.url)
        field = shown.get_by_label("Choose pictures")
        field.wait_for(state="attached")
        shown.wait_for_load_state("networkidle")
        narrow(devtools, line)
        before = cpu_by_name()
        field.set_input_files(paths)
        try:
            ended = shown.wait_for_function(
                f"() => window.finished({len(paths)})", polling=10, timeout=TIMEOUT
            ).json_value()
        except Late as error:
            raise SystemExit(f"Not all were uploaded: {shown.evaluate(PHASES)}") from error
        used = cpu_by_name() - before
        return {
            "seconds": (ended - shown.evaluate("window.began")) / 1000,
            "cpu": used,
            **shown.evaluate("window.parts()"),
        }


def bare(browser: Browser, server: Server, paths: list[Path], line: int = 0) -> dict[str, Any]:
    """PUT all files from the browser without the page, as many at a time as it sends; return the seconds."""
    with visit(browser, "") as (shown, _, devtools):
        # This page comes from the same server, so the store's CORS lets its scripts upload.
        shown.goto(f"{server.url}/version")
        shown.evaluate(CHOOSER)
        shown.set_input_files("input", paths)
        narrow(devtools, line)
        before = cpu_by_name()
        milliseconds = shown.evaluate(PUTS, [sign(server, path) for path in paths])
        return {"seconds": milliseconds / 1000, "cpu": cpu_by_name() - before}


def narrow(devtools: CDPSession, line: int) -> None:
    """Limit the page to `line` bytes a second; 0 is no limit."""
    if line:
        devtools.send("Network.enable")
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": line}
        devtools.send("Network.emulateNetworkConditions", conditions)


def sign(server: Server, path: Path) -> dict[str, Any]:
    """Ask for the URL of a PUT, and its headers."""
    body = {"contentType": "image/jpeg", "size": path.stat().st_size}
    signed: dict[str, Any] = requests.post(f"{server.url}/uploads/init", json=body, timeout=10).json()
    return signed


def curl(server: Server, paths: list[Path], folder: Path, line: int = 0) -> dict[str, Any]:
    """PUT with curl, at `line` bytes a second, which one PUT at a time uses in full; return the seconds."""
    lines = []
    for path in paths:
        upload = sign(server, path)
        lines += [f'upload-file = "{path}"', f'url = "{upload["uploadURL"]}"', 'output = "/dev/null"']
        lines += [f'header = "{name}: {value}"' for name, value in upload["headers"].items()]
        lines += [f"limit-rate = {line}"] if line else ["parallel", f"parallel-max = {PARALLEL}"]
        lines += ["fail", "silent", "next"]
    config = folder / "curl.conf"
    config.write_text("\n".join(lines[:-1]) + "\n")
    before, began = cpu_by_name(), time.perf_counter()
    subprocess.run(["curl", "--config", str(config)], check=True, capture_output=True)
    return {"seconds": time.perf_counter() - began, "cpu": cpu_by_name() - before}


def cpu_by_name() -> Counter[str]:
    """Return the milliseconds of CPU that each of PROCESSES has taken."""
    used: Counter[str] = Counter()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            command = (process / "cmdline").read_text()
            for name in PROCESSES:
                if name in command:
                    used[name] += round(1000 * cpu(int(process.name)))
    return used


def run(arguments: argparse.Namespace) -> Section:
    """Upload."""
    rows, goals, where, costs = [], [], [], []
    bars: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, running() as server, chromium() as browser:
        folder = Path(name)
        paths = photos(folder, arguments.photos)
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        for what, count, line in (
            ("1 photo", 1, 0),
            (f"1 photo, {LINE * 8 // 10**6} Mbit/s", 1, LINE),
            (f"{arguments.photos} photos", arguments.photos, 0),
            (f"{FEWER} photos, {LINE * 8 // 10**6} Mbit/s", FEWER, LINE),
        ):
            some = paths[:count]
            found = take_turns(
                {
                    "page": partial(page, browser, server, some, line),
                    "browser": partial(bare, browser, server, some, line),
                    "curl": partial(curl, server, some, folder, line),
                },
                arguments.rounds,
            )
            seconds = {who: [each["seconds"] for each in found[who]] for who in found}
            times = ratio(seconds["page"], seconds["curl"])
            alone = ratio(seconds["page"], seconds["browser"])
            rows.append([what, *(spread(seconds[who]).show(2) for who in found), times.show(2), alone.show(2)])
            goals.append(
                Goal(f"choose to link, {what}, against curl", f"≤ {GOAL} ×", f"{times.show(2)} ×", times.median <= GOAL)
            )
            bars |= {f"{what}, {who}": spread(each) for who, each in seconds.items()}
            where.append([what, *_where(found["page"])])
            for who, each in found.items():
                medians = [spread([float(one["cpu"][name]) for one in each]).median for name in PROCESSES]
                costs.append([f"{what}, {who}", *(f"{median:,.0f}" for median in medians)])
    text = f"""\
{table(["", "page, s", "the browser's PUTs alone, s", "curl, s", "page ÷ curl", "page ÷ browser"], rows)}

{arguments.rounds} rounds, {megabytes / arguments.photos:.1f} MB a photo. curl sends up to {PARALLEL} at a time.
Where the page's time goes, medians of ms; with many, requests overlap, so their sums exceed the whole:

{table(["", "until the first init", "init, sum", "PUT, sum", "complete, sum", "PUTs made", "the whole"], where)}

And its CPU, ms. Browser, store and API share {os.cpu_count()} cores here, and the store alone keeps curl waiting; at
home the browser has a computer of its own. Neither curl nor the bare PUTs copy or verify anything.

{table(["", "browser", "store", "API"], costs)}"""
    plot = Bars(
        "Choose to link, beside curl's PUTs (s)", "s", bars, frozenset(n for n in bars if n.endswith("page")), 2
    )
    return Section("Choose to link", text, goals, {"upload": plot})


def _where(found: list[dict[str, Any]]) -> list[str]:
    figures = [
        [
            each["first"]["init"],
            each["sums"]["init"],
            each["sums"]["put"],
            each["sums"]["complete"],
            each["counts"]["put"],
            1000 * each["seconds"],
        ]
        for each in found
    ]
    return [f"{spread(list(column)).median:,.0f}" for column in zip(*figures, strict=True)]


if __name__ == "__main__":
    main(__file__, run, rounds=5, photos=100)
