"""CloudWatch's metric filters, as far as the template needs them, on the lines that the service really logs.

Patterns: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import functools
import io
import json
import logging
import re
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from tests.deploy.cloudformation import Stack
from tests.deploy.service import application, container

#: A line of the log, parsed.
Line = dict[str, Any]
#: What a line is of: path and status.
Answer = tuple[str, int]

ANSWERS: list[Answer] = [(f"/uploads/{call}", status) for call in ("init", "complete") for status in (201, 409, 422)]
_TERM = re.compile(r'\$\.(\w+) = (?:"([^"]*)"|(\d+))')


def counters(stack: Stack) -> dict[str, set[Answer]]:
    """Return the metrics that the stack makes of its log, and of which answers to a POST each counts the lines."""
    group = container(stack)["LogConfiguration"]["Options"]["awslogs-group"]
    logged = _logged(application(stack))
    found = {}
    for each in stack.of_type("AWS::Logs::MetricFilter").values():
        (made,) = each["MetricTransformations"]
        assert (made["MetricValue"], made["DefaultValue"]) == ("1", 0)
        if each["LogGroupName"] == group:
            found[f"{made['MetricNamespace']}/{made['MetricName']}"] = {
                (path, status)
                for path, status in ANSWERS
                if _matches(each["FilterPattern"], {**logged[path], "status": status})
            }
    return found


def _matches(pattern: str, found: Line) -> bool:
    assert re.fullmatch(r"\{ .* \}", pattern), f"no pattern for JSON: {pattern}"
    terms = [_TERM.fullmatch(term) for term in pattern[2:-2].split(" && ")]
    assert all(terms), f"unknown pattern: {pattern}"
    return all(
        found.get(term[1]) == (int(term[3]) if term[2] is None else term[2]) for term in terms if term is not None
    )


@functools.cache
def _logged(app: Any) -> dict[str, Line]:
    """Call the service, and return its line for each path."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    app.logger.addHandler(handler)
    for path in {path for path, _ in ANSWERS}:
        app.test_client().post(path, json={})
    app.logger.removeHandler(handler)
    lines = [json.loads(each) for each in written.getvalue().splitlines()]
    return {each["path"]: each for each in lines}
