"""Each fault is set up on a real store, one at a time: `flask storage check` finds it, and nothing else."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app import create_app, doctor, embedded
from app.services import services
from config import ROOT, Config
from tests.conftest import free_port
from tests.contract.conftest import bucket
from tests.rigs.faults import Proxy, Request, Rule, canned, limited, rewritten
from tests.rigs.server import Server

LIMIT = 2 * 1024**2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("doctor"), MAX_UPLOAD_BYTES=str(LIMIT))
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def whole(server: Server) -> Config:
    """Return the settings of the server, as its own commands have them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PORT", "S3_PORT", "INSTANCE_PATH", "MAX_UPLOAD_BYTES"):
            patch.setenv(name, server.env[name])
        return embedded.start(Config.from_env())


@pytest.fixture(scope="module")
def edge(server: Server) -> Iterator[Proxy]:
    """A proxy in front of the edge."""
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def s3(server: Server) -> Iterator[Proxy]:
    """A proxy in front of the store."""
    proxy = Proxy(server.s3_port + 5)
    yield proxy
    proxy.close()


def examine(config: Config) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.examine(doctor.Case.of(services(create_app(config))))}


def wrong(found: dict[str, doctor.Finding]) -> list[str]:
    return [name for name, finding in found.items() if finding.ok is False]


def traces(config: Config) -> list[str]:
    return [item.key for item in bucket(config).objects.all()]


def closed() -> str:
    return f"http://localhost:{free_port()}"


def test_nothing_is_wrong_with_the_embedded_store_behind_its_edge(whole: Config, patience: None) -> None:
    found = examine(whole)
    assert wrong(found) == []
    tried = {"preflight", "upload", "publish", "link", "delete", "album"}
    assert found.keys() > tried | {"second upload", "second edit", "stranger reads"}
    # What does not apply is not shown as well.
    assert [name for name, finding in found.items() if finding.ok is None] == ["region", "access block"]
    assert traces(whole) == []


# Wrong settings


@pytest.mark.parametrize(
    ("name", "change", "mend"),
    [
        ("page", lambda: {"site_url": closed()}, "SITE_URL"),
        ("store", lambda: {"s3_endpoint_url": closed()}, "S3_ENDPOINT_URL"),
        ("bucket", lambda: {"s3_bucket": "another"}, "S3_BUCKET"),
        ("credentials", lambda: {"credentials": ("AKIDEXAMPLE", "secret")}, "AWS_ACCESS_KEY_ID"),
        ("upload address", lambda: {"s3_public_endpoint_url": closed()}, "S3_PUBLIC_ENDPOINT_URL"),
        ("link", lambda: {"public_base_url": closed()}, "PUBLIC_BASE_URL"),
    ],
)
def test_wrong_setting_is_named(
    whole: Config, patience: None, name: str, change: Callable[[], dict[str, Any]], mend: str
) -> None:
    found = examine(replace(whole, **change()))
    assert wrong(found) == [name]
    assert mend in str(found[name].remedy)
    assert name in ("bucket", "credentials") or "connection refused" in found[name].detail
    assert traces(whole) == []


def test_plain_http_in_place_of_https_is_named(whole: Config, server: Server, patience: None) -> None:
    found = examine(replace(whole, s3_endpoint_url=f"https://127.0.0.1:{server.s3_port + 5}"))
    assert wrong(found) == ["store"]
    assert "does not speak TLS" in found["store"].detail
    assert "http://" in str(found["store"].remedy)


def test_wrong_secret_is_named_and_no_clock_is_blamed(whole: Config, patience: None) -> None:
    assert whole.credentials
    found = examine(replace(whole, credentials=(whole.credentials[0], "wrong")))
    assert wrong(found) == ["credentials"]
    assert "AWS_SECRET_ACCESS_KEY" in str(found["credentials"].remedy)
    assert "clock" not in found["credentials"].detail
    assert found["upload"].detail == "Not tried: mend “credentials” first."


def test_other_server_is_not_taken_for_the_page_the_store_or_a_picture(
    whole: Config, server: Server, patience: None
) -> None:
    store = f"http://127.0.0.1:{server.s3_port}"
    for name, change in (
        ("page", {"site_url": store}),
        ("store", {"s3_endpoint_url": server.url}),
        ("link", {"public_base_url": server.url}),
    ):
        assert wrong(examine(replace(whole, **change))) == [name]  # type: ignore[arg-type]


@pytest.mark.parametrize("minutes", [20, -20])
def test_wrong_clock_is_named(whole: Config, patience: None, minutes: int) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
        found = examine(whole)
    assert wrong(found) == ["clock"]
    assert f"{'ahead of' if minutes > 0 else 'behind'} the store's" in found["clock"].detail


@pytest.mark.parametrize("says", ["header", "code"])
def test_wrong_region_is_named(whole: Config, s3: Proxy, patience: None, says: str) -> None:
    # As AWS does it: SeaweedFS has no region.
    if says == "header":
        fault = rewritten(back=lambda data: data.replace(b"\r\n", b"\r\nx-amz-bucket-region: eu-central-1\r\n", 1))
    else:
        code = "<Code>AuthorizationHeaderMalformed</Code><Message>Expecting.</Message><Region>eu-central-1</Region>"
        fault = canned(400, f"<Error>{code}</Error>".encode())
    with s3.broken(fault, "GET /images"):
        found = examine(replace(whole, s3_endpoint_url=s3.url))
    assert wrong(found) == ["region"]
    assert str(found["region"].remedy).rstrip(".").endswith("Set AWS_REGION=eu-central-1")


# A bucket that is configured otherwise


@contextmanager
def restored(owner: Any) -> Iterator[Any]:
    """Give the bucket its configuration back at the end of the block."""
    policy, cors, lifecycle = (getattr(owner, name)() for name in ("Policy", "Cors", "LifecycleConfiguration"))
    document, rules, expiry = policy.policy, cors.cors_rules, lifecycle.rules
    try:
        yield owner
    finally:
        policy.put(Policy=document)
        cors.put(CORSConfiguration={"CORSRules": rules})
        lifecycle.put(LifecycleConfiguration={"Rules": expiry})


def allow(action: str, *resources: str) -> str:
    arns = [f"arn:aws:s3:::{resource}" for resource in resources]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": arns}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def rule(**changes: Any) -> Callable[[Any, Config], None]:
    """Return what changes the CORS rule of the bucket."""

    def change(owner: Any, config: Config) -> None:
        [found] = owner.Cors().cors_rules
        owner.Cors().put(CORSConfiguration={"CORSRules": [{**found, **changes}]})

    return change


def also_read(resource: str) -> Callable[[Any, Config], None]:
    """Return what opens more of the bucket to strangers."""

    def change(owner: Any, config: Config) -> None:
        document = json.loads(owner.Policy().policy)
        more = json.loads(allow("s3:GetObject", resource))["Statement"]
        owner.Policy().put(Policy=json.dumps({**document, "Statement": [*document["Statement"], *more]}))

    return change


def expire(prefix: str) -> Callable[[Any, Config], None]:
    """Return what adds a rule that deletes more than we mean to."""

    def change(owner: Any, config: Config) -> None:
        rules = owner.LifecycleConfiguration().rules
        tidy = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": 90}}
        owner.LifecycleConfiguration().put(LifecycleConfiguration={"Rules": [*rules, tidy]})

    return change


def forget_albums(owner: Any, config: Config) -> None:
    """Leave the rules of a server that had no albums."""
    rules = [each for each in owner.LifecycleConfiguration().rules if not each["ID"].startswith("albums/")]
    owner.LifecycleConfiguration().put(LifecycleConfiguration={"Rules": rules})


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("cors", lambda owner, config: owner.Cors().delete(), "no rule is for pages of http://127.0.0.1"),
        ("cors", rule(AllowedOrigins=["https://old.test"]), "no rule is for pages of http://127.0.0.1"),
        ("cors", rule(AllowedHeaders=["content-type", "x-amz-checksum-sha256"]), "may not send if-none-match"),
        ("cors", rule(AllowedMethods=["GET", "HEAD"]), "may not PUT"),
        ("policy", lambda owner, config: owner.Policy().delete(), "Every link is dead"),
        (
            "policy",
            lambda owner, config: owner.Policy().put(Policy=allow("s3:GetObject", "images/*")),
            "read arn:aws:s3:::images/*",
        ),
        (
            "policy",
            lambda owner, config: owner.Policy().put(Policy=allow("s3:GetObject", "images/uploads/*")),
            "past the edge",
        ),
        ("policy", also_read("images/albums/*"), "read arn:aws:s3:::images/albums/*"),
        ("policy", lambda owner, config: owner.Policy().put(Policy=allow("s3:ListBucket", "images")), "s3:listbucket"),
        ("lifecycle", lambda owner, config: owner.LifecycleConfiguration().delete(), "incoming/ after 1 d"),
        ("lifecycle", forget_albums, "albums/7d/ after 7 d"),
        ("lifecycle", expire(""), "Links die"),
        ("lifecycle", expire("albums/"), "Links die"),
    ],
)
def test_other_configuration_is_named(
    whole: Config, patience: None, name: str, change: Callable[[Any, Config], None], says: str
) -> None:
    with restored(bucket(whole)) as owner:
        change(owner, whole)
        found = examine(whole)
    assert wrong(found) == [name]
    assert says in found[name].detail
    assert "storage setup" in str(found[name].remedy) or "Remove" in str(found[name].remedy)
    assert traces(whole) == []


@pytest.mark.parametrize(
    ("name", "prefix", "call"), [("publish", "uploads", "CopyObject"), ("album", "albums", "PutObject")]
)
def test_missing_permission_is_named(
    whole: Config, s3: Proxy, patience: None, name: str, prefix: str, call: str
) -> None:
    denied = canned(403, b"<Error><Code>AccessDenied</Code></Error>")
    with s3.broken(denied, f"PUT /images/{prefix}/"):
        found = examine(replace(whole, s3_endpoint_url=s3.url))
    assert wrong(found) == [name]
    assert f"{call}: AccessDenied" in found[name].detail
    assert "rights on S3_BUCKET" in str(found[name].remedy)
    assert traces(whole) == []


def deny_policy(rule: Rule, request: Request, forward: Any, send: Any) -> None:
    if b"?policy " in request.data.partition(b"\r\n")[0]:
        canned(403, b"<Error><Code>AccessDenied</Code></Error>")(rule, request, forward, send)
    else:
        answer = forward()
        send(answer.head + answer.body)


def test_set_up_changes_nothing_that_it_may_not_read(whole: Config, s3: Proxy, patience: None) -> None:
    with restored(bucket(whole)) as owner:
        owner.Cors().delete()
        with s3.broken(deny_policy, "GET /images$"):
            done = run(replace(whole, s3_endpoint_url=s3.url), "setup")
        assert (done.exit_code, "AccessDenied: policy" in done.output) == (1, True)
        assert "Nothing was changed" in done.output
        with pytest.raises(Exception, match="NoSuchCORSConfiguration"):
            _ = owner.Cors().cors_rules


def test_open_bucket_is_found_without_the_right_to_read_its_policy(whole: Config, s3: Proxy, patience: None) -> None:
    with restored(bucket(whole)) as owner:
        owner.Policy().put(Policy=allow("s3:*", "images", "images/*"))
        with s3.broken(deny_policy, "GET /images$"):
            found = examine(replace(whole, s3_endpoint_url=s3.url))
    assert wrong(found) == ["stranger reads", "stranger lists"]
    assert found["policy"].ok is None
    assert "s3:GetBucketPolicy" in str(found["policy"].remedy)
    assert traces(whole) == []


def test_open_albums_are_found_without_the_right_to_read_the_policy(whole: Config, s3: Proxy, patience: None) -> None:
    with restored(bucket(whole)) as owner:
        also_read("images/albums/*")(owner, whole)
        with s3.broken(deny_policy, "GET /images$"):
            found = examine(replace(whole, s3_endpoint_url=s3.url))
    assert wrong(found) == ["stranger reads"]
    assert "/images/albums/…: albums are public" in found["stranger reads"].detail
    assert traces(whole) == []


def test_versioning_is_named(whole: Config, patience: None) -> None:
    owner = bucket(whole)
    try:
        owner.Versioning().enable()
        found = examine(whole)
    finally:
        owner.Versioning().suspend()
        owner.object_versions.delete()
    assert wrong(found) == ["versioning"]
    assert "put-bucket-versioning" in str(found["versioning"].remedy)


# What stands in front


def rehost(data: bytes) -> bytes:
    head, end, body = data.partition(b"\r\n\r\n")
    lines = [b"Host: store:8333" if line.lower().startswith(b"host:") else line for line in head.split(b"\r\n")]
    return b"\r\n".join(lines) + end + body


def without(name: bytes) -> Callable[[bytes], bytes]:
    def strip(head: bytes) -> bytes:
        return b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(name.lower()))

    return strip


@pytest.mark.parametrize(
    ("name", "fault", "pattern", "mend"),
    [
        ("upload", rewritten(there=rehost), "PUT", "proxy_set_header Host"),
        ("largest upload", limited(1024**2), "PUT", "client_max_body_size 2m"),
        ("nosniff", rewritten(back=without(b"X-Content-Type-Options")), "GET /i/", "edge.caddy"),
        ("answer", rewritten(back=without(b"Access-Control-Allow-Origin")), "PUT", "Origin header"),
        ("preflight", canned(405, b""), "OPTIONS", "pass OPTIONS"),
        ("upload", canned(200, b""), "PUT", "S3_PUBLIC_ENDPOINT_URL"),
        ("link", canned(301, b""), "GET /i/", "PUBLIC_BASE_URL"),
    ],
)
def test_proxy_that_meddles_is_named(
    whole: Config, edge: Proxy, patience: None, name: str, fault: Any, pattern: str, mend: str
) -> None:
    behind = replace(whole, s3_public_endpoint_url=edge.url, public_base_url=f"{edge.url}/i")
    with edge.broken(fault, pattern):
        found = examine(behind)
    assert wrong(found) == [name]
    assert mend in str(found[name].remedy)
    assert traces(whole) == []


def test_server_that_does_not_know_its_own_address_is_named(whole: Config, edge: Proxy, patience: None) -> None:
    with edge.broken(rewritten(there=rehost), "GET /version"):
        found = examine(replace(whole, site_url=edge.url))
    assert wrong(found) == ["page"]
    assert "does not answer for this host" in found["page"].detail


# A store that enforces less


def test_store_that_takes_whatever_comes_is_named(whole: Config, edge: Proxy, patience: None) -> None:
    owner = bucket(whole)

    def take(rule: Rule, request: Request, forward: Any, send: Any) -> None:
        key = request.line.partition("/images/")[2]
        owner.put_object(Key=key, Body=request.data.partition(b"\r\n\r\n")[2])
        canned(200, b"")(rule, request, forward, send)

    with edge.broken(take, "PUT /images/"):
        found = examine(replace(whole, s3_public_endpoint_url=edge.url))
    guards = ["longer body", "other type", "other bytes", "added header", "second upload", "stranger writes"]
    # It answers no page either.
    assert wrong(found) == ["answer", *guards]
    assert "20 won, and a later one" in found["second upload"].detail
    assert traces(whole) == []


def test_store_that_ignores_the_conditions_of_a_copy_is_named(whole: Config, s3: Proxy, patience: None) -> None:
    owner = bucket(whole)

    def copy(rule: Rule, request: Request, forward: Any, send: Any) -> None:
        headers = request.headers()
        if "x-amz-copy-source" not in headers:
            answer = forward()
            send(answer.head + answer.body)
            return
        source, target = headers["x-amz-copy-source"], request.line.partition("/images/")[2]
        done = owner.Object(target).copy_from(
            CopySource=source, MetadataDirective="REPLACE", ContentType=headers.get("content-type", "image/png")
        )
        tag = f"<CopyObjectResult><ETag>{done['CopyObjectResult']['ETag']}</ETag></CopyObjectResult>"
        canned(200, tag.encode())(rule, request, forward, send)

    with s3.broken(copy, "PUT /images/uploads"):
        found = examine(replace(whole, s3_endpoint_url=s3.url))
    assert wrong(found) == ["false condition"]
    assert "If-Match of the source and If-None-Match of the target" in found["false condition"].detail
    assert traces(whole) == []


def test_store_that_ignores_the_condition_of_an_edit_is_named(whole: Config, s3: Proxy, patience: None) -> None:
    owner = bucket(whole)

    def overwrite(rule: Rule, request: Request, forward: Any, send: Any) -> None:
        if "if-match" not in request.headers():
            answer = forward()
            send(answer.head + answer.body)
            return
        body = request.data.partition(b"\r\n\r\n")[2]
        put = owner.put_object(Key=request.line.partition("/images/")[2], Body=body)
        canned(200, b"", headers=f"ETag: {put.e_tag}\r\n")(rule, request, forward, send)

    with s3.broken(overwrite, "PUT /images/albums/"):
        found = examine(replace(whole, s3_endpoint_url=s3.url))
    assert wrong(found) == ["second edit"]
    assert "ignores If-Match" in found["second edit"].detail
    assert traces(whole) == []


def test_store_that_shows_its_buckets_is_named(whole: Config, s3: Proxy, patience: None) -> None:
    with s3.broken(canned(200, b"<ListAllMyBucketsResult><Buckets><Bucket>"), "GET /$"):
        assert wrong(examine(replace(whole, s3_endpoint_url=s3.url))) == ["bucket list"]


# A bare store, set-up, and the commands


@pytest.fixture(scope="module")
def bare(whole: Config) -> Config:
    """Return settings for another bucket of the same store, with nothing in front of it."""
    return replace(
        whole,
        embedded=False,
        edge=False,
        s3_bucket="bare",
        s3_public_endpoint_url=None,
        public_base_url=None,
        store_referer=None,
        cors_origins=["https://blog.test"],
    )


def run(config: Config, *arguments: str) -> Any:
    return create_app(config).test_cli_runner().invoke(args=["storage", *arguments])


def test_set_up_of_a_bare_store_ends_with_what_an_edge_would_mend(bare: Config, patience: None) -> None:
    done = run(bare, "setup", "--dry-run")
    assert (done.exit_code, "bucket: create bare" in done.output) == (0, True)
    assert '"https://blog.test"' in done.output
    done = run(bare, "setup")
    assert "access block: this store has none" in done.output
    lines = [line for line in done.output.splitlines() if line.startswith("✗")]
    assert [line.split("  ")[0] for line in lines] == ["✗ nosniff", "✗ type by query"]
    assert done.output.count("edge.caddy") == 2
    assert done.exit_code == 1
    assert traces(bare) == []


def test_set_up_keeps_what_others_set(bare: Config, patience: None) -> None:
    run(bare, "setup", "--no-check")
    owner = bucket(bare)
    statement = json.loads(allow("s3:GetObject", "bare/uploads/logo.png"))["Statement"][0] | {"Sid": "Logo"}
    document = json.loads(owner.Policy().policy)
    owner.Policy().put(Policy=json.dumps({**document, "Statement": [statement, *document["Statement"]]}))
    theirs = {"AllowedOrigins": ["https://shop.test"], "AllowedMethods": ["GET"]}
    owner.Cors().put(CORSConfiguration={"CORSRules": [theirs]})
    tidy = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 9}}
    owner.LifecycleConfiguration().put(LifecycleConfiguration={"Rules": [tidy]})
    before = run(bare, "setup", "--dry-run").output
    assert "cors:" in before
    assert "lifecycle:" in before
    assert "policy:" not in before
    assert not [line for line in before.splitlines() if line.strip().startswith("-")]
    assert len(owner.Cors().cors_rules) == 1
    assert run(bare, "setup", "--no-check").exit_code == 0
    assert "https://shop.test" in str(owner.Cors().cors_rules)
    assert "https://blog.test" in str(owner.Cors().cors_rules)
    assert {"tidy", "incoming/"} < {each["ID"] for each in owner.LifecycleConfiguration().rules}
    assert [each["Sid"] for each in json.loads(owner.Policy().policy)["Statement"]] == ["Logo", "AnyoneReadsPictures"]
    assert "Nothing to change." in run(bare, "setup", "--no-check").output


def test_check_removes_its_traces_when_it_is_interrupted(whole: Config, patience: None) -> None:
    found = doctor.examine(doctor.Case.of(services(create_app(whole))))
    for finding in found:
        if finding.name == "publish":
            assert traces(whole)
            break
    found.close()  # type: ignore[attr-defined]
    assert traces(whole) == []


def flask(server: Server, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "check", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**server.env, **env}, capture_output=True, text=True, timeout=120, check=False
    )


def test_command_says_what_it_talks_to_and_ends_well(server: Server) -> None:
    done = flask(server)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{server.url}/i/…" in done.stdout
    assert f"http://127.0.0.1:{server.s3_port + 5}/images" in done.stdout
    assert done.stdout.endswith("All is well\n")


def test_command_is_json_for_programs_and_ends_with_1(server: Server) -> None:
    done = flask(server, "--json", PUBLIC_BASE_URL=f"{server.url}/elsewhere")
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert all(each.keys() == {"name", "ok", "detail", "remedy"} for each in found)
    assert [each["name"] for each in found if each["ok"] is False] == ["link"]
