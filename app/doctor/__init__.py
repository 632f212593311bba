"""`flask storage check`: goes the whole way of a picture, tries what must be refused, and says how to mend the rest."""

from collections.abc import Iterator

from app.doctor import connection, journey, refusals, setting
from app.doctor.case import Case, Check, Finding, Inapplicable, Untried, Wrong, describe
from app.doctor.setting import WITHOUT
from app.errors import StoreUnavailable

__all__ = ["WITHOUT", "Case", "Finding", "ask", "examine"]

_TRACES = "Lifecycle rules, or `flask --app wsgi storage expire`, remove them in a day or two"

CHECKS = (*connection.CHECKS, *setting.CHECKS, *journey.CHECKS, *refusals.CHECKS)


def examine(case: Case) -> Iterator[Finding]:
    """Yield what each check finds, one after the other; remove every trace of them at the end."""
    try:
        for check in CHECKS:
            yield ask(case, check)
    finally:
        left = case.clear()
    if left:
        yield Finding("traces", False, f"Not removed: {', '.join(left)}.", _TRACES)


def ask(case: Case, check: Check) -> Finding:
    """Return what one check finds."""
    if premise := next((name for name in check.needs if name in case.broken), None):
        return _untried(case, check, premise)
    try:
        return Finding(check.name, True, check.ask(case))
    except Inapplicable as found:
        return Finding(check.name, None, found.detail, found.remedy)
    except Untried as found:
        return _untried(case, check, str(found))
    except Wrong as found:
        case.broken[check.name] = check.name
        return Finding(check.name, False, found.detail, found.remedy)
    except StoreUnavailable as error:
        case.broken[check.name] = check.name
        return Finding(check.name, False, describe(error), error.remedy)


def _untried(case: Case, check: Check, premise: str) -> Finding:
    case.broken[check.name] = cause = case.broken[premise]
    return Finding(check.name, None, f"Not tried: mend “{cause}” first.")
