"""What makes a release: workflows, pinned dependencies, and one version everywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import ROOT, VERSION

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def read(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text())


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def run(tool: str, *arguments: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    found = shutil.which(tool, path=PATH)
    assert found, f"{tool} is not installed"
    return subprocess.run(
        [found, *arguments], cwd=cwd, env={**os.environ, "PATH": PATH}, capture_output=True, text=True
    )


# --- Workflows -------------------------------------------------------------------------------------------------------


def test_actionlint_finds_nothing() -> None:
    result = run("actionlint", "-no-color", *WORKFLOWS)
    assert result.stdout + result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_workflows_run_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for step in steps(read(path)))
    assert set(re.findall(r"\bmake ([a-z-]+)", commands)) <= targets
    for script in re.findall(r"(?:^|\s)((?:\.ci|deploy)/\S+)", commands):
        assert (ROOT / script).is_file(), script
    for script in re.findall(r"^((?:\.ci|deploy)/\S+)", commands, re.MULTILINE):
        assert os.access(ROOT / script, os.X_OK), f"{script} is not executable"


def test_ci_runs_all_of_it_on_what_it_was_made_for() -> None:
    ci = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["test"]
    assert [step["run"] for step in ci["steps"] if "run" in step][-1] == "bash .ci/run"
    # Debian 12, whose Python is 3.11.
    assert ci["container"]["image"].startswith("node:20-bookworm@")


def test_ci_runs_all_of_it_on_what_the_image_ships_too() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert jobs["shipped"]["steps"][-1]["run"] == ".ci/shipped"
    assert "make check && make test" in (ROOT / ".ci" / "shipped").read_text()
    ours, shipped = (
        set(re.findall(r"^FROM (\S+@\S+)", path.read_text(), re.MULTILINE))
        for path in (ROOT / ".ci" / "Dockerfile", ROOT / "Dockerfile")
    )
    assert ours == shipped
    # Neither of them is what the job `test` runs on.
    assert {base.partition("@")[0] for base in ours} == {"node:24-bookworm-slim", "python:3.13-slim-bookworm"}


def test_ci_builds_each_image_and_starts_it() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert jobs["image"]["steps"][-1]["run"] == ".ci/image"
    script = (ROOT / ".ci" / "image").read_text()
    for image, asked in (("make image\n", "/health"), ("make image TARGET=standalone\n", "/health/ready")):
        _, _, rest = script.partition(image)
        assert rest.index("start") < rest.index(asked) < rest.index("stop\n")


@pytest.mark.parametrize("script", sorted((ROOT / ".ci").glob("[a-z]*")), ids=lambda path: path.name)
def test_scripts_of_ci_are_checked_and_can_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert f".ci/{script.name}" in re.findall(r"^SCRIPTS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0]
    assert "set -euo pipefail" in script.read_text()


def test_a_release_is_tested_before_anything_else() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/ci.yml"

    def waits(name: str) -> bool:
        needed = jobs[name]["needs"]
        return any(other == "test" or waits(other) for other in ([needed] if isinstance(needed, str) else needed))

    assert all(waits(name) for name in jobs if name != "test")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_a_commit(path: Path) -> None:
    for action in re.findall(r"uses: (.+)", path.read_text()):
        assert re.fullmatch(r"\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_one_commit_for_one_action() -> None:
    found = re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", "".join(path.read_text() for path in WORKFLOWS))
    assert len(dict(found)) == len(set(found))


def test_permissions_are_the_least() -> None:
    ci, release = (read(ROOT / ".github" / "workflows" / f"{name}.yml") for name in ("ci", "release"))
    assert ci["permissions"] == {"contents": "read"}
    assert release["permissions"] == {}
    assert {name: job["permissions"] for name, job in release["jobs"].items()} == {
        "test": {"contents": "read"},
        "sbom": {"contents": "read"},
        "build": {"contents": "read"},
        "deploy": {"contents": "read", "id-token": "write"},
        "publish": {"contents": "write"},
    }


def test_no_keys_are_stored_and_production_is_guarded() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    release = read(ROOT / ".github" / "workflows" / "release.yml")
    assert "secrets." not in text
    assert not re.search(r"access-key|AWS_SECRET", text, re.IGNORECASE)
    assert release["jobs"]["deploy"]["environment"]["name"] == "production"
    assert release["concurrency"] == {"group": "release", "cancel-in-progress": False}


def test_no_other_workflow_has_more_rights_than_reading() -> None:
    assert {path.name for path in WORKFLOWS} == {"ci.yml", "release.yml"}
    # This trigger would run a stranger's code with the repository's rights.
    assert not any("pull_request_target" in path.read_text() for path in WORKFLOWS)


# --- What is depended on ---------------------------------------------------------------------------------------------


def test_dependabot_covers_every_manifest() -> None:
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]
    covered = {
        (update["package-ecosystem"], directory)
        for update in updates
        for directory in update.get("directories") or [update["directory"]]
    }
    kinds = {
        "requirements": "uv",
        "package.json": "npm",
        "Dockerfile": "docker",
        "pyproject.toml": "uv",
        "compose.yaml": "docker-compose",
    }
    manifests = {("github-actions", "/")}
    for name in run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines():
        path = Path(name)
        for start, ecosystem in kinds.items():
            if path.name.startswith(start):
                manifests.add((ecosystem, str(Path("/") / path.parent)))
    assert covered == manifests
    for update in updates:
        assert update["schedule"] == {"interval": "weekly"}
        assert update["groups"]


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_are_pinned_and_hashed(path: Path) -> None:
    lines = [line for line in path.read_text().replace("\\\n", " ").splitlines() if not re.match(r"\s*(#|$)", line)]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+( ;[^-]+)?( +--hash=sha256:[0-9a-f]{64})+ *", line)


def test_every_requirements_file_has_its_lock() -> None:
    assert {path.stem for path in ROOT.glob("requirements*.in")} == {path.stem for path in REQUIREMENTS}


def test_lockfile_is_hashed_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    for name, package in lock["packages"].items():
        if name:
            assert "resolved" not in package, name
            assert package["integrity"].startswith("sha512-"), name


def test_sbom_of_the_api_names_all_that_is_installed() -> None:
    sbom = json.loads(run("cyclonedx-py", "requirements", "requirements.txt").stdout)
    pinned = re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sorted((each["name"], each["version"]) for each in sbom["components"]) == sorted(pinned)


def test_sbom_of_the_page_tells_what_is_served_from_what_builds() -> None:
    frontend = ROOT / "frontend"
    sbom = json.loads(run("npm", "sbom", "--package-lock-only", "--sbom-format", "cyclonedx", cwd=frontend).stdout)
    served = {
        component["name"]
        for component in sbom["components"]
        if "cdx:npm:package:development" not in {each["name"] for each in component.get("properties", [])}
    }
    packages = json.loads((frontend / "package-lock.json").read_text())["packages"]
    assert served == {
        name.removeprefix("node_modules/") for name, each in packages.items() if name and "dev" not in each
    }


# --- One version -----------------------------------------------------------------------------------------------------


def test_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_openapi_tells_the_version() -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text())["info"]["version"] == VERSION


def test_makefile_and_deploy_read_it_where_it_is() -> None:
    for path in ("Makefile", "deploy/deploy.sh"):
        assert "sed -n 's/^VERSION = \"\\(.*\\)\"/\\1/p' config.py" in (ROOT / path).read_text()


def test_page_has_no_version_of_its_own() -> None:
    assert json.loads((ROOT / "frontend" / "package.json").read_text())["version"] == "0.0.0"


def test_changelog_is_headed_by_versions() -> None:
    headings = re.findall(r"^## (.+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings
    released = headings[1:] if headings[0] == "Unreleased" else headings
    for heading in released:
        assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading), f"{heading}: not like 1.2.3 - 2027-01-31"
    versions = [tuple(map(int, heading.split()[0].split("."))) for heading in released]
    assert versions == sorted(set(versions), reverse=True)
    if released:
        assert released[0].split()[0] == VERSION


def test_tag_is_the_version_and_the_changelog_has_it() -> None:
    """On a tag only: v1.2.3 is version 1.2.3, and CHANGELOG.md says what is in it."""
    tags = run("git", "tag", "--points-at", "HEAD", "--list", "v*").stdout.split()
    if os.environ.get("GITHUB_REF_TYPE") == "tag":
        tags.append(os.environ["GITHUB_REF_NAME"])
    for tag in tags:
        assert tag == f"v{VERSION}"
        assert re.search(rf"^## {re.escape(VERSION)} - ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
