"""What /health/ready says of each thing that can be wrong between the API and a real store."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import pytest
import time_machine

from app import create_app
from config import Config
from tests.conftest import free_port
from tests.contract.conftest import store_port
from tests.rigs.faults import Proxy, canned

SECRET = "a secret that the store never saw, and nobody else must"


@pytest.fixture(scope="module")
def proxy(store: Config) -> Iterator[Proxy]:
    proxy = Proxy(store_port(store))
    yield proxy
    proxy.close()


@pytest.fixture
def here(store: Config, patience: None) -> Config:
    """Settings that name the store alone, as a configured one's."""
    return replace(store, embedded=False)


def ready(config: Config) -> Any:
    return create_app(config).test_client().get("/health/ready")


def wrong(config: Config, kind: str) -> str:
    """Return the remedy that ready names, when the trouble has this kind."""
    answer = ready(config)
    assert (answer.status_code, answer.json.get("kind")) == (503, kind), answer.text
    secrets = (SECRET, config.secret_key, *(config.credentials or ())[1:])
    assert not [secret for secret in secrets if secret in answer.text]
    lasting = kind not in ("unreachable", "not_s3", "slow", "failing")
    assert ("Retry-After" in answer.headers) != lasting
    assert answer.json["code"] == ("store_misconfigured" if lasting else "store_unavailable")
    assert "try again" not in answer.text.lower()
    return str(answer.json["detail"])


def test_store_that_serves_is_ready(here: Config) -> None:
    assert ready(here).json == {"status": "ok"}


def test_wrong_secret(here: Config) -> None:
    assert here.credentials
    remedy = wrong(replace(here, credentials=(here.credentials[0], SECRET)), "credentials")
    assert "AWS_SECRET_ACCESS_KEY" in remedy
    assert "clock" not in remedy


def test_unknown_key(here: Config) -> None:
    assert "AWS_ACCESS_KEY_ID" in wrong(replace(here, credentials=("nobody", SECRET)), "credentials")


def test_missing_bucket(here: Config) -> None:
    remedy = wrong(replace(here, s3_bucket="not-there"), "bucket")
    assert "S3_BUCKET" in remedy
    assert "flask storage setup" in remedy


def test_nothing_listens(here: Config) -> None:
    remedy = wrong(replace(here, s3_endpoint_url=f"http://127.0.0.1:{free_port()}"), "unreachable")
    assert "S3_ENDPOINT_URL" in remedy


def test_endpoint_without_the_certificate_of_a_known_authority(here: Config, tmp_path: Any) -> None:
    # The store speaks no TLS at all, so there is no certificate either.
    assert here.s3_endpoint_url
    remedy = wrong(replace(here, s3_endpoint_url=here.s3_endpoint_url.replace("http:", "https:")), "tls")
    assert "S3_ENDPOINT_URL" in remedy


@pytest.mark.parametrize("status", [403, 404])
def test_endpoint_of_something_else(here: Config, proxy: Proxy, status: int) -> None:
    with proxy.broken(canned(status, b"<!doctype html><h1>No such page</h1>", "text/html")):
        assert "S3_ENDPOINT_URL" in wrong(replace(here, s3_endpoint_url=proxy.url), "not_s3")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_clock_that_the_store_refuses(here: Config, minutes: int) -> None:
    with time_machine.travel(time.time() + 60 * minutes):
        remedy = wrong(here, "clock")
    ours, theirs = re.search(r"clock says (.*), the store's says (.*GMT)", remedy).groups()
    apart = parsedate_to_datetime(ours) - parsedate_to_datetime(theirs)
    assert round(apart.total_seconds() / 60) == minutes


def test_clock_that_makes_urls_expire_before_they_are_used(here: Config) -> None:
    with time_machine.travel(time.time() - 600):
        assert "NTP" in wrong(here, "clock")
        assert ready(replace(here, upload_url_ttl=6000)).status_code == 200


# What SeaweedFS never says, as AWS says it


def xml(code: str, more: str = "") -> bytes:
    return f"<?xml version='1.0'?>\n<Error><Code>{code}</Code><Message>As told.</Message>{more}</Error>".encode()


@pytest.mark.parametrize("named_by", ["header", "body"])
def test_bucket_of_another_region(here: Config, proxy: Proxy, named_by: str) -> None:
    by_header = named_by == "header"
    body = xml("AuthorizationHeaderMalformed", "" if by_header else "<Region>eu-west-1</Region>")
    header = f"Date: {formatdate(usegmt=True)}\r\n" + ("x-amz-bucket-region: eu-west-1\r\n" if by_header else "")
    with proxy.broken(canned(400, body, headers=header)) as rule:
        assert "AWS_REGION=eu-west-1" in wrong(replace(here, s3_endpoint_url=proxy.url), "region")
        # The HEAD, and the call that gives the code: we follow no bucket to its region, as browsers can't either.
        assert rule.hits == 2


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ExpiredToken", "credentials"),
        (403, "AccessDenied", "permission"),
        (403, "QuotaExceeded", "full"),
        (503, "SlowDown", "slow"),
        (500, "InternalError", "failing"),
    ],
)
def test_refusal_with_a_code(here: Config, proxy: Proxy, status: int, code: str, kind: str) -> None:
    # AWS names the bucket's region in refusals of all kinds.
    with proxy.broken(canned(status, xml(code), headers="x-amz-bucket-region: us-east-1\r\n")):
        wrong(replace(here, s3_endpoint_url=proxy.url), kind)


def test_refusal_of_the_head_alone(here: Config, proxy: Proxy) -> None:
    with proxy.broken(canned(403, b""), "^HEAD "):
        assert "S3_BUCKET" in wrong(replace(here, s3_endpoint_url=proxy.url), "permission")
