"""The template, and the ways in which it may be deployed."""

from collections.abc import Callable

import pytest

from tests.deploy.cloudformation import Stack, Template, load

pytest.register_assert_rewrite("tests.deploy.checks", "tests.deploy.parts")

_ALWAYS = {"ImageUri": "repository/image-host:0.1.0-7d44b36", "CloudFrontPrefixListId": "pl-0123abcd"}
_DOMAIN = {
    "DomainName": "img.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0b9c6a52",
}
_PUBLIC = {
    "LoadBalancer": "public",
    "OriginDomainName": "origin.img.example.org",
    "OriginCertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/77aa0c11",
    "region": "eu-central-1",
}
_PICTURES = {
    "PicturesDomain": "img.example.net",
    "PicturesCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/91d3be07",
}
_VERIFIED = {"VerifySecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:verify"}
VARIANTS: dict[str, dict[str, str]] = {
    "first deploy": {"ImageUri": ""},
    "defaults": {},
    "public load balancer": {**_PUBLIC, "HostedZoneId": "Z1"},
    "VPC range": {
        "VpcOriginSource": "vpc",
        "CloudFrontPrefixListId": "",
        "VpcCidr": "10.0.0.0/22",
        "AvailabilityZones": "us-east-1b,us-east-1d",
    },
    "public-read": {"PictureAccess": "public-read", "region": "eu-central-1", "WafRateLimit": "100"},
    "own domain": {**_DOMAIN, "HostedZoneId": "Z1"},
    "domain with DNS elsewhere": {**_DOMAIN, **_PUBLIC, "PictureAccess": "public-read"},
    "private instance": {
        "UploadTokensSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:tokens",
        "CorsOrigins": "https://blog.example.org,http://localhost:5173",
        "RejectLocation": "true",
        "ReportUrl": "mailto:abuse@example.org?subject=Report&body={link}",
        "RateLimit": "60 per minute; 500 per hour",
    },
    "pictures checked": {**_VERIFIED, "VerifyUrl": "https://check.example.org/v1", "VerifyTimeout": "20"},
    "pictures checked at a port of its own": {**_VERIFIED, "VerifyUrl": "https://check.example.org:8443"},
    "pictures checked in the VPC": {
        **_VERIFIED,
        "VerifyUrl": "http://10.20.2.7:9100/check",
        "VerifyFails": "open",
        "MetricsSource": "sg-0123456789abcdef0",
    },
    "measured from a range": {"MetricsSource": "10.20.5.0/24", "RateLimit": "off"},
    "watched": {"AlarmEmail": "ops@example.org", "WafRateLimit": "100", "MinCount": "3", "MaxCount": "20"},
    "pictures apart": {
        **_PICTURES,
        "PicturesHostedZoneId": "Z2",
        "AccessLogDays": "14",
        "ContainerInsights": "enhanced",
    },
    "pictures apart, once in a public bucket": {
        **_DOMAIN,
        **_PICTURES,
        "PictureAccess": "public-read",
        "AccessLogDays": "1",
        "region": "eu-central-1",
    },
    "smallest": {"Cpu": "256", "Memory": "512", "WebConcurrency": "1", "MinCount": "1", "MaxCount": "1"},
    "roomy": {"Cpu": "1024", "Memory": "2048", "WebConcurrency": "2", "RelayConcurrency": "16"},
    "limits": {
        "UploadUrlTtl": "600",
        "MaxUploadBytes": "5368709120",
        "MaxPixels": "1",
        "WebConcurrency": "4",
        "RelayUploads": "false",
    },
}

Build = Callable[..., Stack]


@pytest.fixture(scope="session")
def template() -> Template:
    return load()


@pytest.fixture(scope="session")
def build() -> Build:
    """Return a function that resolves a template in one of the VARIANTS."""

    def resolve(template: Template, variant: str = "defaults") -> Stack:
        return Stack(template, **(_ALWAYS | VARIANTS[variant]))

    return resolve
