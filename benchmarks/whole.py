"""Whole uploads, init and complete, beside peers: how many a second, and what each takes of CPU; and init alone.

Each server is measured in three set-ups: one process alone on one core; the same process, free on all cores; two
processes, free. wrk and the store have the second core: alone in the first set-up, beside the servers in the others.
wrk keeps 16 connections alive and makes a complete for each init. The store is a stand-in (store.py), the same for all,
whose CPU does not count; the PUT between the two calls is the browser's, so it does not count either.

Ours is gunicorn as the container starts it, with RATE_LIMIT=off and a log line for each request. The peers are in
peers/: Fastify and FastAPI check the same JSON and sign the same headers. For complete they make the first two of our
three calls, a GET of the first 64 KiB and a copy on the same conditions, and look at the magic bytes. They make no
token, look for no delete, and log nothing. Companion's /s3/params signs the form of a POST, and has no complete.

Other work on the machine slows a round down, so the goals look at the ratio of each round by itself. CPU is what all
processes of a server took.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import requests

from benchmarks.measure import Spread, ratio, spread, take_turns
from benchmarks.plot import Bars
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import (
    CLIENTS,
    GUNICORN,
    HERE,
    INIT_REQUEST,
    OFFLINE,
    PEERS,
    Load,
    Served,
    get,
    post,
    serve,
    stand_in,
    uploads,
)

PARAMS = "/s3/params?" + urlencode({"filename": INIT_REQUEST["filename"], "type": INIT_REQUEST["contentType"]})
OURS, FASTIFY, FASTAPI, COMPANION = "ours", "Fastify + AWS SDK", "FastAPI + boto3", "Uppy Companion"
HEALTH: Final = "ours, GET /health"
#: Requests for each process. V8 compiles only what has run often: after seconds on a quiet machine, far later on a busy
#: one. Until then Fastify takes two to four times as much CPU.
WARM: Final = 3_000


@dataclass(frozen=True)
class SetUp:
    """How a server runs: its processes, and the core that they are alone on, if there is one."""

    name: str
    processes: int
    on: int | None


SET_UPS: Final = [SetUp("one core", 1, 0), SetUp("free", 1, None), SetUp("two processes, free", 2, None)]
#: Ours ÷ theirs: the most CPU, and the least uploads a second.
WHOLE_GOALS: Final = {FASTIFY: (1.0, 1.0), FASTAPI: (0.6, 1 / 0.6)}
#: Ours ÷ theirs: the least inits a second.
INIT_GOALS: Final = {FASTIFY: 0.9, FASTAPI: 1.1, COMPANION: 2.5, HEALTH: 0.65}
#: The share of the connections that the worker with the fewest has at least.
FEWEST_GOAL: Final = 0.25


@contextmanager
def contestants(set_up: SetUp, store: Served) -> Iterator[dict[str, Served]]:
    """Run all servers in one set-up."""
    env = {
        **OFFLINE,
        "S3_ENDPOINT_URL": store.url,
        "NODE_ENV": "production",
        # gunicorn, uvicorn and cluster.js all read it.
        "WEB_CONCURRENCY": str(set_up.processes),
    }
    peers = HERE / "peers"
    node = ["node"] if set_up.processes == 1 else ["node", str(peers / "cluster.js")]
    uvicorn = [
        *(str(PEERS / "uvicorn"), "service:app", "--app-dir", str(peers), "--port", "PORT"),
        *("--no-access-log", "--log-level", "warning"),
    ]
    run = partial(serve, on=set_up.on, env=env)
    with ExitStack() as stack:
        yield {
            OURS: stack.enter_context(run(GUNICORN, "/health")),
            FASTIFY: stack.enter_context(run([*node, str(peers / "fastify.js")], "/health")),
            FASTAPI: stack.enter_context(run(uvicorn, "/health")),
            COMPANION: stack.enter_context(run([*node, str(peers / "companion.js")], PARAMS)),
        }


def check(served: dict[str, Served]) -> None:
    """Raise AssertionError if a contestant signs or publishes something else."""
    for name in (OURS, FASTIFY, FASTAPI):
        url = served[name].url
        answer = requests.post(f"{url}/uploads/init", json=INIT_REQUEST, timeout=10)
        assert answer.status_code == 201, answer.text
        init = answer.json()
        names = "content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256"
        assert f"X-Amz-SignedHeaders={names}" in init["uploadURL"], init
        assert "X-Amz-Signature=" in init["uploadURL"], init
        asked = {"key": f"{init['uploadId']}.jpg", "filename": INIT_REQUEST["filename"]}
        if name == OURS:
            asked = {"uploadToken": init["uploadToken"]}
        answer = requests.post(f"{url}/uploads/complete", json=asked, timeout=10)
        assert answer.status_code == 201, answer.text
        assert answer.json()["contentType"] == INIT_REQUEST["contentType"], answer.text
    form = requests.get(served[COMPANION].url + PARAMS, timeout=10).json()
    assert form["fields"]["X-Amz-Signature"], form


def scripts(folder: Path) -> dict[str, dict[str, Path]]:
    """Return what wrk sends, to each contestant."""
    init, params = post(folder, "/uploads/init", [json.dumps(INIT_REQUEST)]), get(folder, PARAMS)
    theirs = json.dumps({"key": "%s.jpg", "filename": INIT_REQUEST["filename"]})
    peers = uploads(folder, '"uploadId": ?"([^"]+)"', theirs)
    return {
        "whole": {
            OURS: uploads(folder, '"uploadToken": ?"([^"]+)"', json.dumps({"uploadToken": "%s"})),
            FASTIFY: peers,
            FASTAPI: peers,
        },
        "init": {OURS: init, HEALTH: get(folder, "/health"), FASTIFY: init, FASTAPI: init, COMPANION: params},
    }


#: The rounds of each contestant.
Found = dict[str, list[Load]]


def measure(set_up: SetUp, rounds: int, seconds: int) -> dict[str, Found]:
    """Measure whole uploads, then inits, in one set-up."""
    with tempfile.TemporaryDirectory() as folder, stand_in() as store, contestants(set_up, store) as served:
        check(served)
        found = {}
        for what, asked in scripts(Path(folder)).items():
            loads = {name: partial(served.get(name, served[OURS]).load, each, seconds) for name, each in asked.items()}
            for load in loads.values():
                warm_up(load, seconds, WARM * set_up.processes)
            found[what] = take_turns(loads, rounds)
        return found


def warm_up(load: Callable[[], Load], seconds: int, count: int) -> None:
    """Send at least so many requests."""
    sent = 0.0
    while sent < count:
        sent += load().rate * seconds


def rates(loads: list[Load], requests_each: int) -> list[float]:
    """Return how many a second, of what takes so many requests."""
    return [load.rate / requests_each for load in loads]


def costs(loads: list[Load], requests_each: int) -> list[float]:
    """Return the milliseconds of CPU of each, of what takes so many requests."""
    return [load.cpu_ms * requests_each for load in loads]


def compared(found: Found, requests_each: int) -> dict[str, tuple[Spread, Spread]]:
    """Return ours ÷ theirs: a second, and of CPU."""
    mine = found[OURS]
    return {
        name: (
            ratio(rates(mine, requests_each), rates(loads, requests_each)),
            ratio(costs(mine, requests_each), costs(loads, requests_each)),
        )
        for name, loads in found.items()
    }


def shown(found: Found, what: str, requests_each: int) -> str:
    """Return a table of all contestants."""
    against = compared(found, requests_each)
    rows = [
        [
            name,
            spread(rates(loads, requests_each)).show(),
            spread(costs(loads, requests_each)).show(2),
            against[name][0].show(2),
            against[name][1].show(2),
        ]
        for name, loads in found.items()
    ]
    return table([what, "a second", "CPU ms each", "a second, ours ÷ this", "CPU, ours ÷ this"], rows)


def fewest(found: dict[str, Found]) -> list[float]:
    """Return the share of the connections that the worker with the fewest had, in each round."""
    loads = [load for each in found.values() for name, many in each.items() if name in (OURS, HEALTH) for load in many]
    return [min(load.connections) / sum(load.connections) if len(load.connections) > 1 else 0 for load in loads]


def goals(set_up: SetUp, found: dict[str, Found]) -> list[Goal]:
    """Compare one set-up with what is wanted."""
    reached = []
    whole, init = compared(found["whole"], 2), compared(found["init"], 1)
    for peer, (most, least) in WHOLE_GOALS.items():
        rate, cost = whole[peer]
        what = f"a whole upload, {set_up.name}, against {peer}"
        reached += [
            Goal(f"CPU of {what}", f"≤ {most:.1f} ×", f"{cost.show(2)} ×", cost.median <= most),
            Goal(f"uploads a second: {what}", f"≥ {least:.2f} ×", f"{rate.show(2)} ×", rate.median >= least),
        ]
    for peer, least in INIT_GOALS.items():
        rate = init[peer][0]
        reached.append(
            Goal(f"init, {set_up.name}, against {peer}", f"≥ {least} ×", f"{rate.show(2)} ×", rate.median >= least)
        )
    if set_up.processes > 1:
        share = spread(fewest(found))
        reached.append(
            Goal(
                "connections of the worker that has fewest, of two",
                f"≥ {100 * FEWEST_GOAL:.0f} %, each round",
                f"{share.show(factor=100)} %",
                share.low >= FEWEST_GOAL,
            )
        )
    return reached


def run(arguments: argparse.Namespace) -> Section:
    """Measure each set-up."""
    parts, reached, plots = [], [], {}
    for set_up in SET_UPS:
        found = measure(set_up, arguments.rounds, arguments.seconds)
        parts += [f"### {set_up.name}", shown(found["whole"], "init and complete", 2), shown(found["init"], "init", 1)]
        if set_up.processes > 1:
            share = spread(fewest(found)).show(factor=100)
            parts.append(f"Of our {CLIENTS} connections, the worker that had fewest held {share} %.")
        reached += goals(set_up, found)
        if set_up.on is not None:
            plots = {
                "whole": _bars("whole uploads a second on one core", found["whole"], 2),
                "init": _bars("init: requests a second on one core", found["init"], 1),
            }
    parts.append(f"{arguments.rounds} rounds of {arguments.seconds} s, {CLIENTS} connections.")
    return Section("Whole uploads", "\n\n".join(parts), reached, plots)


def _bars(title: str, found: Found, requests_each: int) -> Bars:
    rows = {name: spread(rates(loads, requests_each)) for name, loads in found.items()}
    return Bars(title, "/s", rows, frozenset({OURS}))


if __name__ == "__main__":
    main(__file__, run, rounds=5, seconds=3)
