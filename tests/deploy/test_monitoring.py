"""What deploy/monitoring tells Prometheus and Grafana: sound, tested, and of numbers that exist."""

import copy
import enum
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

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


def faults(dashboard: dict[str, Any]) -> list[str]:
    """Return what Grafana's own types of a dashboard refuse, or drop, as they do with a field that they don't know."""
    register_default_plugins()
    read = Dashboard.from_json(copy.deepcopy(dashboard))
    return [*_dropped(dashboard, json.loads(JSONEncoder().encode(read)), ""), *_unfit(read, "")]


def _dropped(given: Any, kept: Any, path: str) -> Iterator[str]:
    # Grafana writes it for its list of variables, beside what its types have.
    if path.endswith("/definition"):
        return
    match given, kept:
        case dict(), dict():
            for name in given:
                yield from _dropped(given[name], kept.get(name), f"{path}/{name}")
        case list(), list() if len(given) == len(kept):
            for at, pair in enumerate(zip(given, kept, strict=True)):
                yield from _dropped(*pair, f"{path}/{at}")
        case _ if given != kept:
            yield path


def _unfit(read: Any, path: str) -> Iterator[str]:
    """Yield where a value is none of those that its type lists; the types themselves take any."""
    if isinstance(read, list | dict):
        for at, value in read.items() if isinstance(read, dict) else enumerate(read):
            yield from _unfit(value, f"{path}/{at}")
    elif type(read).__module__.startswith("grafana_foundation_sdk"):
        for name, wanted in get_type_hints(type(read)).items():
            value = getattr(read, name, None)
            kinds = (each for each in (wanted, *get_args(wanted)) if isinstance(each, type))
            listed = {member.value for kind in kinds if issubclass(kind, enum.Enum) for member in kind}
            if isinstance(value, str | int) and listed and value not in listed:
                yield f"{path}/{name}"
            yield from _unfit(value, f"{path}/{name}")


def test_dashboard_is_one_that_grafana_takes() -> None:
    assert faults(DASHBOARD) == []


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ((), "templates", {"list": []}),
        (("panels", 1), "gridpos", {"h": 1}),
        (("panels", 1, "options"), "colourMode", "value"),
        (("panels", 1, "options"), "colorMode", "colour"),
        (("panels", 3, "targets", 0), "expression", "up"),
        (("panels", 3, "fieldConfig", "defaults"), "units", "s"),
        (("templating", "list", 1), "sort", 99),
    ],
)
def test_fault_in_the_dashboard_is_found(path: tuple[str | int, ...], name: str, value: Any) -> None:
    broken = copy.deepcopy(DASHBOARD)
    place = broken
    for step in path:
        place = place[step]
    place[name] = value
    # Its types spell their names in another way.
    found = [fault.rpartition("/")[2].replace("_", "").lower() for fault in faults(broken)]
    assert found == [name.lower()]


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
