"""Ways to break a template, and the assertion that a check sees it."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pytest

from tests.deploy.cloudformation import Stack, Template
from tests.deploy.conftest import Build

Check = Callable[[Stack], None]
Mutate = Callable[[Template], None]

#: Paths in the template that defects of several subjects share.
CONTAINER = "TaskDefinition/ContainerDefinitions/0"
CDN = "Distribution/DistributionConfig"


@dataclass(frozen=True)
class Defect:
    name: str
    check: Check
    mutate: Mutate
    variant: str = "defaults"


def put(path: str, value: Any) -> Mutate:
    """Set the value at `path`: a resource, then keys and indices of its properties."""

    def mutate(template: Template) -> None:
        parent, last = _at(template, path)
        parent[last] = value

    return mutate


def drop(path: str) -> Mutate:
    def mutate(template: Template) -> None:
        parent, last = _at(template, path)
        del parent[last]

    return mutate


def append(path: str, value: Any) -> Mutate:
    def mutate(template: Template) -> None:
        parent, last = _at(template, path)
        parent[last].append(value)

    return mutate


def spell(path: str, old: str, new: str) -> Mutate:
    """Replace text in the value at `path`."""

    def mutate(template: Template) -> None:
        parent, last = _at(template, path)
        before = json.dumps(parent[last])
        escaped_old, escaped_new = json.dumps(old)[1:-1], json.dumps(new)[1:-1]
        assert escaped_old in before, f"{old} is not in {path}"
        parent[last] = json.loads(before.replace(escaped_old, escaped_new))

    return mutate


def variable(name: str, value: Any) -> Mutate:
    """Set a variable of the task's environment; None removes it."""

    def mutate(template: Template) -> None:
        container = template["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]
        kept = [each for each in container["Environment"] if each.get("Name") != name]
        assert len(kept) == len(container["Environment"]) - 1 or name == "SECRET_KEY"
        container["Environment"] = kept + ([] if value is None else [{"Name": name, "Value": value}])

    return mutate


def resource(name: str, kind: str, properties: dict[str, Any]) -> Mutate:
    def mutate(template: Template) -> None:
        assert name not in template["Resources"]
        template["Resources"][name] = {"Type": kind, "Properties": properties}

    return mutate


def _at(template: Template, path: str) -> tuple[Any, Any]:
    name, *steps = path.split("/")
    if steps and steps[0] in ("DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Condition"):
        return template["Resources"][name], steps[0]
    keys = [int(step) if step.lstrip("-").isdigit() else step.replace("|", "/") for step in steps]
    if not keys:
        return template["Resources"][name], "Properties"
    return reduce(lambda node, key: node[key], keys[:-1], template["Resources"][name]["Properties"]), keys[-1]


def broken(template: Template, mutate: Mutate) -> Template:
    changed = copy.deepcopy(template)
    mutate(changed)
    assert changed != template, "nothing was broken"
    return changed


def assert_caught(defect: Defect, template: Template, build: Build) -> None:
    """Assert that the check passes on the template as it is, and fails on the broken one."""
    defect.check(build(template, defect.variant))
    stack = build(broken(template, defect.mutate), defect.variant)
    with pytest.raises(AssertionError):
        defect.check(stack)
