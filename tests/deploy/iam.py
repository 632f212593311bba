"""How IAM decides, as far as the template needs it. An unknown operator of a condition is an error."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

Statement = dict[str, Any]

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "ArnLike": fnmatchcase,
    "Bool": str.__eq__,
    "NumericGreaterThan": lambda actual, wanted: float(actual) > float(wanted),
}


def allows(
    statements: Iterable[Statement],
    action: str,
    resource: str = "",
    principal: str | None = None,
    **context: str,
) -> bool:
    """Say whether one set of statements allows a request; leave `principal` out for those of a role.

    Condition keys are spelt with _ for the colon: `aws_SourceArn`.
    """
    effects = {
        statement["Effect"]
        for statement in statements
        if _matches(statement["Action"], action, fold=True)
        and _matches(statement.get("Resource", "*"), resource)
        and _is_meant(statement, principal)
        and _holds(statement.get("Condition", {}), context)
    }
    return effects == {"Allow"}


def denies(statements: Iterable[Statement], *request: str, **context: Any) -> bool:
    """Say whether a statement explicitly denies the request, which no Allow can undo."""
    only = [{**statement, "Effect": "Allow"} for statement in statements if statement["Effect"] == "Deny"]
    return allows(only, *request, **context)


def _is_meant(statement: Statement, principal: str | None) -> bool:
    if principal is None:
        return "Principal" not in statement
    meant = statement["Principal"]
    return meant == "*" or any(_matches(who, principal) for who in meant.values())


def _holds(conditions: dict[str, dict[str, str | list[str]]], context: dict[str, str]) -> bool:
    return all(
        (actual := context.get(key.replace(":", "_"))) is not None
        # Of several values one suffices.
        and any(_OPERATORS[operator](actual, wanted) for wanted in ([values] if isinstance(values, str) else values))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _matches(patterns: str | list[str], value: str, *, fold: bool = False) -> bool:
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        if fnmatchcase(value.lower(), pattern.lower()) if fold else fnmatchcase(value, pattern):
            return True
    return False
