"""What deploy/monitoring tells Prometheus and Grafana: sound, tested, and of numbers that exist."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import ROOT
from tests.rigs.prometheus import MONITORING, program

TESTS = Path(__file__).parent / "alerts.test.yaml"
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
}
TRIED = [each for test in yaml.safe_load(TESTS.read_text())["tests"] for each in test["alert_rule_test"]]
DASHBOARD = json.loads((MONITORING / "grafana.json").read_text())
PAGE = (ROOT / "docs" / "monitoring.md").read_text()


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_configuration_is_one_that_prometheus_takes() -> None:
    promtool("check", "config", MONITORING / "prometheus.yaml")


def test_rules_are_sound() -> None:
    promtool("check", "rules", MONITORING / "alerts.yaml")


def test_alerts_fire_when_they_must_and_only_then() -> None:
    promtool("test", "rules", TESTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_tried_where_it_fires_and_where_it_does_not(alert: str) -> None:
    fires = {bool(each.get("exp_alerts")) for each in TRIED if each["alertname"] == alert}
    assert fires == {True, False}


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_what_to_do(alert: str) -> None:
    assert set(ALERTS[alert]["annotations"]) == {"summary", "remedy"}
    assert f"`{alert}`" in PAGE


def documented() -> set[str]:
    table = re.findall(r"^\| (`[a-z_`, ]+`) \| [^|]*\| [^|]+ \|$", PAGE, re.MULTILINE)
    return {f"image_host_{name}" for cell in table for name in re.findall(r"[a-z_]+", cell)}


def test_alerts_and_dashboard_ask_for_numbers_that_exist() -> None:
    # tests/contract/test_metrics.py holds the documented ones against a server.
    queries = [rule["expr"] for rule in ALERTS.values()]
    queries += [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    asked = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"image_host_\w+", " ".join(queries))}
    assert asked == documented() - {"image_host_disk_size_bytes"}


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
