"""How AWS WAF matches a path, as far as the template needs it. Any other statement is an error.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

Statement = dict[str, Any]


def matches(statement: Statement, path: str) -> bool:
    """Say whether a statement matches a request of `path`, as the client spelt it, without the query."""
    match statement:
        case {"RegexMatchStatement": {"FieldToMatch": {"UriPath": {}}} as wanted}:
            seen = path
            for step in sorted(wanted["TextTransformations"], key=lambda step: step["Priority"]):
                seen = _TRANSFORMATIONS[step["Type"]](seen)
            return re.search(wanted["RegexString"], seen) is not None
    raise AssertionError(f"unknown statement: {statement}")


def normalize(path: str) -> str:
    """Do as NORMALIZE_PATH does: remove repeated slashes, `.` and `..`, except a `..` that leads above the root."""
    kept: list[str] = []
    for segment in re.sub("/+", "/", path).split("/"):
        if segment == ".." and kept and kept[-1] not in ("", ".."):
            kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


_TRANSFORMATIONS: dict[str, Callable[[str], str]] = {
    "NONE": str,
    "LOWERCASE": str.lower,
    "URL_DECODE": unquote,
    "NORMALIZE_PATH": normalize,
}
