"""deploy.sh with the real aws, npm and git, against moto's server; a script stands in for docker.

moto 5 can't do everything, so the stack is the real template without what moto's CloudFormation doesn't know:
CloudFront, alarms, metric filters, scaling, bucket policies, Secrets Manager, WAF and Fn::Cidr. The tests make a
distribution of their own, so that invalidations are real. npm installs once and builds for every run of `runs`;
elsewhere, where only what becomes of the page matters, a script stands in for it.
"""

import fcntl
import json
import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
import requests
import yaml

from config import ROOT, VERSION
from tests.deploy.cloudformation import load
from tests.rigs.listener import listening
from tests.rigs.server import until

REGION = "eu-central-1"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/image-host"
TEMPLATES = f"image-host-templates-123456789012-{REGION}"
VENV = Path(sys.executable).parent
DOCKER = ROOT / "tests" / "rigs" / "docker.sh"

#: Builds a small page in npm's place.
NPM = """case "$*" in
  *" ci") ;;
  *) mkdir -p frontend/dist/assets && cp -R frontend/index.html frontend/public/. frontend/dist
     cp frontend/src/main.tsx frontend/dist/assets/main.js ;;
esac"""

UNKNOWN = re.compile(
    r"AWS::(ApplicationAutoScaling|CloudFront|CloudWatch|SecretsManager|WAFv2)::|AWS::(Logs::MetricFilter|S3::BucketPolicy)"
)
TOOLS = ["aws", "curl", "git", "node", "npm", "awk", "bash", "basename", "cat", "cmp", "cp", "cut", "dirname", "env"]
TOOLS += ["find", "grep", "mkdir", "mktemp", "rm", "sed", "sh", "sleep", "sort"]


@dataclass
class Site:
    """What CloudFront would serve: the API's answers, and the page."""

    port: int = 0
    commit: str = ""
    health: int = 200
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            body = {
                "/health": '{"status": "ok"}',
                "/version": json.dumps({"name": "image-host", "version": VERSION, "commit": site.commit}),
                "/": '<div id="root"></div>',
            }[self.path].encode()
            self.send_response(site.health)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as server:
        site.port = server.server_port
        yield site


@dataclass
class Aws:
    """moto's server, as an empty account."""

    url: str
    log: Path
    template: Path

    def client(self, service: str) -> Any:
        # A cast for boto3-stubs, which know each service by its literal name.
        return cast("Any", boto3).client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
        )

    def writes(self) -> list[str]:
        """Return the objects that were written, in order, without the template."""
        return re.findall(rf'"PUT /(?!{TEMPLATES})[^/ ]+/([^ ?]+)', self.log.read_text())

    def stack(self) -> dict[str, Any]:
        return self.client("cloudformation").describe_stacks(StackName="image-host")["Stacks"][0]

    def outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack()["Outputs"]}

    def images(self) -> list[str]:
        return sorted(image["imageTag"] for image in self._ecr("list_images")["imageIds"])

    def running(self) -> str:
        """Return the image of the newest task definition."""
        ecs = self.client("ecs")
        newest = ecs.list_task_definitions()["taskDefinitionArns"][-1]
        return ecs.describe_task_definition(taskDefinition=newest)["taskDefinition"]["containerDefinitions"][0]["image"]

    def objects(self) -> dict[str, dict[str, Any]]:
        s3, bucket = self.client("s3"), self.outputs()["PageBucket"]
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        found = {key: s3.get_object(Bucket=bucket, Key=key) for key in keys}
        # Read at once: moto does not keep a connection open until a later test asks.
        return {key: {**each, "Body": each["Body"].read()} for key, each in found.items()}

    def invalidations(self) -> list[list[str]]:
        cloudfront, distribution = self.client("cloudfront"), self.outputs()["DistributionId"]
        found = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
        return [
            cloudfront.get_invalidation(DistributionId=distribution, Id=item["Id"])["Invalidation"][
                "InvalidationBatch"
            ]["Paths"]["Items"]
            for item in found
        ]

    def is_empty(self) -> bool:
        return not (
            self.client("cloudformation").list_stacks()["StackSummaries"]
            or self.client("ecr").describe_repositories()["repositories"]
            or self.client("s3").list_buckets()["Buckets"]
        )

    def _ecr(self, call: str) -> dict[str, Any]:
        return getattr(self.client("ecr"), call)(repositoryName="image-host")


def reduced(distribution: dict[str, str]) -> dict[str, Any]:
    """Return the template without what moto doesn't know; a reference to that becomes a text."""
    template = load()
    unknown = {name for name, resource in template["Resources"].items() if UNKNOWN.match(resource["Type"])}

    def replace(value: Any) -> Any:
        if isinstance(value, list):
            return [replace(item) for item in value]
        match value:
            case {"Ref": "Distribution"}:
                return distribution["Id"]
            case {"Fn::GetAtt": ["Distribution", "DomainName"]}:
                return distribution["DomainName"]
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]} if name in unknown:
                return name
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": re.sub(r"\$\{(\w+)(\.\w+)?\}", lambda m: m[1] if m[1] in unknown else m[0], text)}
            case {"Fn::Select": [index, {"Fn::Cidr": _}]}:
                return f"10.20.{index}.0/24"
            case dict():
                return {name: replace(item) for name, item in value.items()}
        return value

    template = replace(template)
    for name in unknown:
        del template["Resources"][name]
    for resource in template["Resources"].values():
        # Without this moto adds them itself, and then finds the resource changed.
        resource.setdefault("Properties", {})
    return template


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("moto") / "log"
    with log.open("a") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rigs.moto_server", str(port)], cwd=ROOT, stdout=stderr, stderr=stderr
        )

    def up() -> bool:
        assert process.poll() is None, log.read_text()
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(up)
        yield url, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


@pytest.fixture(scope="module")
def empty_account(moto: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Aws]:
    """Return a function that empties the account."""

    def make() -> Aws:
        url, log = moto
        requests.post(f"{url}/moto-api/reset", timeout=60).raise_for_status()
        log.write_text("")
        aws = Aws(url, log, tmp_path_factory.mktemp("template") / "template.yaml")
        origin = {"Id": "page", "DomainName": "page.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        made = aws.client("cloudfront").create_distribution(
            DistributionConfig={
                "CallerReference": "test",
                "Comment": "",
                "Enabled": True,
                "Origins": {"Quantity": 1, "Items": [origin]},
                "DefaultCacheBehavior": {"TargetOriginId": "page", "ViewerProtocolPolicy": "allow-all"},
            }
        )["Distribution"]
        aws.template.write_text(yaml.safe_dump(reduced(made), sort_keys=False, width=200))
        return aws

    return make


@dataclass
class Result:
    status: int
    out: str
    err: str


class Project:
    """A commit of this project in a folder of its own, and a machine with the tools of TOOLS."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin, self.docker_log = folder / "project", folder / "bin", folder / "docker.log"
        self.folder.mkdir()
        self.bin.mkdir()
        left_out = shutil.ignore_patterns("node_modules", "dist", "*.tsbuildinfo")
        for name in ("deploy", "frontend"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=left_out)
        for name in ("config.py", "Dockerfile", ".gitignore"):
            shutil.copy(ROOT / name, self.folder)
        for tool in TOOLS:
            found = shutil.which(tool, path=f"{VENV}:{os.environ['PATH']}")
            assert found, f"{tool} is needed for this test"
            (self.bin / tool).symlink_to(found)
        shutil.copy(DOCKER, self.bin / "docker")
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            [self.bin / "git", *identity, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self) -> str:
        """Commit everything, and return the commit as deploy.sh spells it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Test")
        return self.git("rev-parse", "--short=12", "HEAD")

    def deploy(self, *arguments: str, **env: str) -> Result:
        environment = {
            "PATH": str(self.bin),
            "HOME": str(self.folder.parent),
            "DOCKER_LOG": str(self.docker_log),
            "SMOKE_SECONDS": "0",
            # `make test` has fetched the packages, so npm need not ask the registry.
            "npm_config_prefer_offline": "true",
            **{name: value for name, value in os.environ.items() if name.lower().startswith(("npm_config_", "ssl_"))},
            **env,
        }
        environment.setdefault("npm_config_cache", str(Path.home() / ".npm"))
        if (npmrc := Path.home() / ".npmrc").exists():
            environment.setdefault("npm_config_userconfig", str(npmrc))
        done = subprocess.run(
            [self.folder / "deploy" / "deploy.sh", *arguments],
            cwd=self.folder.parent,
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            text=True,
            timeout=900,  # For one that hangs; a busy machine may take minutes.
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def docker(self) -> list[str]:
        """Return docker's command lines, without the one that asks whether it runs."""
        told = self.docker_log.read_text().splitlines() if self.docker_log.exists() else []
        return [line for line in told if line not in ("info", "save --help")]

    def without(self, tool: str) -> None:
        (self.bin / tool).unlink()

    def replace(self, tool: str, script: str) -> None:
        """Put a shell script in the place of a tool; in it, {real} is the tool's own path."""
        real = (self.bin / tool).resolve()
        self.without(tool)
        (self.bin / tool).write_text("#!/bin/sh\n" + script.replace("{real}", str(real)) + "\n")
        (self.bin / tool).chmod(0o755)


@pytest.fixture(scope="module")
def signed_in(site: Site) -> Callable[[Aws], dict[str, str]]:
    """Return the environment of somebody with an account."""

    def make(aws: Aws) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_REGION": REGION,
            "TEMPLATE": str(aws.template),
            "SMOKE_URL": f"http://127.0.0.1:{site.port}",
        }

    return make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


# --- From an empty account, again, and a release ---------------------------------------------------------------------


@dataclass
class Snapshot:
    """What a run left behind."""

    commit: str
    result: Result
    stack: dict[str, Any]
    outputs: dict[str, str]
    images: list[str]
    running: str
    objects: dict[str, dict[str, Any]]
    invalidations: list[list[str]]
    writes: list[str]
    docker: list[str]
    asked: list[str]
    dist: dict[str, bytes]
    seen_by_npm: str


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory,
    testrun_uid: str,
    empty_account: Callable[[], Aws],
    signed_in: Callable[[Aws], dict[str, str]],
    site: Site,
) -> dict[str, Snapshot]:
    """An empty account's first deploy, the same again, and a release with another page.

    They take minutes, so all of pytest's processes share what the first of them made.
    """
    made = tmp_path_factory.getbasetemp().parent / f"deploys-{testrun_uid}"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            found = _runs(tmp_path_factory.mktemp("live"), empty_account(), signed_in, site)
            made.write_bytes(pickle.dumps(found))
    return cast("dict[str, Snapshot]", pickle.loads(made.read_bytes()))  # noqa: S301 - made above


def _runs(folder: Path, aws: Aws, signed_in: Callable[[Aws], dict[str, str]], site: Site) -> dict[str, Snapshot]:
    project = Project(folder)
    npm = (project.bin / "npm").readlink()
    seen = project.folder.parent / "seen"
    project.replace("npm", f'env >>{seen}\nexec {npm} "$@"')

    def run() -> Snapshot:
        aws.log.write_text("")
        seen.write_text("")
        project.docker_log.write_text("")
        site.asked.clear()
        site.commit = project.git("rev-parse", "--short=12", "HEAD")
        result = project.deploy("MaxCount=4", AWS_SESSION_TOKEN="x", **signed_in(aws))
        assert result.status == 0, result.out + result.err
        dist = project.folder / "frontend" / "dist"
        return Snapshot(
            commit=site.commit,
            result=result,
            stack=aws.stack(),
            outputs=aws.outputs(),
            images=aws.images(),
            running=aws.running(),
            objects=aws.objects(),
            invalidations=aws.invalidations(),
            writes=aws.writes(),
            docker=project.docker(),
            asked=list(site.asked),
            dist={str(path.relative_to(dist)): path.read_bytes() for path in dist.rglob("*") if path.is_file()},
            seen_by_npm=seen.read_text(),
        )

    first = run()
    # What the first run installed is there still, and installing is what takes npm long.
    project.replace("npm", f'env >>{seen}\ncase "$*" in *" ci") ;; *) exec {npm} "$@" ;; esac')
    again = run()
    tokens = project.folder / "frontend" / "src" / "ui" / "tokens.css"
    tokens.write_text(tokens.read_text() + "\n.test { color: red }\n")
    project.commit()
    return {"first": first, "again": again, "release": run()}


def test_first_deploy_makes_the_stack_in_two_steps(runs: dict[str, Snapshot]) -> None:
    first = runs["first"]
    assert first.stack["StackStatus"] == "UPDATE_COMPLETE"
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in first.stack["Parameters"]}
    assert parameters["MaxCount"] == "4"
    assert parameters["CloudFrontPrefixListId"].startswith("pl-")
    assert parameters["ImageUri"] == first.running
    steps = [line for line in first.result.out.splitlines() if line.startswith("==> ")]
    assert [step.split()[1].strip(",:") for step in steps] == [
        "Stack",
        "Image",
        "Stack",
        "Page",
        "Page",
        "Page",
        "Waiting",
        "Asking",
        "Checking",
        "Done",
    ]


def test_image_is_named_after_version_and_commit(runs: dict[str, Snapshot]) -> None:
    first = runs["first"]
    tag = f"{VERSION}-{first.commit}"
    assert first.images == [tag]
    assert first.running == f"{REPOSITORY}:{tag}"
    build, login, push = first.docker
    assert login == f"login --username AWS --password-stdin {REPOSITORY.split('/')[0]}"
    assert build.startswith(f"build --platform linux/amd64 --target api --tag {REPOSITORY}:{tag} ")
    assert build.endswith(f" --build-arg VERSION={VERSION} --build-arg COMMIT={first.commit} .")
    assert push == f"push {REPOSITORY}:{tag}"


def test_page_is_what_was_built(runs: dict[str, Snapshot]) -> None:
    first = runs["first"]
    # CloudFront compresses by itself.
    plain = {name: data for name, data in first.dist.items() if not name.endswith((".br", ".gz"))}
    assert {key: found["Body"] for key, found in first.objects.items()} == plain
    assert {"index.html.br", "index.html.gz"} < first.dist.keys()
    assert {"index.html", "favicon.svg"} < first.dist.keys()


def test_assets_are_immutable_and_the_rest_is_asked_for_again(runs: dict[str, Snapshot]) -> None:
    for key, found in runs["first"].objects.items():
        expected = "public, max-age=31536000, immutable" if key.startswith("assets/") else "no-cache"
        assert found["CacheControl"] == expected, key


def test_content_types_are_right(runs: dict[str, Snapshot]) -> None:
    allowed = {
        # reference.html says its characters' set itself.
        ".html": {"text/html; charset=utf-8", "text/html"},
        ".js": {"text/javascript", "application/javascript"},
        ".css": {"text/css"},
        ".json": {"application/json"},
        ".jpg": {"image/jpeg"},
        ".png": {"image/png"},
        ".svg": {"image/svg+xml"},
        ".txt": {"text/plain"},
        ".wasm": {"application/wasm"},
    }
    for key, found in runs["first"].objects.items():
        assert found["ContentType"] in allowed[Path(key).suffix], key


def test_index_is_uploaded_after_what_it_names(runs: dict[str, Snapshot]) -> None:
    for run in ("first", "release"):
        assert runs[run].writes[-1] == "index.html"
        assert len(runs[run].writes) > 1


def test_edges_are_told_of_what_changed(runs: dict[str, Snapshot]) -> None:
    first, again, release = (runs[name].invalidations for name in ("first", "again", "release"))
    unnamed = {f"/{path.name}" for path in (ROOT / "frontend" / "public").iterdir()}
    unnamed |= {"/licences/libheif.txt", "/gallery.js"}
    assert {"/favicon.svg", "/manifest.json", "/share.js"} <= unnamed
    assert [set(paths) for paths in first] == [
        {"/", "/index.html", "/delete", "/apps", "/reference", "/reference.html", *unnamed}
    ]
    assert again == first
    assert {frozenset(paths) for paths in release} == {
        frozenset({"/", "/index.html", "/delete", "/apps", "/reference", "/reference.html", *unnamed}),
        frozenset({"/", "/index.html", "/delete", "/apps", "/reference", "/reference.html"}),
    }


def test_site_is_asked_and_the_outputs_are_told(runs: dict[str, Snapshot]) -> None:
    first = runs["first"]
    assert first.asked == ["/health", "/version", "/", "/health"]
    for name, value in first.outputs.items():
        assert re.search(rf"^    {name} +{re.escape(value)}$", first.result.out, re.MULTILINE), name


def test_second_run_changes_nothing(runs: dict[str, Snapshot]) -> None:
    first, again = runs["first"], runs["again"]
    assert again.docker == []
    assert again.writes == []
    assert (again.images, again.running, again.outputs) == (first.images, first.running, first.outputs)
    # An executed change set would show here.
    assert again.stack == first.stack
    assert "No changes to deploy" in again.result.out, again.result.out
    assert "is there already" in again.result.out
    assert "nothing has changed" in again.result.out


def test_release_keeps_old_assets_for_pages_that_are_open(runs: dict[str, Snapshot]) -> None:
    first, release = runs["first"], runs["release"]
    assert release.images == sorted([*first.images, f"{VERSION}-{release.commit}"])
    assert release.running == f"{REPOSITORY}:{VERSION}-{release.commit}"
    assert first.objects.keys() < release.objects.keys()
    assert release.objects["index.html"]["Body"] == release.dist["index.html"] != first.dist["index.html"]


def test_way_back_is_told(runs: dict[str, Snapshot]) -> None:
    assert "git checkout TAG && deploy/deploy.sh" in runs["first"].result.out
    assert "ImageUri=" not in runs["again"].result.out
    assert f"--api-only ImageUri={runs['first'].running}" in runs["release"].result.out


# --- Parts -----------------------------------------------------------------------------------------------------------


def test_dry_run_of_a_first_deploy(
    project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]]
) -> None:
    aws = empty_account()
    role = "arn:aws:iam::123456789012:role/cloudformation"
    result = project.deploy("--dry-run", "--stack", "pictures", "--role-arn", role, **signed_in(aws))
    assert result.status == 0, result.err
    assert aws.is_empty()
    assert project.docker() == []
    assert not (project.folder / "frontend" / "dist").exists()
    assert not (project.folder / "frontend" / "node_modules").exists()
    assert project.git("status", "--porcelain") == ""
    would = re.findall(r"would run: (.*)", result.out)
    expected = [
        f"aws s3 mb s3://{TEMPLATES}$",
        f"aws cloudformation deploy --stack-name pictures .* --role-arn {role} .* Name=pictures ImageUri=$",
        "docker build",
        "aws ecr get-login-password",
        "docker push",
        "aws cloudformation deploy .* ImageUri=.*:" + re.escape(VERSION),
        "npm --prefix frontend --silent ci",
        "npm --prefix frontend --silent run build",
        r"aws s3 sync .*immutable.* frontend/dist/assets",
        "aws s3 cp .*no-cache.* frontend/dist/index.html",
        "aws cloudfront create-invalidation",
        "aws ecs wait services-stable",
        r"aws ecs run-task .*storage.*check",
    ]
    assert len(would) == len(expected)
    for command, pattern in zip(would, expected, strict=True):
        assert re.match(pattern, command), command


def test_api_alone_and_an_older_image(
    project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]], site: Site
) -> None:
    aws = empty_account()
    site.commit = project.git("rev-parse", "--short=12", "HEAD")
    (project.folder / "parameters").write_text("# ours\nMaxCount=9\nCpuArchitecture=ARM64\n\n")
    file = ["--parameters", str(project.folder / "parameters")]
    for tool in ("node", "npm"):
        project.without(tool)
    project.commit()

    site.commit = project.git("rev-parse", "--short=12", "HEAD")
    result = project.deploy("--api-only", *file, "MaxCount=8", **signed_in(aws))
    assert result.status == 0, result.err
    assert "build --platform linux/arm64 " in project.docker()[0]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in aws.stack()["Parameters"]}
    assert parameters["MaxCount"] == "8", "the command line wins"
    first = aws.running()
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=aws.outputs()["PageBucket"])

    # Rolling back needs no tool that builds.
    project.without("docker")
    site.commit = "older"
    result = project.deploy("--api-only", f"ImageUri={REPOSITORY}:older", **signed_in(aws))
    assert result.status == 0, result.err
    assert aws.running() == f"{REPOSITORY}:older" != first
    # A parameter that is not named keeps its value.
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in aws.stack()["Parameters"]}
    assert parameters["MaxCount"] == "8"

    # A dry run of an existing stack.
    before = aws.stack()
    result = project.deploy("--dry-run", "--api-only", f"ImageUri={first}", **signed_in(aws))
    assert result.status == 0, result.err
    assert (aws.stack(), aws.running()) == (before, f"{REPOSITORY}:older")

    # So is a store that is not as it must be.
    project.replace(
        "aws",
        """case "$*" in
  *describe-tasks*exitCode*) echo 1 ;;
  *get-log-events*) echo '✗ policy  Every link is dead' ;;
  *) exec {real} "$@" ;;
esac""",
    )
    result = project.deploy("--api-only", f"ImageUri={REPOSITORY}:older", **signed_in(aws))
    assert result.status != 0
    assert "✗ policy" in result.out
    assert "the check of the store ended with 1" in result.err

    # An API that does not come up is a failed deploy, and says which question it failed.
    site.health = 503
    try:
        result = project.deploy("--api-only", f"ImageUri={REPOSITORY}:older", **signed_in(aws))
    finally:
        site.health = 200
    assert result.status != 0
    assert "/health does not answer as it should" in result.err


def test_changes_that_no_commit_holds_get_a_name_of_their_own(project: Project) -> None:
    def tag() -> str:
        result = project.deploy("--dry-run", "--api-only", "--build-only", "built")
        assert "not committed" in result.err
        return re.findall(r"docker build .* --tag \S+:(\S+)", result.out)[0]

    config = project.folder / "config.py"
    config.write_text(config.read_text() + "\n# changed\n")
    changed = tag()
    assert re.fullmatch(rf"{re.escape(VERSION)}-[0-9a-f]{{12}}-dirty-[0-9a-f]{{8}}", changed)
    assert tag() == changed
    (project.folder / "new.py").write_text("# not even known to git\n")
    assert tag() != changed


# --- Built where there are no credentials, deployed where nothing is built -----------------------------------------


def test_built_apart(
    project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]], site: Site
) -> None:
    """One machine has npm and no account, the other an account and no npm."""
    aws = empty_account()
    project.replace("npm", NPM)
    built = project.folder.parent / "built"
    site.commit = project.git("rev-parse", "--short=12", "HEAD")
    tag = f"{VERSION}-{site.commit}"
    away = {tool: (project.bin / tool).readlink() for tool in ("aws", "curl")}
    for tool in ("aws", "curl"):
        project.without(tool)
    result = project.deploy("--build-only", str(built))
    assert result.status == 0, result.err
    assert [line.split()[0] for line in project.docker()] == ["build", "save"]
    page = {str(path.relative_to(built / "page")) for path in (built / "page").rglob("*") if path.is_file()}
    assert {"index.html", "favicon.svg"} < page
    shutil.rmtree(project.folder / "frontend" / "dist")

    for tool in ("aws", "curl"):
        (project.bin / tool).symlink_to(away[tool])
    for tool in ("node", "npm"):
        project.without(tool)
    project.docker_log.write_text("")
    result = project.deploy("--built", str(built), **signed_in(aws))
    assert result.status == 0, result.err
    repository = REPOSITORY.split("/")[0]
    assert project.docker() == [
        f"load --input {built}/image.tar",
        f"image inspect --format {{{{.Architecture}}}} image-host:{tag}",
        f"tag image-host:{tag} {REPOSITORY}:{tag}",
        f"login --username AWS --password-stdin {repository}",
        f"push {REPOSITORY}:{tag}",
    ]
    assert aws.running() == f"{REPOSITORY}:{tag}"
    assert aws.objects().keys() == {name for name in page if not name.endswith((".br", ".gz"))}
    assert not (project.folder / "frontend" / "dist").exists()

    # The builder could have added these, or built for another machine or from another commit.
    breaks: list[tuple[Callable[[], object], str]] = [
        (lambda: (built / "page" / "assets" / "x.js").symlink_to("/proc/self/environ"), "no file of its own"),
        (lambda: (built / "page" / "assets" / "x.js").hardlink_to(project.bin / "docker"), "no file of its own"),
        (lambda: (built / "image.tar").write_text(f"image-host:{tag} arm64"), "is for linux/arm64"),
        (lambda: (built / "image.tar").write_text("image-host:else amd64"), "was built of another commit"),
        (lambda: (built / "image.tar").unlink(), "holds no image"),
        (lambda: (built / "page" / "index.html").unlink(), "holds no page"),
    ]
    for break_it, sentence in breaks:
        break_it()
        # As if it had never been pushed, or the script would leave the archive alone.
        aws.client("ecr").batch_delete_image(repositoryName="image-host", imageIds=[{"imageTag": tag}])
        project.docker_log.write_text("")
        result = project.deploy("--built", str(built), **signed_in(aws))
        assert result.status == 1
        assert sentence in result.err
        assert not any(line.startswith("push") for line in project.docker())
        (built / "page" / "assets" / "x.js").unlink(missing_ok=True)


def test_npm_sees_no_credentials(runs: dict[str, Snapshot]) -> None:
    for run in runs.values():
        assert "npm_config_" in run.seen_by_npm
        assert not re.findall(r"^(?:AWS|ACTIONS)_\w+", run.seen_by_npm, re.MULTILINE)


def test_login_that_aws_breaks_off_stops_the_deploy(
    project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]]
) -> None:
    """Without pipefail bash sees only a pipe's last command, and docker would accept half a password."""
    aws, script = empty_account(), project.folder / "deploy" / "deploy.sh"
    project.replace("aws", 'case "$*" in *get-login-password*) echo half; exit 255 ;; *) exec {real} "$@" ;; esac')
    for options, stops in (("set -euo pipefail", True), ("set -eu", False)):
        script.write_text(script.read_text().replace("set -euo pipefail", options))
        result = project.deploy("--api-only", **signed_in(aws))
        assert result.status != 0
        assert any(line.startswith("push") for line in project.docker()) != stops
        assert ('stopped at "Image"' in result.err) == stops


def test_template_goes_through_no_bucket_of_anybody_else(
    project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]]
) -> None:
    """moto has no owners, so a stand-in for aws says what S3 does where another account has the bucket's name."""
    aws = empty_account()
    aws.client("s3").create_bucket(Bucket=TEMPLATES, CreateBucketConfiguration={"LocationConstraint": REGION})
    project.replace(
        "aws",
        'case "$*" in *head-bucket*--expected-bucket-owner\\ 123456789012) exit 255 ;;'
        ' *" mb "*) exit 1 ;; *) exec {real} "$@" ;; esac',
    )
    result = project.deploy("--api-only", **signed_in(aws))
    assert result.status == 1
    assert f"can't make the bucket {TEMPLATES}" in result.err
    assert not aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert aws.writes() == []


# --- Refusals: before anything is changed, and naming what is missing ------------------------------------------------


@pytest.mark.parametrize("tool", ["aws", "git", "curl", "node", "npm", "docker"])
def test_missing_tool(
    tool: str, project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]]
) -> None:
    aws = empty_account()
    project.without(tool)
    result = project.deploy(**signed_in(aws))
    assert result.status == 1
    assert re.search(rf"missing on this machine:\n  - .*\b{tool}\b", result.err)
    assert aws.is_empty()


def test_docker_that_does_not_run_and_an_old_node(
    project: Project, empty_account: Callable[[], Aws], signed_in: Callable[[Aws], dict[str, str]]
) -> None:
    project.replace("docker", "exit 1")
    project.replace("node", 'if [ "$1" = --version ]; then echo v18.20.4; else exit 1; fi')
    aws = empty_account()
    result = project.deploy(**signed_in(aws))
    assert result.status == 1
    assert "a running docker" in result.err
    assert "node 20.19 or newer; this is v18.20.4" in result.err
    assert aws.is_empty()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fast"], "no option --fast"),
        (["production"], "production is neither an option nor PARAMETER=VALUE"),
        (["--stack"], "--stack needs a value"),
        (["--region", ""], "--region needs a value"),
        (["--api-only", "--page-only"], "give one of them"),
        (["--build-only", "a", "--built", "b"], "give one of them"),
        (["--build-only", "."], "is there already"),
        (["--built", "gone"], "no folder"),
        (["MaxCuont=3"], "the template has no parameter MaxCuont"),
        (["--template", "gone.yaml"], "no template at gone.yaml"),
        (["--parameters", "gone.txt"], "no parameters file gone.txt"),
        (["--engine", "kaniko"], "kaniko, which is to build the image"),
        (["--page-only"], f"there is no stack image-host in {REGION}"),
    ],
)
def test_wrong_arguments(
    arguments: list[str],
    sentence: str,
    project: Project,
    empty_account: Callable[[], Aws],
    signed_in: Callable[[Aws], dict[str, str]],
) -> None:
    aws = empty_account()
    result = project.deploy(*arguments, **signed_in(aws))
    assert result.status == 1
    assert sentence in result.err
    assert aws.is_empty()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}, "credentials"),
        ({"AWS_REGION": ""}, "no region"),
    ],
)
def test_no_account(
    changes: dict[str, str],
    sentence: str,
    project: Project,
    empty_account: Callable[[], Aws],
    signed_in: Callable[[Aws], dict[str, str]],
) -> None:
    aws = empty_account()
    result = project.deploy(**(signed_in(aws) | changes))
    assert result.status == 1
    assert sentence in result.err
    assert aws.is_empty()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("UPDATE_IN_PROGRESS", "is being changed"),
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name image-host"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name image-host"),
    ],
)
def test_stack_that_can_not_be_updated(
    status: str,
    sentence: str,
    project: Project,
    empty_account: Callable[[], Aws],
    signed_in: Callable[[Aws], dict[str, str]],
) -> None:
    """moto's stacks never fail, so a stand-in for aws reports a failure."""
    aws = empty_account()
    project.replace(
        "aws", f'case "$*" in *StackStatus*) printf "status\\t{status}\\n" ;; *) exec {{real}} "$@" ;; esac'
    )
    result = project.deploy(**signed_in(aws))
    assert result.status == 1
    assert status in result.err or "stuck" in result.err
    assert sentence in result.err
    assert aws.is_empty()


# --- Without running it ----------------------------------------------------------------------------------------------


def test_script_is_clean() -> None:
    found = shutil.which("shellcheck", path=f"{VENV}:{os.environ['PATH']}")
    assert found, "shellcheck is not installed"
    result = subprocess.run([found, "deploy/deploy.sh"], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == ""
    assert result.returncode == 0


def test_help_needs_nothing() -> None:
    script = ROOT / "deploy" / "deploy.sh"
    result = subprocess.run([script, "--help"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert result.returncode == 0
    for option in re.findall(r"^ +(?:-\w \| )?(--[a-z-]+)\)", script.read_text(), re.MULTILINE):
        assert option in result.stdout


def test_what_the_script_takes_from_others_is_there() -> None:
    script, template = (ROOT / "deploy" / "deploy.sh").read_text(), load()
    assert set(re.findall(r"\$\(output (\w+)\)", script)) <= template["Outputs"].keys()
    named = set(re.findall(r"\$\((?:kept|parameter) (\w+)\)", script)) | {"Name", "ImageUri"}
    assert named <= template["Parameters"].keys()
    assert re.search(r"^FROM \S+ AS api$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_image_has_every_module_beside_app() -> None:
    """The script names every tool that it runs, although all are installed on this machine."""
    copied = re.findall(r"^COPY ((?:\S+\.py )+)\./$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {name for names in copied for name in names.split()} == {path.name for path in ROOT.glob("*.py")}
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{path.name}" for path in ROOT.glob("*.py")} <= set(let_in)


def test_guide_names_what_there_is() -> None:
    guide, template = (ROOT / "docs" / "deployment.md").read_text(), load()
    script = (ROOT / "deploy" / "deploy.sh").read_text()
    calls = re.findall(r"deploy/deploy\.sh((?: [^\s`]+)+)", guide)
    assert calls
    for call in calls:
        for word in call.split():
            if word.startswith("--"):
                assert re.search(rf"^  (-h, )?{word}\b", script, re.MULTILINE), word
            elif re.match(r"[A-Z]\w+=", word):
                assert word.split("=")[0] in template["Parameters"], word
    for name in re.findall(r"`([A-Z][a-z]+[A-Z]\w+)=", guide):
        assert name in template["Parameters"], name
