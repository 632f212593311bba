"""The results: a file for each benchmark in results/, and RESULTS.md made of all of them."""

import argparse
import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.plot import Bars, Flame
from config import ROOT

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results"
#: In the order of RESULTS.md.
NAMES: Final = [
    "signing",
    "whole",
    "complete",
    "view",
    "edge",
    "slow",
    "relay",
    "flame",
    "upload",
    "uppy",
    "trace",
    "tabs",
    "command",
    "page",
    "lighthouse",
    "start",
    "connections",
    "growth",
    "listing",
]

#: What a change of may move the figures.
_MEASURED: Final = ["app", "config.py", "deploy/caddy", "gunicorn.conf.py", "stream.py", "worker.py", "frontend"]

_INTRODUCTION: Final = """\
Made by `make bench`; do not edit. Contestants take turns in one run, A B C A B C, each warmed up first. The tables give
the median and, in brackets, the range of the rounds; a ratio is taken round by round. The top of each module in this
folder says how it measures; [docs/performance.md](../docs/performance.md) says what follows."""


@dataclass(frozen=True)
class Goal:
    """A goal, and the measurement."""

    what: str
    goal: str
    measured: str
    met: bool


@dataclass
class Section:
    """The result of one benchmark. `text` is Markdown."""

    title: str
    text: str
    goals: list[Goal] = field(default_factory=list)
    plots: Mapping[str, Bars | Flame] = field(default_factory=dict)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; all but the first column are numbers."""
    ruler = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ruler, *rows])


def main(module: str, run: Callable[[argparse.Namespace], Section], **options: Any) -> None:
    """Run one benchmark from the command line: print its result, and keep it for RESULTS.md.

    `options` are its own, each with a default; `--rounds` all of them have.
    """
    name = Path(module).stem
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    for option, default in options.items():
        flag = f"--{option.replace('_', '-')}"
        if default is False:
            parser.add_argument(flag, action="store_true")
        else:
            parser.add_argument(flag, type=type(default), default=default, help=f"{default} unless told")
    arguments = parser.parse_args()
    load, began = os.getloadavg()[0], time.monotonic()
    section = run(arguments)
    minutes = (time.monotonic() - began) / 60
    told = [f"--{key.replace('_', '-')}={value}" for key, value in vars(arguments).items() if value != options[key]]
    keep(name, section, " ".join([f"python -m benchmarks.{name}", *told]).replace("=True", ""), load, minutes)
    print(f"## {section.title}\n\n{section.text}\n")
    for goal in section.goals:
        print(f"{'met' if goal.met else 'NOT MET'}: {goal.what}: {goal.measured} (goal {goal.goal})")


def keep(name: str, section: Section, command: str, load: float, minutes: float) -> None:
    """Write results/NAME.json, the plots and RESULTS.md."""
    RESULTS.mkdir(exist_ok=True)
    for plot, drawn in section.plots.items():
        (RESULTS / f"{plot}.svg").write_text(drawn.draw())
    kept = {
        "title": section.title,
        "text": section.text,
        "goals": [asdict(goal) for goal in section.goals],
        "plots": {plot: drawn.title for plot, drawn in section.plots.items()},
        "command": command,
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {minutes:.0f} min",
        "commit": _commit(),
        "machine": machine(),
        "load": round(load, 2),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    write()


def write() -> None:
    """Write RESULTS.md from the kept results."""
    found = {name: json.loads(path.read_text()) for name in NAMES if (path := RESULTS / f"{name}.json").exists()}
    goals = [
        [
            f"[{goal['what']}](#{_anchor(each['title'])})",
            goal["goal"],
            goal["measured"],
            "yes" if goal["met"] else "**no**",
        ]
        for each in found.values()
        for goal in each["goals"]
    ]
    parts = [
        "# What was measured",
        _INTRODUCTION,
        table(["goal", "set", "measured", "met"], goals),
    ]
    for each in found.values():
        parts += [f"## {each['title']}", each["text"]]
        parts += [f"![{title}](results/{plot}.svg)" for plot, title in each["plots"].items()]
        parts.append(
            f"<sub>`{each['command']}`, {each['date']}, commit {each['commit']}; {each['machine']}; "
            f"load {each['load']} before it began.</sub>"
        )
    (HERE / "RESULTS.md").write_text("\n\n".join(parts) + "\n")


def machine() -> str:
    """Return a description of this machine."""
    facts = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", facts)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return (
        f"{os.cpu_count()} × {model[1] if model else platform.machine()}, "
        f"{int(memory[1]) / 1024**2 if memory else 0:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, Node {node.removeprefix('v')}"
    )


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    # The benchmarks' own output does not change what they measure.
    changed = git("status", "--porcelain", "--", *_MEASURED)
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
