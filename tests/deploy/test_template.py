"""The template as a whole, and every check in every variant."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from config import ROOT, Config
from tests.deploy.checks import CHECKS
from tests.deploy.cloudformation import TEMPLATE, Stack, Template, Unresolvable, load
from tests.deploy.conftest import VARIANTS, Build
from tests.deploy.defects import Check
from tests.deploy.service import container, environment

DEPLOYED = [name for name in VARIANTS if name != "first deploy"]


@pytest.fixture(scope="module")
def stacks(template: Template, build: Build) -> dict[str, Stack]:
    return {variant: build(template, variant) for variant in VARIANTS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("variant", DEPLOYED)
def test_deployed(check: Check, variant: str, stacks: dict[str, Stack]) -> None:
    check(stacks[variant])


@pytest.mark.parametrize("variant", VARIANTS)
def test_cloudformation_accepts_the_parameters(variant: str, stacks: dict[str, Stack]) -> None:
    assert stacks[variant].broken_rules == []


def test_first_deploy_makes_the_repository_and_no_task(stacks: dict[str, Stack]) -> None:
    first, later = stacks["first deploy"], stacks["defaults"]
    left_out = {later.resources[name]["Type"] for name in later.resources.keys() - first.resources.keys()}
    assert left_out == {
        "AWS::ECS::TaskDefinition",
        "AWS::ECS::Service",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::Scheduler::Schedule",
        "AWS::IAM::Role",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
    }
    assert later.outputs.keys() - first.outputs.keys() == {"Service"}
    for name in ("RepositoryUri", "PageBucket", "DistributionId", "Cluster", "SiteUrl"):
        assert first.outputs[name] == later.outputs[name]
    assert not any(name == "NoneHealthyAlarm" for name in first.resources), "it would ring until the image is there"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "CloudFrontPrefixListId"),
        (
            {
                "LoadBalancer": "public",
                "VpcOriginSource": "vpc",
                "OriginDomainName": "origin.example.org",
                "OriginCertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/77aa0c11",
            },
            "CloudFrontPrefixListId",
        ),
        ({"LoadBalancer": "public", "CloudFrontPrefixListId": "pl-1"}, "OriginCertificateArn"),
        (
            {"LoadBalancer": "public", "CloudFrontPrefixListId": "pl-1", "OriginDomainName": "origin.example.org"},
            "OriginCertificateArn",
        ),
        ({"DomainName": "img.example.org", "VpcOriginSource": "vpc"}, "CertificateArn"),
        ({"VerifyUrl": "https://check.example.org", "VpcOriginSource": "vpc"}, "VerifySecretArn"),
        ({"PicturesDomain": "img.example.net", "VpcOriginSource": "vpc"}, "PicturesCertificateArn"),
        (
            {
                "DomainName": "img.example.org",
                "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0b9c6a52",
                "PicturesDomain": "img.example.org",
                "PicturesCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0b9c6a52",
                "VpcOriginSource": "vpc",
            },
            "another name",
        ),
    ],
)
def test_says_what_is_missing(given: dict[str, str], missing: str, template: Template) -> None:
    (problem,) = Stack(template, **given).broken_rules
    assert missing in problem


@pytest.mark.parametrize(
    "given",
    [
        {"UploadUrlTtl": "601"},
        {"MaxUploadBytes": "5368709121"},
        {"CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/0b9c6a52"},
        {"CorsOrigins": "https://a.test, https://b.test"},
        {"CorsOrigins": "*"},
        {"DomainName": "https://img.example.org"},
        {"PicturesDomain": "img.example.net/i"},
        {"PicturesCertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/91d3be07"},
        {"AccessLogDays": "-1"},
        {"ContainerInsights": "true"},
        {"Name": "Images"},
        {"Name": "a-name-that-is-too-long"},
        {"PictureAccess": "public"},
        {"CloudFrontPrefixListId": "0.0.0.0/0"},
        {"VerifyUrl": "http://check.example.org/"},
        {"VerifyUrl": "https://user:word@check.example.org/"},
        {"VerifyUrl": "https://check.example.org/a:1"},
        {"VerifySecretArn": "replace-this-by-the-output-of-openssl-rand"},
        {"VerifyTimeout": "21"},
        {"VerifyFails": "half"},
        {"RateLimit": "0 per minute"},
        {"RateLimit": ""},
        {"ReportUrl": "https://{link}"},
        {"ReportUrl": "mailto:?body={link}"},
        {"MetricsSource": "0.0.0.0/0"},
        {"MetricsSource": "203.0.113.0/24"},
        {"MetricsSource": "172.32.0.0/16"},
        {"MetricsSource": "10.20.5.7"},
    ],
    ids=lambda given: "{}={}".format(*next(iter(given.items()))),
)
def test_refuses(given: dict[str, str], template: Template) -> None:
    with pytest.raises(Unresolvable):
        Stack(template, **given)


def test_longest_names_fit(template: Template) -> None:
    longest = Stack(template, Name="abcdefghijklmnopqrst", CloudFrontPrefixListId="pl-1", region="ap-southeast-1")
    assert len(longest["PictureBucket"]["BucketName"]) <= 63
    assert len(longest["TargetGroup"]["Name"]) <= 32
    assert all(len(function["Name"]) <= 64 for function in longest.of_type("AWS::CloudFront::Function").values())


def test_fits_into_one_stack() -> None:
    # CloudFormation takes no more from a bucket.
    assert TEMPLATE.stat().st_size <= 1024**2
    assert len(load()["Parameters"]) <= 200
    assert len(load()["Resources"]) <= 500
    # CloudFormation does not support anchors.
    assert not [event for event in yaml.parse(TEMPLATE.read_text()) if getattr(event, "anchor", None)]


def test_every_setting_can_be_made_or_is_said_to_have_no_parameter(stacks: dict[str, Stack]) -> None:
    deployed = [stack for variant, stack in stacks.items() if variant in DEPLOYED]
    made = {name for stack in deployed for name in environment(stack)}
    made |= {secret["Name"] for stack in deployed for secret in container(stack)["Secrets"]}
    # The last five are no variables.
    settings = {field.name.upper() for field in fields(Config)}
    settings -= {"EMBEDDED", "EDGE", "CREDENTIALS", "STORE_REFERER", "NEIGHBOURS"}
    _, _, section = (ROOT / "docs" / "deployment.md").read_text().partition("### What has no parameter")
    fixed, left_out = section.partition("\n## ")[0].split("These can't be set")
    assert settings - made == {*_settings(left_out), "GIT_COMMIT"}
    # What no parameter changes, and what several do.
    assert set(_settings(fixed)) <= {*made, "GIT_COMMIT"}


def _settings(text: str) -> list[str]:
    return re.findall(r"`([A-Z0-9]+(?:_[A-Z0-9]+)*)`", text)


def test_numbers_are_not_written_with_an_exponent(template: Template) -> None:
    """CloudFormation may write a large number as 1.0E8, which the service can't read."""
    for name, parameter in template["Parameters"].items():
        if not isinstance(parameter.get("Default", ""), str):
            assert parameter["Default"] < 10_000, name


def test_every_parameter_and_condition_is_used_and_explained(template: Template) -> None:
    text = TEMPLATE.read_text()
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"], name
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(template["Parameters"])
    for name in template["Conditions"]:
        assert text.count(name) > 1, name


def test_cfn_lint_is_clean() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [linter, TEMPLATE, "--regions", "us-east-1", "eu-central-1", "ap-southeast-1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
