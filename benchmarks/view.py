"""How many looks at a picture's page a second one core answers: beside /health, oEmbed, and albums.

Ours is gunicorn as the container starts it, with one worker on one core, RATE_LIMIT=off and a log line for each request
but those of /health. wrk has the other core, with 16 connections kept alive. A stand-in for the store (store.py) is
asked once in 5 seconds: what is measured is what is remembered.

Other work on the machine slows a round down. So the table also has the CPU that the server took for each request; "by
CPU" is the ratio of those, and what the goal is about.
"""

import argparse
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import requests

from benchmarks.measure import ratio, spread, take_turns
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import CLIENTS, Load, get, ours, stand_in

#: Its last digits, which are missing, tell the stand-in how many pictures it has.
ALBUM = "0b8f3a52-6e0f-4c0c-9f43"
UUID = "0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee"
HEALTH, PAGE = "GET /health", "a picture's page"
PATHS = {
    HEALTH: "/health",
    PAGE: f"/p/{UUID}-jpg",
    "oEmbed": f"/oembed?url=http://img.test/p/{UUID}-jpg",
    **{f"an album's page, {count} pictures": f"/a/{ALBUM}-{count:012}" for count in (1, 40, 500)},
}
GOAL = 0.7


def run(arguments: argparse.Namespace) -> Section:
    """Measure all of them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(stand_in())
        served = stack.enter_context(ours(S3_ENDPOINT_URL=store.url))
        for path in PATHS.values():
            answer = requests.get(served.url + path, timeout=10)
            assert answer.status_code == 200, answer.text
        scripts = {name: get(folder, path) for name, path in PATHS.items()}
        found = take_turns(
            {name: partial(served.load, script, arguments.seconds) for name, script in scripts.items()},
            arguments.rounds,
        )
    return _report(found, arguments)


def _report(found: dict[str, list[Load]], arguments: argparse.Namespace) -> Section:
    rates = {name: [load.rate for load in loads] for name, loads in found.items()}
    costs = {name: [load.cpu_ms for load in loads] for name, loads in found.items()}
    rows = [
        [
            name,
            spread(rates[name]).show(),
            f"{spread(costs[name]).median:.2f}",
            f"{ratio(rates[name], rates[HEALTH]).show(factor=100)} %",
            f"{ratio(costs[HEALTH], costs[name]).show(factor=100)} %",
        ]
        for name in found
    ]
    text = (
        table(["", "requests a second", "CPU ms each", "of /health", "by CPU"], rows)
        + f"\n\n{arguments.rounds} rounds of {arguments.seconds} s, {CLIENTS} connections, one core for the server."
    )
    share = ratio(costs[HEALTH], costs[PAGE])
    goal = Goal("a remembered page, of /health, by CPU", "≥ 70 %", f"{share.show(factor=100)} %", share.median >= GOAL)
    return Section("view", text, [goal])


if __name__ == "__main__":
    main(__file__, run, rounds=7, seconds=4)
