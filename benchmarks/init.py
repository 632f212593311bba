"""How many `POST /uploads/init` a second one core answers: ours beside peers.

Each server has one process on one core; wrk has the other core, with 16 connections kept alive. Ours is gunicorn as the
container starts it, with one worker, RATE_LIMIT=off and a log line for each request. The peers are in peers/: Fastify
and FastAPI check the same JSON and sign the same headers, but make no upload token and log nothing; Companion's
/s3/params signs the form of a POST. Signing needs no network.

Other work on the machine slows a round down. So the table also has the CPU that the server took for each request, and
"by CPU" is the ratio of those.
"""

import argparse
import json
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import requests

from benchmarks.measure import ratio, spread, take_turns
from benchmarks.plot import Bars
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import CLIENTS, HERE, INIT_REQUEST, OFFLINE, PEERS, Load, Served, get, ours, post, serve

PARAMS = "/s3/params?" + urlencode({"filename": INIT_REQUEST["filename"], "type": INIT_REQUEST["contentType"]})
OUR_INIT, OUR_HEALTH = "ours", "ours, GET /health"
GOALS = {"Fastify + AWS SDK": ("≥ 2 ×", 2), "FastAPI + boto3": ("≥ 2 ×", 2), "Uppy Companion": ("≥ 4 ×", 4)}


def check(ours: Served, peers: dict[str, Served]) -> None:
    """Raise AssertionError if a contestant signs something else."""
    for served in (ours, peers["Fastify + AWS SDK"], peers["FastAPI + boto3"]):
        answer = requests.post(f"{served.url}/uploads/init", json=INIT_REQUEST, timeout=10)
        assert answer.status_code == 201, answer.text
        signed = answer.json()["uploadURL"]
        names = "content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256"
        assert f"X-Amz-SignedHeaders={names}" in signed, signed
        assert "X-Amz-Signature=" in signed
    form = requests.get(peers["Uppy Companion"].url + PARAMS, timeout=10).json()
    assert form["fields"]["X-Amz-Signature"], form


def run(arguments: argparse.Namespace) -> Section:
    """Measure all contestants."""
    node = partial(serve, ready="/health", env=OFFLINE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        our = stack.enter_context(ours())
        peers = {
            "Fastify + AWS SDK": stack.enter_context(node(["node", str(HERE / "peers/fastify.js")])),
            "FastAPI + boto3": stack.enter_context(
                node(
                    [
                        *(str(PEERS / "uvicorn"), "service:app", "--app-dir", str(HERE / "peers")),
                        *("--port", "PORT", "--no-access-log", "--log-level", "warning"),
                    ]
                )
            ),
            "Uppy Companion": stack.enter_context(
                serve(["node", str(HERE / "peers/companion.js")], PARAMS, env={**OFFLINE, "NODE_ENV": "production"})
            ),
        }
        check(our, peers)
        init = post(folder, "/uploads/init", [json.dumps(INIT_REQUEST)])
        asked = {OUR_INIT: (our, init), OUR_HEALTH: (our, get(folder, "/health"))}
        asked |= {name: (peer, init) for name, peer in peers.items()}
        asked["Uppy Companion"] = (peers["Uppy Companion"], get(folder, PARAMS))
        found = take_turns(
            {name: partial(each.load, script, arguments.seconds) for name, (each, script) in asked.items()},
            arguments.rounds,
        )
    return _report(found, arguments)


def _report(found: dict[str, list[Load]], arguments: argparse.Namespace) -> Section:
    rates = {name: [load.rate for load in loads] for name, loads in found.items()}
    times = {name: ratio(rates[OUR_INIT], each) for name, each in rates.items()}
    costs = [load.cpu_ms for load in found[OUR_INIT]]
    rows = [
        [
            name,
            spread(rates[name]).show(),
            f"{spread([load.cpu_ms for load in loads]).median:.2f}",
            f"{spread([load.p50 for load in loads]).median:.1f}",
            f"{spread([load.p99 for load in loads]).median:.1f}",
            times[name].show(2),
            ratio([load.cpu_ms for load in loads], costs).show(2),
        ]
        for name, loads in found.items()
    ]
    text = (
        table(["", "requests a second", "CPU ms each", "p50 ms", "p99 ms", "ours ÷ this", "by CPU"], rows)
        + f"\n\n{arguments.rounds} rounds of {arguments.seconds} s, {CLIENTS} connections, one core for the server."
    )
    goals = [
        Goal(f"init, against {name}", goal, f"{times[name].show(1)} ×", times[name].median >= least)
        for name, (goal, least) in GOALS.items()
    ]
    share = times[OUR_HEALTH]
    goals.append(Goal("init, of our own /health", "≥ 70 %", f"{share.show(factor=100)} %", share.median >= 0.7))
    return Section(
        "init",
        text,
        goals,
        {
            "init": Bars(
                "init: requests a second on one core",
                "/s",
                {name: spread(each) for name, each in rates.items()},
                frozenset({OUR_INIT}),
            )
        },
    )


if __name__ == "__main__":
    main(__file__, run, rounds=7, seconds=4)
