"""The rate rule counts every way in which a client can spell a call of the API."""

import functools
import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.http import RequestParser
from gunicorn.util import unquote_to_wsgi_str
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from tests.deploy import waf
from tests.deploy.cloudformation import Stack, Template
from tests.deploy.cloudfront import behaviour
from tests.deploy.conftest import Build
from tests.deploy.defects import Check, Defect, assert_caught, put
from tests.deploy.service import KEYS, application

RATE = "WebAcl/Rules/0/Statement/RateBasedStatement/ScopeDownStatement/RegexMatchStatement"


def every_spelling_of_an_upload_is_counted(stack: Stack) -> None:
    """Every path that reaches a view of uploads is counted, and CloudFront sends it to the API or nowhere."""
    accepted = _accepted(application(stack))
    assert len(accepted) > 100
    assert {"/uploads", "/uploads/init", "/albums", "/upload", "/api/1/upload"} <= set(accepted)
    for path in accepted:
        assert _counted(stack, path), path
        # CloudFront chooses the behaviour by the normalized path, and sends the path unchanged ("Path pattern" in
        # its guide). If the behaviour is not the API's, the page's bucket gets the request, and accepts no POST.
        for seen in (path, _as_cloudfront_matches(path)):
            meant = behaviour(stack, seen)
            assert meant["TargetOriginId"] == "api" or "POST" not in meant["AllowedMethods"], path
    assert behaviour(stack, _as_cloudfront_matches("/%75ploads/init"))["TargetOriginId"] == "api"


def pictures_and_page_are_not_counted(stack: Stack) -> None:
    paths = ["/", "/index.html", "/assets/index-DOVcfo3V.js", "/delete", "/history", "/health", "/version"]
    paths += [spelt for key in KEYS for spelt in (f"/i/{key}", f"/%69/{key}", f"//i/{key}", f"/uploads/%2e%2e/i/{key}")]
    assert [path for path in paths if _counted(stack, path)] == []


CHECKS = [every_spelling_of_an_upload_is_counted, pictures_and_page_are_not_counted]


@functools.cache
def _accepted(app: Flask) -> list[str]:
    """Return each spelling that reaches a view of uploads."""
    # CloudFront gives `POST /` to no origin: there is the page.
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("uploads.", "albums.", "relay."))]
    rules = [rule for rule in rules if rule.rule != "/"]
    return [path for rule in rules for path in _spellings(rule.rule) if _reaches(app, rule, path)]


def _counted(stack: Stack, path: str) -> bool:
    (rule,) = stack["WebAcl"]["Rules"]
    return waf.matches(rule["Statement"]["RateBasedStatement"]["ScopeDownStatement"], path)


def _reaches(app: Flask, rule: Rule, path: str) -> bool:
    """Let gunicorn parse the path, and Flask find the view."""
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: img.example.org\r\n\r\n"
    parsed = next(RequestParser(Config(), iter([head.encode()]), ("203.0.113.7", 1)))
    decoded = unquote_to_wsgi_str(parsed.path).encode("latin-1").decode(errors="replace")
    try:
        endpoint, _ = app.url_map.bind("img.example.org").match(decoded, method)
    except (HTTPException, RequestRedirect):
        return False
    return endpoint == rule.endpoint


def _spellings(path: str) -> Iterator[str]:
    """Yield spellings of a path that somebody may try: each character encoded, each start, slashes and dots added."""
    yield path
    yield path.upper()
    places = range(1, len(path))
    for encoded in [*((place,) for place in places), *(range(1, end + 1) for end in places)]:
        spelt = "".join(f"%{ord(char):02x}" if place in encoded else char for place, char in enumerate(path))
        yield from (spelt, spelt.upper().replace("%2F", "%2f"), spelt.replace("%", "%25"))
    first = path.split("/")[1]
    for before in ("/", "/x/..", "/i/..", "/.", "/%2e", "/x/%2e%2e", "/x%2f..", "/..", "/%2f", f"/{first}/.."):
        yield before + path
        yield before + path.replace("/u", "/%75", 1)
    for after in ("/", "//", "/.", "/x/..", ";x", "%3f", "%00"):
        yield path + after
    yield path.replace("/", "//")
    yield path.replace("/", "\\").replace("\\", "/", 1)


def _as_cloudfront_matches(path: str) -> str:
    """Decode unreserved characters (RFC 3986), then remove dot segments and repeated slashes."""

    def decode(code: re.Match[str]) -> str:
        char = unquote(code[0])
        return char if re.fullmatch(r"[\w.~-]", char, re.ASCII) else code[0]

    return waf.normalize(re.sub("%[0-9A-Fa-f]{2}", decode, path))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_deployed(check: Check, template: Template, build: Build) -> None:
    check(build(template, "watched"))


@pytest.mark.parametrize(
    "defect",
    [
        Defect(
            "path looked at as it came",
            every_spelling_of_an_upload_is_counted,
            put(f"{RATE}/TextTransformations", [{"Priority": 0, "Type": "NONE"}]),
            "watched",
        ),
        Defect(
            "path not decoded",
            every_spelling_of_an_upload_is_counted,
            put(f"{RATE}/TextTransformations", [{"Priority": 0, "Type": "NORMALIZE_PATH"}]),
            "watched",
        ),
        Defect(
            "path decoded and not normalized",
            pictures_and_page_are_not_counted,
            put(f"{RATE}/TextTransformations", [{"Priority": 0, "Type": "URL_DECODE"}]),
            "watched",
        ),
        Defect(
            "dots looked for before they are decoded",
            pictures_and_page_are_not_counted,
            put(
                f"{RATE}/TextTransformations",
                [{"Priority": 1, "Type": "URL_DECODE"}, {"Priority": 0, "Type": "NORMALIZE_PATH"}],
            ),
            "watched",
        ),
        Defect("everything is counted", pictures_and_page_are_not_counted, put(f"{RATE}/RegexString", "^/"), "watched"),
        Defect(
            "wherever the word stands",
            pictures_and_page_are_not_counted,
            put(f"{RATE}/RegexString", "/(upload|api/|index)"),
            "watched",
        ),
        Defect(
            "uploads of the page alone",
            every_spelling_of_an_upload_is_counted,
            put(f"{RATE}/RegexString", "^/uploads"),
            "watched",
        ),
        Defect(
            "only init as it is spelt in the docs",
            every_spelling_of_an_upload_is_counted,
            put(f"{RATE}/RegexString", "^/uploads/init"),
            "watched",
        ),
    ],
    ids=lambda defect: defect.name,
)
def test_defect_is_caught(defect: Defect, template: Template, build: Build) -> None:
    assert_caught(defect, template, build)
