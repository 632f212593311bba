"""CloudFront: which behaviour applies to a path, and what its function returns, run in Node."""

import functools
import json
import shutil
import subprocess
from fnmatch import fnmatchcase
from typing import Any

from tests.deploy.cloudformation import Stack

Behaviour = dict[str, Any]

_RUN = """
const { code, uris } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const handler = require('vm').runInNewContext(code + '\\nhandler');
console.log(JSON.stringify(uris.map((uri) => handler({
  version: '1.0', context: { eventType: 'viewer-request' }, viewer: { ip: '203.0.113.7' },
  request: { method: 'GET', uri, querystring: {}, headers: {}, cookies: {} },
}))));
"""


#: The names of the distributions: the site's, and that of pictures with a host of their own.
SITE, PICTURES = "Distribution", "PicturesDistribution"


def picture_distributions(stack: Stack) -> list[str]:
    """Return the distributions that serve pictures."""
    return [SITE, PICTURES] if PICTURES in stack.resources else [SITE]


def distribution(stack: Stack, name: str = SITE) -> dict[str, Any]:
    return stack[name]["DistributionConfig"]


def behaviours(stack: Stack, name: str = SITE) -> list[Behaviour]:
    """Return the behaviours in the order in which CloudFront tries them."""
    config = distribution(stack, name)
    return [*config.get("CacheBehaviors", []), config["DefaultCacheBehavior"]]


def behaviour(stack: Stack, path: str, name: str = SITE) -> Behaviour:
    """Return the first behaviour that matches. https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html"""
    return next(each for each in behaviours(stack, name) if fnmatchcase(path, each.get("PathPattern", "*")))


def origin(stack: Stack, path: str, name: str = SITE) -> dict[str, Any]:
    wanted = behaviour(stack, path, name)["TargetOriginId"]
    return next(each for each in distribution(stack, name)["Origins"] if each["Id"] == wanted)


def rewrite(stack: Stack, paths: list[str], name: str = SITE) -> list[str | int]:
    """Return the path that the origin gets, or the status that the function answers."""
    results: dict[str, str | int] = {}
    functions = {path: _function(stack, behaviour(stack, path, name)) for path in paths}
    for code in set(functions.values()):
        uris = tuple(path for path in paths if functions[path] == code)
        results |= zip(uris, _run(code, uris) if code else uris, strict=True)
    return [results[path] for path in paths]


def _function(stack: Stack, meant: Behaviour) -> str:
    for association in meant.get("FunctionAssociations", []):
        assert association["EventType"] == "viewer-request"
        name, _, attribute = association["FunctionARN"].partition(".")
        assert attribute == "FunctionARN"
        assert stack[name]["AutoPublish"] is True
        return stack[name]["FunctionCode"]
    return ""


@functools.cache
def _run(code: str, uris: tuple[str, ...]) -> list[str | int]:
    node = shutil.which("node")
    assert node, "Node is needed to run CloudFront's functions"
    done = subprocess.run(
        [node, "-e", _RUN],
        input=json.dumps({"code": code, "uris": uris}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [answer.get("uri", answer.get("statusCode")) for answer in json.loads(done.stdout)]
