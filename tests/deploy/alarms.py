"""How CloudWatch evaluates an alarm, as far as the template needs it. Anything else is an error.

Alarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
Expressions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

Alarm = dict[str, Any]
#: Namespace, name, and all dimensions: CloudWatch does not aggregate over a dimension that is left out.
Metric = tuple[str, str, frozenset[tuple[str, str]]]
#: The samples of each minute; a metric without an entry was never published.
Streams = dict[Metric, list[list[float]]]
#: A value for each period that has one.
Series = dict[int, float]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}
_RELATIONS: dict[type[ast.cmpop], Callable[[float, float], float]] = {ast.Gt: operator.gt, ast.Lt: operator.lt}
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def fires(alarm: Alarm, streams: Streams, minutes: int) -> bool:
    """Say whether the alarm goes off at any time within the streams, which are `minutes` long."""
    period = _period(alarm) // 60
    periods = range(minutes // period)
    series = _series(alarm, streams, period, periods)
    breached = [_is_breached(alarm, series.get(each)) for each in periods]
    asked: int = alarm["EvaluationPeriods"]
    wanted: int = alarm.get("DatapointsToAlarm", asked)
    return any(breached[end - asked : end].count(True) >= wanted for end in range(asked, len(breached) + 1))


def _is_breached(alarm: Alarm, value: float | None) -> bool:
    if value is not None:
        return _COMPARISONS[alarm["ComparisonOperator"]](value, float(alarm["Threshold"]))
    match alarm.get("TreatMissingData", "missing"):
        case "breaching":
            return True
        case "notBreaching" | "missing" | "ignore":  # None of the three sets an alarm off.
            return False
    raise AssertionError(f"no such treatment: {alarm['TreatMissingData']}")


def _period(alarm: Alarm) -> int:
    asked = {each["MetricStat"]["Period"] for each in alarm.get("Metrics", []) if "MetricStat" in each}
    (period,) = asked or {alarm["Period"]}
    assert period % 60 == 0
    return int(period)


def _series(alarm: Alarm, streams: Streams, period: int, periods: range) -> Series:
    if "Metrics" not in alarm:
        kept = alarm.get("EvaluateLowSampleCountPercentile", "evaluate") == "ignore"
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return _values(alarm, statistic, streams, period, periods, kept=kept)
    values: dict[str, Series] = {}
    for each in alarm["Metrics"]:
        if "MetricStat" in each:
            meant = each["MetricStat"]
            values[each["Id"]] = _values(meant["Metric"], meant["Stat"], streams, period, periods)
    (returned,) = (each for each in alarm["Metrics"] if each.get("ReturnData", True))
    if "Expression" not in returned:
        return values[returned["Id"]]
    result = _evaluate(ast.parse(returned["Expression"], mode="eval").body, values, periods)
    assert isinstance(result, dict), "an alarm wants a series"
    return result


def _values(
    metric: dict[str, Any], statistic: str, streams: Streams, period: int, periods: range, *, kept: bool = False
) -> Series:
    dimensions = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions", []))
    published = streams.get((metric["Namespace"], metric["MetricName"], dimensions), [])
    values = {}
    for each in periods:
        samples = [sample for minute in published[each * period : (each + 1) * period] for sample in minute]
        # `ignore` keeps the state if a percentile has too few samples to be significant.
        if samples and not (kept and len(samples) < _significant(statistic)):
            values[each] = _statistic(statistic, sorted(samples))
    return values


def _statistic(name: str, samples: list[float]) -> float:
    match name:
        case "Sum":
            return sum(samples)
        case "Average":
            return sum(samples) / len(samples)
        case "Minimum":
            return samples[0]
        case "Maximum":
            return samples[-1]
    assert name.startswith("p"), f"no such statistic: {name}"
    return samples[math.ceil(len(samples) * float(name[1:]) / 100) - 1]


def _significant(percentile: str) -> float:
    part = float(percentile[1:]) / 100
    return 10 / min(part, 1 - part)


def _evaluate(node: ast.expr, values: dict[str, Series], periods: range) -> Series | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[inner, ast.Constant(value=int() | float() as number)]):
            series = _evaluate(inner, values, periods)
            assert isinstance(series, dict)
            return {each: series.get(each, number) for each in periods}
        case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
            chosen, if_so, if_not = (_evaluate(each, values, periods) for each in (condition, yes, no))
            assert isinstance(chosen, dict)
            return {
                each: value[each] if isinstance(value, dict) else value
                for each, holds in chosen.items()
                if not isinstance(value := if_so if holds else if_not, dict) or each in value
            }
        case ast.Compare(left=left, ops=[relation], comparators=[right]):
            return _combine(_RELATIONS[type(relation)], *(_evaluate(side, values, periods) for side in (left, right)))
        case ast.BinOp(left=left, op=op, right=right):
            return _combine(_OPERATORS[type(op)], *(_evaluate(side, values, periods) for side in (left, right)))
    raise AssertionError(f"unknown expression: {ast.unparse(node)}")


def _combine(how: Callable[[float, float], float], left: Series | float, right: Series | float) -> Series | float:
    """Combine by period; the result has a value where both sides have one."""
    match left, right:
        case dict(), dict():
            return {each: how(left[each], right[each]) for each in left.keys() & right.keys()}
        case dict(), int() | float():
            return {each: how(value, right) for each, value in left.items()}
        case int() | float(), dict():
            return {each: how(left, value) for each, value in right.items()}
        case int() | float(), int() | float():
            return how(left, right)
    raise AssertionError(f"neither a series nor a number: {left}, {right}")
