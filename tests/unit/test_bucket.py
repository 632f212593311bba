"""What set-up makes of a bucket's configuration, and what is found wrong with one."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from app import create_app, doctor
from app.doctor import setting
from app.services import services
from app.storage import bucket
from config import Config

PAGE, BLOG = "https://img.test", "https://blog.test"
STARS: dict[str, Any] = {
    "AllowedOrigins": ["https://*.test"],
    "AllowedMethods": ["PUT", "GET", "HEAD"],
    "AllowedHeaders": ["*"],
}
CDN = {
    "Sid": "CloudFrontReads",
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::images/uploads/*",
    "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:cloudfront::1:distribution/E"}},
}
TLS = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::images/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def sids(document: str) -> list[str]:
    return [each["Sid"] for each in json.loads(document)["Statement"]]


def allow(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::images/uploads/*",
        **changes,
    }


# Policy


def test_policy_keeps_what_others_wrote() -> None:
    merged = bucket.merge_policy(policy(TLS), "images")
    assert sids(merged) == ["TlsOnly", "AnyoneReadsPictures"]
    assert bucket.merge_policy(merged, "images") == merged


def test_policy_replaces_the_statement_of_earlier_versions_and_another_referer() -> None:
    old = {"Condition": {"StringEquals": {"aws:Referer": "old"}}}
    for statement in (allow(), allow(**old)):
        assert len(json.loads(bucket.merge_policy(policy(statement), "images", "new"))["Statement"]) == 1


def test_policy_opens_nothing_where_a_cdn_reads() -> None:
    found = policy(TLS, CDN)
    assert bucket.merge_policy(found, "images") == found
    assert bucket.is_left_to_cdn(found, "images")
    assert not bucket.is_left_to_cdn(policy(CDN, allow()), "images")
    assert not bucket.is_left_to_cdn(None, "images")


@pytest.mark.parametrize(
    ("statement", "readable"),
    [
        (allow(), True),
        (allow(Principal={"AWS": ["*"]}, Action=["s3:Get*"], Resource=["arn:aws:s3:::images/*"]), True),
        (CDN, True),
        (allow(Effect="Deny"), False),
        (allow(Principal={"AWS": "arn:aws:iam::1:root"}), False),
        (allow(Action="s3:PutObject"), False),
        (allow(Resource="arn:aws:s3:::images/incoming/*"), False),
        (allow(Resource="arn:aws:s3:::other/uploads/*"), False),
        (allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), False),
    ],
)
def test_policy_lets_strangers_read(statement: dict[str, Any], readable: bool) -> None:
    assert bucket.is_readable([statement], "images") is readable


@pytest.mark.parametrize(
    "statement",
    [
        allow(Resource="arn:aws:s3:::images/*"),
        allow(Resource="arn:aws:s3:::images/incoming/*"),
        allow(Resource=["arn:aws:s3:::images/uploads/*", "arn:aws:s3:::images/*"]),
        allow(Action="s3:*"),
        allow(Action=["s3:GetObject", "s3:PutObject"]),
        allow(Action="s3:ListBucket", Resource="arn:aws:s3:::images"),
        allow(Principal={"AWS": "*"}, Resource="*"),
        {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::x"},
        # CloudFront shows everyone what it may read.
        {**CDN, "Resource": "arn:aws:s3:::images/*"},
    ],
)
def test_policy_that_is_too_wide_is_found(statement: dict[str, Any]) -> None:
    assert bucket.too_wide([statement], "images")


@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        TLS,
        CDN,
        allow(Principal={"AWS": "arn:aws:iam::1:role/api"}, Action="s3:*", Resource="*"),
        allow(Action="s3:*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
        {**CDN, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [CDN["Resource"], "arn:aws:s3:::images"]},
    ],
)
def test_policy_that_keeps_strangers_out_is_not_too_wide(statement: dict[str, Any]) -> None:
    assert bucket.too_wide([statement], "images") == []


# CORS


def test_cors_keeps_rules_of_others_and_replaces_its_own() -> None:
    theirs = {"AllowedOrigins": ["https://shop.test"], "AllowedMethods": ["GET"]}
    merged = bucket.merge_cors([theirs, bucket.cors(["https://old.test"])], [PAGE])
    assert merged == [theirs, bucket.cors([PAGE])]
    # A store that keeps no ID.
    unnamed = {name: value for name, value in bucket.cors(["https://old.test"]).items() if name != "ID"}
    assert bucket.merge_cors([unnamed], [PAGE]) == [bucket.cors([PAGE])]


def test_cors_adds_nothing_where_rules_of_others_suffice() -> None:
    assert bucket.lacking_cors([STARS], [PAGE, BLOG]) == []
    assert bucket.merge_cors([STARS], [PAGE, BLOG]) == [STARS]


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"AllowedOrigins": [BLOG]}, f"no rule is for pages of {PAGE}"),
        ({"AllowedMethods": ["GET", "HEAD"]}, f"pages of {PAGE} may not PUT"),
        ({"AllowedHeaders": ["Content-Type", "x-amz-*"]}, f"pages of {PAGE} may not send if-none-match"),
    ],
)
def test_cors_lacks(changes: dict[str, Any], lacks: str) -> None:
    assert bucket.lacking_cors([{**STARS, **changes}], [PAGE]) == [lacks]


# Lifecycle


def test_lifecycle_keeps_rules_of_others_and_what_else_a_rule_does() -> None:
    others = {"ID": "multipart", "Status": "Enabled", "Prefix": "", "AbortIncompleteMultipartUpload": {}}
    moves = {"ID": "x", "Status": "Disabled", "Prefix": "uploads/7d/", "Transitions": [], "Expiration": {"Days": 9}}
    merged = bucket.merge_lifecycle([others, moves])
    assert merged[:2] == [others, {**moves, "Status": "Enabled", "Expiration": {"Days": 7}}]
    assert bucket.lacking_lifecycle([others, moves]) != []
    assert bucket.lacking_lifecycle(merged) == []
    assert bucket.merge_lifecycle(merged) == merged


@pytest.mark.parametrize(
    ("rule", "harms"),
    [
        ({"Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}, True),
        ({"Filter": {"Prefix": "uploads/"}, "Expiration": {"Days": 90}}, True),
        ({"Expiration": {"Days": 90}}, True),
        ({"Filter": {"Prefix": ""}, "Expiration": {"ExpiredObjectDeleteMarker": True}}, False),
        ({"Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 90}}, False),
        ({"Filter": {"Prefix": ""}, "Transitions": []}, False),
        ({"Filter": {"And": {"Prefix": "", "Tags": []}}, "Expiration": {"Days": 90}}, False),
    ],
)
def test_lifecycle_that_kills_links_is_found(rule: dict[str, Any], harms: bool) -> None:
    assert bool(bucket.harmful_lifecycle([{"Status": "Enabled", **rule}])) is harms
    assert bucket.harmful_lifecycle([{"Status": "Disabled", **rule}]) == []


# The public access block, on moto: no other store has one


def block(aws: Config, **values: bool) -> doctor.Finding:
    app = create_app(aws)
    services(app).upkeep.set_up([PAGE])
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    services(app).upkeep.configuration.write("access block", {name: values.get(name, True) for name in names})
    [check] = [check for check in setting.CHECKS if check.name == "access block"]
    return doctor.ask(doctor.Case.of(services(app)), check)


def test_access_block_that_keeps_strangers_out_is_found(aws: Config) -> None:
    found = block(aws)
    assert found.ok is False
    assert "BlockPublicPolicy, RestrictPublicBuckets" in found.detail
    assert found.remedy == setting.SETUP


def test_access_block_that_lets_acls_through_is_found(aws: Config) -> None:
    found = block(aws, BlockPublicAcls=False, BlockPublicPolicy=False, RestrictPublicBuckets=False)
    assert (found.ok, "BlockPublicAcls is off" in found.detail) == (False, True)


def test_access_block_is_well_after_set_up_and_where_a_cdn_reads(aws: Config) -> None:
    assert block(aws, BlockPublicPolicy=False, RestrictPublicBuckets=False).ok
    boto3.client("s3", "eu-central-1").put_bucket_policy(Bucket="images", Policy=policy(CDN))
    upkeep = services(create_app(aws)).upkeep
    assert upkeep.configuration.lacking(upkeep.configuration.read("access block"), []) == []
    before = upkeep.configuration.read("access block").found
    upkeep.set_up([PAGE])
    assert upkeep.configuration.read("access block").found == before
    assert upkeep.configuration.read("policy").found == policy(CDN)


# Encryption, on moto


def test_encryption_that_strangers_can_not_undo_is_found(aws: Config) -> None:
    for base, well in ((None, False), ("https://cdn.test/i", True)):
        app = create_app(replace(aws, public_base_url=base))
        services(app).upkeep.set_up([PAGE])
        rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        services(app).storage.client.s3.put_bucket_encryption(
            Bucket="images", ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        [check] = [check for check in setting.CHECKS if check.name == "encryption"]
        assert doctor.ask(doctor.Case.of(services(app)), check).ok is well
