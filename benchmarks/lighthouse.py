"""Lighthouse on what `make run` serves, as a phone and as a desktop: performance, accessibility, best practices.

It uses Lighthouse's defaults: a mid-range phone, CPU slowed four times, on "slow 4G" (simulated). `make lighthouse`.
"""

import argparse
import json
import os
import subprocess
from functools import partial
from typing import Any, Final

from benchmarks.browser import CHROMIUM, running
from benchmarks.measure import spread, take_turns
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import MODULES

GOALS: Final = {"performance": 95, "accessibility": 100, "best-practices": 100}
KINDS: Final = {"mobile": [], "desktop": ["--preset=desktop"]}
METRICS: Final = {
    "first-contentful-paint": "first paint, s",
    "largest-contentful-paint": "largest paint, s",
    "total-blocking-time": "blocked, s",
    "interactive": "interactive, s",
}


def visit(url: str, options: list[str]) -> dict[str, Any]:
    """Run Lighthouse once; return its report."""
    done = subprocess.run(
        [
            *(str(MODULES / ".bin" / "lighthouse"), url, *options, "--quiet", "--output=json"),
            f"--only-categories={','.join(GOALS)}",
            "--no-enable-error-reporting",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ],
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"Lighthouse failed: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def losses(report: dict[str, Any]) -> list[str]:
    """Say what is imperfect, and whether it costs points."""
    found = []
    for category in report["categories"].values():
        for each in category["auditRefs"]:
            audit = report["audits"][each["id"]]
            if audit["score"] is not None and audit["score"] < 1:
                cost = f"weight {each['weight']}" if each["weight"] else "no points"
                said = f": {audit['displayValue']}" if audit.get("displayValue") else ""
                found.append(f"{category['title']}: {audit['title']}{said} (score {audit['score']:.2f}, {cost})")
    return found


def run(arguments: argparse.Namespace) -> Section:
    """Run Lighthouse."""
    if CHROMIUM is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    with running() as server:
        found = take_turns(
            {kind: partial(visit, server.url, options) for kind, options in KINDS.items()},
            arguments.rounds,
        )
    goals, rows, lost = [], [], []
    for kind, reports in found.items():
        scores = {
            category: spread([100 * report["categories"][category]["score"] for report in reports])
            for category in GOALS
        }
        goals += [
            Goal(
                f"Lighthouse, {kind}, {category.replace('-', ' ')}",
                f"≥ {GOALS[category]}" if GOALS[category] < 100 else "100",
                score.show(),
                score.median >= GOALS[category],
            )
            for category, score in scores.items()
        ]
        figures = [
            spread([report["audits"][metric]["numericValue"] / 1000 for report in reports]) for metric in METRICS
        ]
        rows.append([kind, *(score.show() for score in scores.values()), *(figure.show(1) for figure in figures)])
        lost += [f"- {kind}, {loss}" for loss in losses(reports[-1])]
    text = (
        table(["", "performance", "accessibility", "best practices", *METRICS.values()], rows)
        + f"\n\n{arguments.rounds} rounds, Lighthouse {reports[-1]['lighthouseVersion']}. What is not perfect:\n\n"
        + ("\n".join(lost) or "- nothing")
    )
    return Section("Lighthouse", text, goals)


if __name__ == "__main__":
    main(__file__, run, rounds=3)
