"""Setting the bucket up, on moto."""

import json
from collections.abc import Callable

import boto3
import pytest

from app import create_app
from app.errors import StoreUnavailable
from app.services import services
from app.storage import EXPIRY_DAYS, Storage, Upkeep
from config import Config
from tests.unit.conftest import ORIGIN

Configure = Callable[..., Config]


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_set_up_makes_the_bucket_and_may_be_repeated(aws: Config, configure: Configure, region: str) -> None:
    config = configure(s3_endpoint_url=None, aws_region=region)
    storage = Storage(config)
    for origins in (["https://old.test"], [ORIGIN, "https://b.test"]):
        Upkeep(config, storage).set_up(origins)
        storage.check()
    s3 = boto3.client("s3", region)
    assert s3.head_bucket(Bucket="images")["BucketRegion"] == region
    [cors] = s3.get_bucket_cors(Bucket="images")["CORSRules"]
    assert cors["AllowedOrigins"] == [ORIGIN, "https://b.test"]
    assert "PUT" in cors["AllowedMethods"]
    assert "DELETE" not in cors["AllowedMethods"]
    assert not {"*", "x-amz-acl"} & set(cors["AllowedHeaders"])


def test_set_up_lets_a_page_send_exactly_the_headers_to_echo(storage: Storage) -> None:
    [cors] = boto3.client("s3", "eu-central-1").get_bucket_cors(Bucket="images")["CORSRules"]
    echoed = storage.sign_upload("k.png", "image/png", 5, "eA==").headers
    assert set(cors["AllowedHeaders"]) == {name.lower() for name in echoed}


def test_set_up_makes_published_pictures_public_and_nothing_else(storage: Storage) -> None:
    s3 = boto3.client("s3", "eu-central-1")
    [statement] = json.loads(s3.get_bucket_policy(Bucket="images")["Policy"])["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "s3:GetObject"
    assert statement["Resource"] == "arn:aws:s3:::images/uploads/*"
    block = s3.get_public_access_block(Bucket="images")["PublicAccessBlockConfiguration"]
    # The policy must be let through; an ACL never is.
    assert block == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }


def test_set_up_expires_each_prefix_and_never_all_pictures(storage: Storage) -> None:
    rules = boto3.client("s3", "eu-central-1").get_bucket_lifecycle_configuration(Bucket="images")["Rules"]
    assert {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules} == {
        "incoming/": 1,
        **{f"{prefix}/{name}/": days for prefix in ("uploads", "albums") for name, days in EXPIRY_DAYS.items()},
    }
    assert all(rule["Status"] == "Enabled" for rule in rules)


def test_command_line_sets_up_the_bucket(aws: Config, configure: Configure) -> None:
    app = create_app(configure(s3_endpoint_url=None, aws_region="eu-central-1", site_url="https://img.test/x"))
    done = app.test_cli_runner().invoke(args=["storage", "setup", "--no-check"])
    assert (done.exit_code, "https://img.test\n" in done.output) == (0, True)
    [cors] = boto3.client("s3", "eu-central-1").get_bucket_cors(Bucket="images")["CORSRules"]
    assert cors["AllowedOrigins"] == ["https://img.test"]


def test_command_line_refuses_a_bucket_for_no_page(aws: Config, configure: Configure) -> None:
    app = create_app(configure(s3_endpoint_url=None, aws_region="eu-central-1", site_url=None))
    done = app.test_cli_runner().invoke(args=["storage", "setup"])
    assert done.exit_code != 0
    assert "SITE_URL" in done.output
    assert "CORS_ORIGINS" in done.output
    with pytest.raises(StoreUnavailable):
        services(app).storage.check()
