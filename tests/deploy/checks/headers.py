"""What CloudFront adds to answers, and how they travel."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from app.frontend import DECODER, DECODER_POLICY
from tests.deploy.cloudformation import Stack
from tests.deploy.cloudfront import SITE, behaviour, behaviours, distribution, picture_distributions
from tests.deploy.defects import CDN, Defect, drop, put, spell
from tests.deploy.parts import site_domain
from tests.deploy.service import KEYS, NAME, application, storage


def pictures_run_nothing(stack: Stack) -> None:
    for name in picture_distributions(stack):
        headers = _headers(stack, f"/i/{NAME}.png", name)
        assert headers.get("x-content-type-options") == "nosniff"
        assert _directives(headers["content-security-policy"]) == {"default-src": {"'none'"}, "sandbox": set()}
        assert headers["cross-origin-resource-policy"] == "cross-origin"


def pictures_are_listed_nowhere(stack: Stack) -> None:
    for name in picture_distributions(stack):
        assert _headers(stack, f"/i/{NAME}.png", name).get("x-robots-tag") == "noindex"


def page_sends_the_headers_of_the_service(stack: Stack) -> None:
    """CloudFront sends the headers of app/frontend.py, which knows the same hosts."""
    ours = {name.lower(): value for name, value in application(stack).test_client().get("/health").headers.items()}
    page, decoder = _headers(stack, "/"), _headers(stack, f"{DECODER}BBHK6Xtp.js")
    site = f"https://{site_domain(stack)}"
    policy = {name: sources - {site} for name, sources in _directives(ours["content-security-policy"]).items()}
    assert _directives(page["content-security-policy"]) == policy
    assert _directives(decoder["content-security-policy"]) == _directives(DECODER_POLICY)
    of_the_api = ("access-control-", "cache-control", "content-", "vary", "x-request-id")
    for name in (name for name in ours if not name.startswith(of_the_api)):
        assert page.get(name) == decoder.get(name) == ours[name], name


def page_may_reach_the_store(stack: Stack) -> None:
    policy = _directives(_headers(stack, "/")["content-security-policy"])
    upload = urlsplit(storage(stack).sign_upload(KEYS[0], "image/jpeg", 7).url)
    assert upload.netloc == stack.attribute("PictureBucket", "RegionalDomainName")
    assert f"https://{upload.netloc}" in policy["connect-src"]
    link = urlsplit(storage(stack).links.public_url(KEYS[0]))
    shown = {source.replace("'self'", f"https://{site_domain(stack)}") for source in policy["img-src"]}
    assert f"https://{link.netloc}" in shown
    assert "'self'" in policy["connect-src"]


def transport_is_encrypted(stack: Stack) -> None:
    for name in picture_distributions(stack):
        config = distribution(stack, name)
        assert config["HttpVersion"] == "http2and3"
        assert {each["ViewerProtocolPolicy"] for each in behaviours(stack, name)} <= {"redirect-to-https", "https-only"}
        for path in ("/", "/uploads/init", "/health", "/version", "/openapi.json", f"/i/{NAME}.png"):
            assert _headers(stack, path, name).get("strict-transport-security") == f"max-age={2 * 365 * 24 * 60 * 60}"
        ours = ("DomainName", "CertificateArn") if name == SITE else ("PicturesDomain", "PicturesCertificateArn")
        domain, certificate = (stack.parameters[each] for each in ours)
        if domain:
            assert config["Aliases"] == [domain]
            assert config["ViewerCertificate"] == {
                "AcmCertificateArn": certificate,
                "SslSupportMethod": "sni-only",
                "MinimumProtocolVersion": "TLSv1.2_2021",
            }
        else:
            assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


def _directives(policy: str) -> dict[str, set[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: set(sources) for name, *sources in parts}


def _headers(stack: Stack, path: str, name: str = SITE) -> dict[str, str]:
    """Return what CloudFront adds to answers of `path`, whatever the origin says."""
    config = stack[behaviour(stack, path, name)["ResponseHeadersPolicyId"]]["ResponseHeadersPolicyConfig"]
    items: Iterable[dict[str, Any]] = config.get("CustomHeadersConfig", {}).get("Items", [])
    assert all(item["Override"] for item in items)
    headers = {item["Header"].lower(): item["Value"] for item in items}
    for name, value in config["SecurityHeadersConfig"].items():
        assert value["Override"] is True, name
        match name:
            case "ContentTypeOptions":
                headers["x-content-type-options"] = "nosniff"
            case "ContentSecurityPolicy":
                headers["content-security-policy"] = value[name]
            case "ReferrerPolicy":
                headers["referrer-policy"] = value[name]
            case "StrictTransportSecurity":
                headers["strict-transport-security"] = f"max-age={value['AccessControlMaxAgeSec']}"
    return headers


UPLOADS = f"{CDN}/CacheBehaviors/1"
PICTURE_SECURITY = "PictureHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig"
PAGE_SECURITY = "PageHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig"
DECODER_SECURITY = "DecoderHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig"

DEFECTS = [
    Defect("pictures sniffed", pictures_run_nothing, drop(f"{PICTURE_SECURITY}/ContentTypeOptions")),
    Defect(
        "pictures in search engines",
        pictures_are_listed_nowhere,
        drop("PictureHeaders/ResponseHeadersPolicyConfig/CustomHeadersConfig/Items/1"),
    ),
    Defect("pictures not in a sandbox", pictures_run_nothing, spell(PICTURE_SECURITY, "; sandbox", "")),
    Defect(
        "store decides on the headers",
        pictures_run_nothing,
        put(f"{PICTURE_SECURITY}/ContentSecurityPolicy/Override", False),
    ),
    Defect(
        "page lets scripts in",
        page_sends_the_headers_of_the_service,
        spell(PAGE_SECURITY, "script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ),
    Defect(
        "page compiles wasm",
        page_sends_the_headers_of_the_service,
        spell(PAGE_SECURITY, "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"),
    ),
    Defect(
        "decoder fetches",
        page_sends_the_headers_of_the_service,
        spell(DECODER_SECURITY, "default-src 'none'", "default-src 'self'"),
    ),
    Defect(
        "decoder has the page's headers",
        page_sends_the_headers_of_the_service,
        put(f"{CDN}/CacheBehaviors/9/ResponseHeadersPolicyId", {"Ref": "PageHeaders"}),
    ),
    Defect(
        "page without COOP",
        page_sends_the_headers_of_the_service,
        drop("PageHeaders/ResponseHeadersPolicyConfig/CustomHeadersConfig/Items/0"),
    ),
    Defect(
        "CSP without the store",
        page_may_reach_the_store,
        spell(PAGE_SECURITY, "connect-src 'self' ${Store}${Links}", "connect-src 'self'"),
    ),
    Defect(
        "CSP with the global host",
        page_may_reach_the_store,
        spell(PAGE_SECURITY, ".s3.${AWS::Region}.", ".s3."),
        "public-read",
    ),
    Defect(
        "CSP without the pictures' own host",
        page_may_reach_the_store,
        spell(PAGE_SECURITY, "blob: ${Store}${Links}", "blob: ${Store}"),
        "pictures apart",
    ),
    Defect(
        "pictures sniffed on their own host",
        pictures_run_nothing,
        drop(f"{PICTURE_SECURITY}/ContentTypeOptions"),
        "pictures apart",
    ),
    Defect(
        "pictures by plain http on their own host",
        transport_is_encrypted,
        put("PicturesDistribution/DistributionConfig/DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"),
        "pictures apart",
    ),
    Defect(
        "old TLS on the pictures' own host",
        transport_is_encrypted,
        spell("PicturesDistribution/DistributionConfig/ViewerCertificate", "TLSv1.2_2021", "TLSv1"),
        "pictures apart",
    ),
    Defect(
        "old TLS",
        transport_is_encrypted,
        spell(f"{CDN}/ViewerCertificate", "TLSv1.2_2021", "TLSv1"),
        "own domain",
    ),
    Defect(
        "plain http to the API",
        transport_is_encrypted,
        put(f"{UPLOADS}/ViewerProtocolPolicy", "allow-all"),
    ),
    Defect(
        "API without HSTS",
        transport_is_encrypted,
        put("ApiHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig", {}),
    ),
]
