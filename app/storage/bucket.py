"""What the bucket must be configured with, as the values that S3's API takes, and how that joins what it has already.

The `merge_…` functions replace what set-up wrote before, and keep whatever somebody else did.
"""

import json
from typing import TYPE_CHECKING, Any, Final

from app.storage.objects import ALBUMS, LIFETIMES, PUBLIC

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import PublicAccessBlockConfigurationTypeDef

#: The headers that a page may send with a PUT: those that `Storage.sign_upload` tells it to.
UPLOAD_HEADERS: Final = ["content-type", "if-none-match", "x-amz-checksum-sha256"]
#: What a page does at the store: it PUTs pictures, and looks at them.
METHODS: Final = ["PUT", "GET", "HEAD"]

# The names by which set-up knows its own statement and its own rule again.
_SID: Final = "AnyoneReadsPictures"
_RULE: Final = "image-host"


def cors(origins: list[str]) -> dict[str, Any]:
    """Let the pages of `origins` PUT pictures and look at them."""
    return {
        "ID": _RULE,
        "AllowedOrigins": origins,
        "AllowedMethods": METHODS,
        "AllowedHeaders": UPLOAD_HEADERS,
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3600,
    }


def merge_cors(rules: list[dict[str, Any]], origins: list[str]) -> list[dict[str, Any]]:
    """Return `rules` with our own for `origins`; as they are, where none is ours and those of others suffice."""
    foreign = [rule for rule in rules if not _is_our_rule(rule)]
    if len(foreign) == len(rules) and not lacking_cors(rules, origins):
        return rules
    return [*foreign, cors(origins)]


def _is_our_rule(rule: dict[str, Any]) -> bool:
    # By its form: earlier versions gave it no ID, and not every store keeps one.
    form = [sorted(rule.get(name, [])) for name in ("AllowedMethods", "AllowedHeaders", "ExposeHeaders")]
    return rule.get("ID") == _RULE or form == [sorted(METHODS), UPLOAD_HEADERS, ["ETag"]]


def lacking_cors(rules: list[dict[str, Any]], origins: list[str]) -> list[str]:
    """Say what pages of `origins` need and no rule lets them do."""
    lacking = []
    for origin in origins:
        # A store goes by the first rule that fits the origin and the method.
        ours = [rule for rule in rules if _fits(rule["AllowedOrigins"], origin)]
        rule = next((rule for rule in ours if "PUT" in rule["AllowedMethods"]), ours[0] if ours else None)
        if rule is None:
            lacking.append(f"no rule is for pages of {origin}")
            continue
        methods = {method for rule in ours for method in rule["AllowedMethods"]}
        headers = [name for name in UPLOAD_HEADERS if not _fits(rule.get("AllowedHeaders", []), name)]
        lacking += [f"pages of {origin} may not {method}" for method in METHODS if method not in methods]
        lacking += [f"pages of {origin} may not send {name}" for name in headers]
    return lacking


def _fits(patterns: list[str], text: str) -> bool:
    """Say whether one of `patterns`, each with one * at most, fits `text`."""
    for pattern in patterns:
        start, star, end = pattern.lower().partition("*")
        if text.lower() == start if not star else text.lower().startswith(start) and text.lower().endswith(end):
            return True
    return False


def statement(bucket: str, referer: str | None = None) -> dict[str, Any]:
    """Let anyone read what is published, and nothing else.

    With a `referer`, only those who send this secret as their Referer: the edge, in front of a store that nobody else
    may ask.
    """
    made: dict[str, Any] = {
        "Sid": _SID,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{PUBLIC}*",
    }
    if referer:
        made["Condition"] = {"StringEquals": {"aws:Referer": referer}}
    return made


def merge_policy(found: str | None, bucket: str, referer: str | None = None) -> str:
    """Return the policy `found`, as JSON, with our own statement; as it is where a CDN alone reads the pictures."""
    document = json.loads(found) if found else {"Version": "2012-10-17"}
    statements = [each for each in statements_of(found) if not _is_our_statement(each, bucket)]
    if found and is_left_to_cdn(found, bucket):
        return found
    return json.dumps({**document, "Statement": [*statements, statement(bucket, referer)]})


def is_left_to_cdn(policy: str | None, bucket: str) -> bool:
    """Say whether CloudFront reads the pictures by this policy, and nobody else does: then nothing need be public."""
    statements = statements_of(policy)
    readers = [each for each in statements if is_readable([each], bucket)]
    return bool(readers) and all(_is_cdn(each) for each in readers)


def statements_of(policy: str | None) -> list[dict[str, Any]]:
    """Return the statements of a policy; of none, none."""
    statements = json.loads(policy)["Statement"] if policy else []
    return statements if isinstance(statements, list) else [statements]


def _is_our_statement(each: dict[str, Any], bucket: str) -> bool:
    own = statement(bucket)
    form = (each.get("Effect"), _list(each.get("Action")), _list(each.get("Resource")))
    plain = set(each.get("Condition", {})) <= {"StringEquals"}
    keys = {key for keys in each.get("Condition", {}).values() for key in keys}
    ours = form == ("Allow", [own["Action"]], [own["Resource"]]) and _is_everybody(each)
    return each.get("Sid") == _SID or (ours and plain and keys <= {"aws:Referer"})


def is_readable(statements: list[dict[str, Any]], bucket: str, referer: str | None = None) -> bool:
    """Say whether strangers, or a CDN, may read the pictures. With a `referer`, that is, those who send it."""
    wanted = statement(bucket, referer).get("Condition")
    for each in statements:
        reads = {"s3:getobject", "s3:get*", "s3:*", "*"} & {action.lower() for action in _list(each.get("Action"))}
        covers = any(_fits([pattern], f"arn:aws:s3:::{bucket}/{PUBLIC}x") for pattern in _list(each.get("Resource")))
        asks = each.get("Condition") in (None, wanted) and _is_everybody(each)
        if each["Effect"] == "Allow" and reads and covers and (asks or _is_cdn(each)):
            return True
    return False


def too_wide(statements: list[dict[str, Any]], bucket: str, referer: str | None = None) -> list[str]:
    """Say what else strangers may do. A condition of somebody else's is taken to keep them out."""
    wide = []
    for each in statements:
        condition = each.get("Condition")
        if each["Effect"] != "Allow" or not (_is_cdn(each) or (_is_everybody(each) and not condition)):
            continue
        resources = _list(each.get("Resource")) or ["everything but a few"]
        actions = [action.lower() for action in _list(each.get("Action")) or ["everything but a few"]]
        if _is_cdn(each):  # It lists to tell 404 from 403.
            actions = [action for action in actions if action != "s3:listbucket"]
        wide += [f"{action} on {resources[0]}" for action in actions if action != "s3:getobject"]
        pictures = f"{bucket}/{PUBLIC}"
        if "s3:getobject" in actions:
            elsewhere = [name for name in resources if not name.rpartition(":::")[2].startswith(pictures)]
            wide += [f"read {name}" for name in elsewhere if "/" in name or "*" in name]
        if referer and _is_everybody(each):
            wide.append("read pictures past the edge, which alone may ask the store for them")
    return wide


def _is_everybody(each: dict[str, Any]) -> bool:
    principal = each.get("Principal")
    return "NotPrincipal" in each or "*" in _list(principal.get("AWS") if isinstance(principal, dict) else principal)


def _is_cdn(each: dict[str, Any]) -> bool:
    principal = each.get("Principal")
    return isinstance(principal, dict) and "cloudfront.amazonaws.com" in _list(principal.get("Service"))


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def merge_lifecycle(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `rules` with one that expires each prefix of LIFETIMES; what else a rule of such a prefix does stays."""
    merged = [{**rule, **_expiry(_prefix(rule))} if _prefix(rule) in LIFETIMES else rule for rule in rules]
    there = {_prefix(rule) for rule in rules}
    return merged + [
        {"ID": prefix, "Filter": {"Prefix": prefix}, **_expiry(prefix)} for prefix in LIFETIMES if prefix not in there
    ]


def _expiry(prefix: str) -> dict[str, Any]:
    return {"Status": "Enabled", "Expiration": {"Days": LIFETIMES[prefix]}}


def _prefix(rule: dict[str, Any]) -> str:
    found = rule.get("Filter", {}).get("Prefix", rule.get("Prefix"))
    return "" if found is None else str(found)


def lacking_lifecycle(rules: list[dict[str, Any]]) -> list[str]:
    """Say which prefixes no rule expires after their days."""
    days = {
        _prefix(rule): rule.get("Expiration", {}).get("Days")
        for rule in rules
        if rule["Status"] == "Enabled" and _prefix(rule) in LIFETIMES
    }
    return [f"{prefix} after {count} d" for prefix, count in LIFETIMES.items() if days.get(prefix) != count]


def harmful_lifecycle(rules: list[dict[str, Any]]) -> list[str]:
    """Say which rules delete pictures or albums that are to stay: their links would die."""
    return [
        f"rule {rule.get('ID', '')!r} deletes whatever begins with {_prefix(rule)!r}"
        for rule in rules
        if rule["Status"] == "Enabled" and rule.get("Expiration", {}).keys() & {"Days", "Date"}
        if any(kept.startswith(_prefix(rule)) for kept in (PUBLIC, ALBUMS))
        if not rule.get("Filter", {}).keys() & {"And", "Tag"}
    ]


def public_access_block(*, aws: bool) -> "PublicAccessBlockConfigurationTypeDef":
    """Let the policy through, and no ACL."""
    return {
        # Ceph 16 would refuse every PUT, as if each carried a public ACL; there, ignoring ACLs is enough.
        "BlockPublicAcls": aws,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
