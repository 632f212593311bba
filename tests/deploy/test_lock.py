"""Python's locks are complete on every supported version, whichever one `make lock` ran on."""

import functools
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import cast

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config import ROOT

SOURCES = [*sorted(ROOT.glob("requirements*.in")), ROOT / "benchmarks" / "requirements.in"]
#: The oldest supported, Debian 12's own, the first for which redis needs one package less, and newer ones.
VERSIONS = ["3.11.0", "3.11.2", "3.11.3", "3.12.0", "3.13.0", "3.14.0"]
SYSTEMS = {"linux": "Linux", "darwin": "Darwin"}


def environments() -> Iterator[dict[str, str]]:
    for version in VERSIONS:
        for platform, system in SYSTEMS.items():
            yield {
                **cast("dict[str, str]", default_environment()),
                "python_full_version": version,
                "implementation_version": version,
                "python_version": version.rpartition(".")[0],
                "sys_platform": platform,
                "platform_system": system,
            }


def asked_for(source: Path) -> Iterator[Requirement]:
    for line in source.read_text().splitlines():
        if line and not line.startswith(("#", "-")):
            yield Requirement(line)


def locked(source: Path) -> dict[str, Marker | None]:
    lines = re.findall(r"^[A-Za-z0-9].*?(?= \\$)", source.with_suffix(".txt").read_text(), re.MULTILINE)
    return {canonicalize_name(each.name): each.marker for each in map(Requirement, lines)}


@functools.cache
def direct(name: str) -> list[Requirement]:
    """Return what a package says it needs; nothing if it is not installed here."""
    try:
        return [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:
        return []  # It belongs to another version or system, or to the benchmarks.


def needed(wanted: Iterator[Requirement], environment: dict[str, str]) -> set[str]:
    """Return all that `wanted` needs, as far as the packages installed here tell."""
    names: set[str] = set()
    waiting = list(wanted)
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        names.add(canonicalize_name(requirement.name))
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        for each in direct(requirement.name):
            if not each.marker or any(
                each.marker.evaluate({**environment, "extra": extra}) for extra in ["", *requirement.extras]
            ):
                waiting.append(each)
    return names


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_lock_is_whole_on_every_version_and_system(source: Path) -> None:
    lock = locked(source)
    for environment in environments():
        there = {name for name, marker in lock.items() if marker is None or marker.evaluate(environment)}
        missing = needed(asked_for(source), environment) - there
        assert not missing, (environment["python_full_version"], environment["sys_platform"])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_lock_names_no_registry(source: Path) -> None:
    lock = source.with_suffix(".txt").read_text()
    assert not re.findall(r"\S*://\S*|--(?:extra-)?index-url|--find-links|--trusted-host", lock)
