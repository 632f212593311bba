"""What the browser's CPU goes into while photos are sent, as Chromium itself traces it, beside Uppy with `complete`.

Chromium notes the CPU of each task and of its named parts, on all threads of all its processes. Noting takes a quarter
more CPU, so the shares count here, and uppy.py has the sums. What a named part takes besides its own parts counts for
the first of PARTS that names it, or one of those around it.
"""

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.browser import chromium, photos, running
from benchmarks.plot import Flame
from benchmarks.report import Section, main, table
from benchmarks.uppy import DRAWN, NAMES, bundle, page, upload, uppy, with_metadata

CATEGORIES: Final = [
    *("base", "blink", "cc", "devtools.timeline", "gpu", "IndexedDB", "loading", "media", "mojom", "net", "toplevel"),
    *("v8", "viz", "disabled-by-default-devtools.timeline", "disabled-by-default-v8.compile"),
]
#: What all tasks have around them.
WRAPPERS: Final = {
    *(
        "EpollEvent",
        "RunTask",
        "SimpleWatcher::OnHandleReady",
        "ThreadController active",
        "ThreadControllerImpl::RunTask",
    ),
    *("ThreadPool_RunTask", "WorkerThread active", "Receive mojo message"),
}
#: Names of processes, threads or tasks. A part comes before those that hold it.
PARTS: Final = {
    "tracing itself": ("tracing.mojom.TracingService", "PerfettoTrace"),
    "thumbnails: decoding": ("Decode Image", "ImageDecodeTask"),
    "drawing: layout, painting, putting on the screen": (
        *("ProxyMain::BeginMainFrame", "RasterTask", "Compositor", "GPU Process", "CompositorTileWorker1"),
    ),
    "the page's script": ("CrRendererMain",),
    "workers: reading, cleaning, hashing, shrinking thumbnails": ("DedicatedWorker thread", "DoDigest"),
    "compiling": ("V8.MaglevTask", "V8.TurbofanTask", "V8.SparkplugTask"),
    "the list that survives a reload: IndexedDB": ("Transaction::RunTasks",),
    "the network service": ("Service: network.mojom.NetworkService",),
    "files and slices of them, in the main process": ("Browser",),
    "all else": ("",),
}


def folded(trace: bytes) -> Counter[tuple[str, ...]]:
    """Return the milliseconds of CPU of each stack: process, thread, task and its parts."""
    events: list[dict[str, Any]] = json.loads(trace)["traceEvents"]
    processes, threads, tasks = {}, {}, defaultdict(list)
    for event in events:
        thread = event["pid"], event["tid"]
        if event["name"] == "process_name":
            processes[event["pid"]] = event["args"]["name"]
        elif event["name"] == "thread_name":
            threads[thread] = event["args"]["name"]
        elif event["ph"] == "X" and "tdur" in event:
            tasks[thread].append(event)
    found: Counter[tuple[str, ...]] = Counter()
    for thread, some in tasks.items():
        root = processes.get(thread[0], "?"), threads.get(thread, "?")
        around: list[tuple[float, tuple[str, ...]]] = []
        for event in sorted(some, key=lambda each: (each["ts"], -each["dur"])):
            while around and around[-1][0] <= event["ts"]:
                around.pop()
            outer = around[-1][1] if around else root
            if around:
                found[outer] -= event["tdur"] / 1000
            stack = outer if event["name"] in WRAPPERS else (*outer, event["name"])
            found[stack] += event["tdur"] / 1000
            around.append((event["ts"] + event["dur"], stack))
    return found


def shares(stacks: Counter[tuple[str, ...]]) -> Counter[str]:
    """Return the milliseconds of each part."""
    found: Counter[str] = Counter()
    for stack, took in stacks.items():
        named = (part for part, names in PARTS.items() if "" in names or not set(names).isdisjoint(stack))
        found[next(named)] += took
    return found


def run(arguments: argparse.Namespace) -> Section:
    """Trace both, each after a visit that warms up."""
    with tempfile.TemporaryDirectory() as name, running() as server, chromium() as browser:
        folder = Path(name)
        paths = with_metadata(photos(folder, DRAWN), arguments.count)
        contestants = {
            "page": partial(page, browser, server, len(paths)),
            "uppy": partial(uppy, browser, server, bundle(folder), completes=True),
        }
        stacks = {}
        for who, opened in contestants.items():
            with opened() as field:
                upload(field, paths)
            with opened() as field:
                browser.start_tracing(categories=CATEGORIES)
                upload(field, paths)
                stacks[who] = folded(browser.stop_tracing())
    found = {who: shares(each) for who, each in stacks.items()}
    rows = [[part, *(f"{found[who][part] / len(paths):.1f}" for who in found)] for part in PARTS]
    names = {"page": NAMES["page"], "uppy": NAMES["whole"]}
    return Section(
        "Where the browser's CPU goes",
        f"{len(paths)} photos over the loopback interface, ms a photo, one upload of each:\n\n"
        + table(["", *names.values()], rows),
        plots={
            f"browser-{who}-flame": Flame(f"{names[who]}: the browser's CPU for {len(paths)} photos (ms)", each)
            for who, each in stacks.items()
        },
    )


if __name__ == "__main__":
    main(__file__, run, count=20)
