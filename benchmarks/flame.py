"""Where the app itself (loop.py) spends the time of `init` and `complete`, sampled by py-spy.

Each gets a flame graph and a table: a sample counts for the first of PARTS that is anywhere on its stack. There is no
server in front; the difference to whole.py and complete.py is what gunicorn adds. `complete` calls a store (store.py)
that answers at once.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import Final

from benchmarks.complete import token
from benchmarks.report import RESULTS, Section, main, table
from benchmarks.servers import INIT_REQUEST, OFFLINE, PEERS, stand_in
from config import ROOT

#: Samples a second.
RATE: Final = 500
#: A part comes before the parts that call it.
PARTS: Final = {
    "signature: app/storage/presigner.py, credentials": ("presigner.py", "botocore/credentials.py"),
    "three calls to the store: app/storage/calls.py, urllib3": ("storage/calls.py", "botocore/", "urllib3/"),
    "looking at the picture: app/pictures": ("app/pictures/",),
    "tokens: itsdangerous": ("itsdangerous/",),
    "our own views": ("app/uploads.py", "app/publisher.py", "app/storage/"),
    "the log's line": ("logging/__init__.py", "app/logs.py"),
    "CORS": ("flask_cors/",),
    "schemas: marshmallow, webargs, flask-smorest": ("marshmallow/", "webargs/", "flask_smorest/"),
    "Flask and Werkzeug": ("flask/", "werkzeug/"),
}


def record(path: str, bodies: list[str], seconds: int, graph: Path, **env: str) -> Counter[str]:
    """Return in how many samples each part was seen, and draw the flame graph."""
    stacks = graph.with_suffix(".txt")
    # Full paths tell the parts apart; the kept graph must not name this machine's folders.
    for form, out in (("raw --full-filenames", stacks), ("flamegraph", graph)):
        subprocess.run(
            [
                *(str(PEERS / "py-spy"), "record", f"--duration={seconds}", f"--rate={RATE}", f"--output={out}"),
                *("--format", *form.split(), "--", sys.executable, "-m", "benchmarks.loop", path, *bodies),
            ],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **OFFLINE, **env},
            capture_output=True,
            check=True,
        )
    # Its own title is the command.
    graph.write_text(re.sub(r'(<text id="title"[^>]*>)[^<]*', rf"\g<1>{graph.stem}", graph.read_text()))
    seen: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        if "werkzeug/" not in stack and "flask/" not in stack:
            continue  # Starting.
        found = (part for part, files in PARTS.items() if any(file in stack for file in files))
        seen[next(found)] += int(count)
    stacks.unlink()
    return seen


def run(arguments: argparse.Namespace) -> Section:
    """Sample both."""
    RESULTS.mkdir(exist_ok=True)
    bodies = [json.dumps({"uploadToken": token(f"{uuid.uuid4()}.jpg", INIT_REQUEST["size"])}) for _ in range(100)]
    init = record("/uploads/init", [json.dumps(INIT_REQUEST)], arguments.seconds, RESULTS / "init-flame.svg")
    with stand_in() as store:
        complete = record(
            "/uploads/complete", bodies, arguments.seconds, RESULTS / "complete-flame.svg", S3_ENDPOINT_URL=store.url
        )
    rows = [[part, *(f"{100 * seen[part] / seen.total():.0f} %" for seen in (init, complete))] for part in PARTS]
    graphs = " and ".join(f"[{each}](results/{each}-flame.svg)" for each in ("init", "complete"))
    text = f"{table(['', 'init', 'complete'], rows)}\n\nFlame graphs, to be opened by themselves: {graphs}."
    return Section("Where the time goes", text)


if __name__ == "__main__":
    main(__file__, run, seconds=8)
