"""Where a workflow runs other people's code, and what that code could reach."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from config import ROOT

Workflow = dict[Any, Any]
Job = dict[str, Any]
Check = Callable[[Workflow], None]

WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
#: What a job with more rights than reading may run: tools of the runner, and deploy.sh where it builds nothing.
HARMLESS = re.compile(r"(sha256sum|tar|gh release) |deploy/deploy\.sh --built ")
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")


def others_code_has_no_rights(workflow: Workflow) -> None:
    """No job with rights or secrets installs packages, because they could use both."""
    for name, job in _own_jobs(workflow):
        rights = {right for right, extent in job["permissions"].items() if extent != "read"}
        taken = [step["uses"] for step in job["steps"] if "credentials" in step.get("uses", "")]
        told = yaml.safe_dump(job)
        if rights or taken or "environment" in job or "secrets." in told or "github.token" in told:
            commands = [line for step in job["steps"] for line in step.get("run", "").splitlines()]
            assert [line for line in commands if not HARMLESS.match(line)] == [], name


def what_was_built_is_verified(workflow: Workflow) -> None:
    """A job with credentials verifies an artifact's digest, from the job that made it, before anything reads it."""
    for name, job in _own_jobs(workflow):
        if "id-token" not in job["permissions"]:
            continue
        steps = [step for step in job["steps"] if "actions/checkout@" not in step.get("uses", "")]
        fetched, verified, *later = steps
        assert "actions/download-artifact@" in fetched["uses"], name
        assert verified.get("run", "").startswith('sha256sum --check <<< "$DIGEST  $RUNNER_TEMP/built.tar"\n'), name
        assert not any("download-artifact" in step.get("uses", "") for step in later), name
        maker = re.fullmatch(r"\$\{\{ needs\.(\w+)\.outputs\.digest \}\}", verified["env"]["DIGEST"])
        assert maker, name
        made = workflow["jobs"][maker[1]]
        step = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.digest \}\}", made["outputs"]["digest"])
        assert step, name
        (packed,) = [each for each in made["steps"] if each.get("id") == step[1]]
        assert "digest=$(sha256sum built.tar " in packed["run"]
        (kept,) = [each["with"] for each in made["steps"] if "upload-artifact@" in each.get("uses", "")]
        assert (kept["name"], kept["path"]) == (fetched["with"]["name"], "built.tar")


def nothing_keeps_the_token_of_a_checkout(workflow: Workflow) -> None:
    for name, job in _own_jobs(workflow):
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step.get("with", {}).get("persist-credentials") is False, name


def broken_pipes_stop_a_job(workflow: Workflow) -> None:
    """Every step names bash: GitHub sets pipefail for `shell: bash`, but not for the bash that it takes by default."""
    everywhere = workflow.get("defaults", {}).get("run", {}).get("shell")
    for name, job in _own_jobs(workflow):
        of_job = job.get("defaults", {}).get("run", {}).get("shell", everywhere)
        shells = {step.get("shell", of_job) for step in job["steps"] if "run" in step}
        assert shells <= {"bash"}, name


def containers_are_pinned(workflow: Workflow) -> None:
    for name, job in _own_jobs(workflow):
        container = job.get("container", {})
        images = [container if isinstance(container, str) else container.get("image")]
        images += [service["image"] for service in job.get("services", {}).values()]
        assert all(PINNED.fullmatch(image) for image in images if image), name


CHECKS = [
    others_code_has_no_rights,
    what_was_built_is_verified,
    nothing_keeps_the_token_of_a_checkout,
    broken_pipes_stop_a_job,
    containers_are_pinned,
]


def _own_jobs(workflow: Workflow) -> Iterator[tuple[str, Job]]:
    """Yield the jobs with steps, each with its permissions."""
    for name, job in workflow["jobs"].items():
        if "steps" in job:
            yield name, {"permissions": workflow["permissions"], **job}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow(name: str, check: Check) -> None:
    check(WORKFLOWS[name])


def put(path: str, value: Any) -> Callable[[Workflow], None]:
    """Set the value at `path`, which begins with a job; None removes it."""

    def mutate(workflow: Workflow) -> None:
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        at: Any = workflow["jobs"]
        for step in steps:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value

    return mutate


def no_shell(workflow: Workflow) -> None:
    del workflow["defaults"]


DEFECTS: dict[str, tuple[Check, Callable[[Workflow], None]]] = {
    "the release builds while it holds credentials": (
        others_code_has_no_rights,
        put("deploy/steps/4/run", "deploy/deploy.sh"),
    ),
    "npm runs beside the identity token": (others_code_has_no_rights, put("deploy/steps/2/run", "npm ci")),
    "the build may ask for an identity token": (
        others_code_has_no_rights,
        put("build/permissions", {"contents": "read", "id-token": "write"}),
    ),
    "the build runs in the environment": (others_code_has_no_rights, put("build/environment", "production")),
    "the build is given the repository's token": (
        others_code_has_no_rights,
        put("build/steps/1/env", {"GH_TOKEN": "${{ github.token }}"}),
    ),
    "the build takes the role": (
        others_code_has_no_rights,
        put("build/steps/0/uses", "aws-actions/configure-aws-credentials@v5"),
    ),
    "the list of parts may write releases": (others_code_has_no_rights, put("sbom/permissions/contents", "write")),
    "what was built is taken as it comes": (what_was_built_is_verified, put("deploy/steps/2", None)),
    "credentials before the digest is looked at": (
        what_was_built_is_verified,
        lambda workflow: workflow["jobs"]["deploy"]["steps"].insert(1, workflow["jobs"]["deploy"]["steps"].pop(3)),
    ),
    "the digest comes with what it is of": (
        what_was_built_is_verified,
        put("deploy/steps/2/env/DIGEST", "${{ steps.download.outputs.digest }}"),
    ),
    "the token stays in the folder": (nothing_keeps_the_token_of_a_checkout, put("build/steps/0/with", None)),
    "no pipefail": (broken_pipes_stop_a_job, no_shell),
    "no pipefail in one step": (broken_pipes_stop_a_job, put("build/steps/2/shell", "sh")),
    "a container that can be moved": (containers_are_pinned, put("sbom/container", "node:20-bookworm")),
    "a container without its tag": (containers_are_pinned, put("sbom/container", {"image": "node"})),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_caught(name: str) -> None:
    check, mutate = DEFECTS[name]
    broken = copy.deepcopy(WORKFLOWS["release.yml"])
    mutate(broken)
    with pytest.raises(AssertionError):
        check(broken)


def test_every_check_can_fail() -> None:
    assert {check for check, _ in DEFECTS.values()} == set(CHECKS)


def test_one_digest_for_one_image() -> None:
    """Workflows, Dockerfiles, devcontainer: what is tested on is what is built on, and each is pinned."""
    texts = [path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    dockerfiles = "\n".join((ROOT / folder / "Dockerfile").read_text() for folder in (".", ".ci"))
    stages = set(re.findall(r"^FROM \S+ AS (\w+)", dockerfiles, re.MULTILINE))
    bases = [base for base in re.findall(r"^FROM (\S+)", dockerfiles, re.MULTILINE) if base not in stages]
    assert bases
    devcontainer = (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    bases += re.findall(r'"image": "([^"]+)"', devcontainer)
    assert all(PINNED.fullmatch(base) for base in bases)
    found = {*bases, *re.findall(r"(?:container|image): (\S+)", "".join(texts))}
    assert len({image.partition("@")[0] for image in found}) == len(found)
