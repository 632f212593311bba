"""Each alarm goes off in the fault that it is for, and in no other."""

import pytest

from tests.deploy.alarms import fires
from tests.deploy.cloudformation import Stack, Template
from tests.deploy.conftest import VARIANTS, Build
from tests.deploy.defects import Check, Defect, append, assert_caught, drop, put, resource, spell
from tests.deploy.faults import FAULTS, HEALTH, Minute, Scenario, streams


def alarms_go_off_on_their_fault(stack: Stack) -> None:
    named = {name for fault in FAULTS for name in fault.alarms}
    assert stack.of_type("AWS::CloudWatch::Alarm").keys() == named - _left_out(stack), "an alarm that no fault sets off"
    for fault in FAULTS:
        for fired in _fired(stack, fault):
            assert fault.alarms - _left_out(stack) <= fired, fault.name


def alarms_are_silent_in_health(stack: Stack) -> None:
    for health in HEALTH:
        for fired in _fired(stack, health):
            assert not fired, health.name


ERRORS = "ErrorAlarm/Metrics"
CHECKS = [alarms_go_off_on_their_fault, alarms_are_silent_in_health]


def _left_out(stack: Stack) -> set[str]:
    """Return the alarms on what this stack has no metrics of."""
    left_out = {"PicturesErrorAlarm"} if not stack.parameters["PicturesDomain"] else set()
    return left_out if stack.region == "us-east-1" else {"EdgeErrorAlarm", "PicturesErrorAlarm"}


def _fired(stack: Stack, scenario: Scenario) -> list[set[str]]:
    """Return the alarms that go off, however the scenario falls into CloudWatch's periods of up to 15 minutes."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    fewest = int(stack.parameters["MinCount"])
    length = len(scenario.minutes(fewest)) + 20
    published = streams(stack, [Minute(fewest)] * 45 + scenario.minutes(fewest) + [Minute(fewest)] * 20)
    fired = []
    for skipped in range(15):
        later = {metric: samples[skipped:] for metric, samples in published.items()}
        fired.append({name for name, alarm in alarms.items() if fires(alarm, later, 45 - skipped + length)})
    return fired


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "first deploy"])
def test_deployed(check: Check, variant: str, template: Template, build: Build) -> None:
    check(build(template, variant))


def test_a_single_task_is_watched_too(template: Template, build: Build) -> None:
    one = dict(template["Parameters"]["MinCount"], Default=1)
    stack = build({**template, "Parameters": {**template["Parameters"], "MinCount": one}})
    for check in CHECKS:
        check(stack)


def test_first_deploy_sets_nothing_off(template: Template, build: Build) -> None:
    alarms = build(template, "first deploy").of_type("AWS::CloudWatch::Alarm")
    assert not [name for name, alarm in alarms.items() if fires(alarm, {}, 60)]


def unhealthy(template: Template) -> None:
    """Replace it by the alarm that the template had before."""
    template["Resources"]["FewHealthyAlarm"]["Properties"] |= {
        "MetricName": "UnHealthyHostCount",
        "Statistic": "Minimum",
        "EvaluationPeriods": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
    }


def mean(template: Template) -> None:
    alarm = template["Resources"]["SlowAlarm"]["Properties"]
    del alarm["ExtendedStatistic"]
    alarm["Statistic"] = "Average"


_GOES_OFF, _SILENT = CHECKS
DEFECTS = [
    # Dimensions: a metric that nobody publishes.
    Defect("5xx by the load balancer's DNS name", _GOES_OFF, spell("ErrorAlarm", "LoadBalancerFullName", "DNSName")),
    Defect("5xx of tasks without a dimension", _GOES_OFF, put(f"{ERRORS}/1/MetricStat/Metric/Dimensions", [])),
    Defect(
        "5xx of the load balancer by target group",
        _GOES_OFF,
        append(
            f"{ERRORS}/2/MetricStat/Metric/Dimensions",
            {"Name": "TargetGroup", "Value": {"Fn::GetAtt": ["TargetGroup", "TargetGroupFullName"]}},
        ),
    ),
    Defect(
        "seconds by the load balancer's ARN",
        _GOES_OFF,
        put("SlowAlarm/Dimensions/0/Value", {"Ref": "Alb"}),
    ),
    Defect("CPU by the service's ARN", _GOES_OFF, put("CpuAlarm/Dimensions/1/Value", {"Ref": "Service"})),
    Defect("CPU of a cluster in another namespace", _GOES_OFF, put("CpuAlarm/Namespace", "ECS/ContainerInsights")),
    Defect("tasks without their target group", _SILENT, drop("NoneHealthyAlarm/Dimensions/1")),
    Defect(
        "tasks by the target group's ARN", _SILENT, put("FewHealthyAlarm/Dimensions/1/Value", {"Ref": "TargetGroup"})
    ),
    # No data.
    Defect("no FILL", _GOES_OFF, put(f"{ERRORS}/0/Expression", "api + alb")),
    Defect("FILL of one", _GOES_OFF, put(f"{ERRORS}/0/Expression", "FILL(api, 0) + alb")),
    Defect("5xx of tasks alone", _GOES_OFF, put(f"{ERRORS}/0/Expression", "FILL(api, 0)")),
    Defect("all is well where no task is left", _GOES_OFF, put("NoneHealthyAlarm/TreatMissingData", "notBreaching")),
    Defect("fewer is well where none is left", _GOES_OFF, put("FewHealthyAlarm/TreatMissingData", "notBreaching")),
    Defect("nothing said of missing data", _GOES_OFF, drop("NoneHealthyAlarm/TreatMissingData")),
    Defect("a quiet night is an outage", _SILENT, put("SlowAlarm/TreatMissingData", "breaching")),
    Defect("slow only where there are many", _GOES_OFF, put("SlowAlarm/EvaluateLowSampleCountPercentile", "ignore")),
    # Statistics, thresholds and times.
    Defect("unhealthy tasks counted, which ECS ends", _GOES_OFF, unhealthy),
    Defect("a task short, without a pause", _GOES_OFF, drop("FewHealthyAlarm/DatapointsToAlarm")),
    Defect("a task short for a minute", _SILENT, put("FewHealthyAlarm/DatapointsToAlarm", 1)),
    Defect("one of many is enough", _GOES_OFF, put("FewHealthyAlarm/Threshold", 1)),
    Defect("fewer than the most", _SILENT, put("FewHealthyAlarm/Threshold", {"Ref": "MaxCount"})),
    Defect("5xx by their average", _GOES_OFF, spell(ERRORS, "Sum", "Average")),
    Defect("any 5xx", _SILENT, put("ErrorAlarm/Threshold", 0)),
    Defect("the other way round", _SILENT, put("NoneHealthyAlarm/ComparisonOperator", "GreaterThanThreshold")),
    Defect("the mean of all calls", _GOES_OFF, mean),
    Defect("milliseconds", _GOES_OFF, put("SlowAlarm/Threshold", 3000)),
    Defect("a part of one for CPU", _SILENT, put("CpuAlarm/Threshold", 0.85)),
    Defect("CPU for an hour", _GOES_OFF, put("CpuAlarm/EvaluationPeriods", 12)),
    Defect("CPU for a moment", _SILENT, put("CpuAlarm/EvaluationPeriods", 1)),
    # CloudFront, and the lines of the log.
    Defect("CloudFront's errors by region", _GOES_OFF, spell("EdgeErrorAlarm/Metrics", "Global", "us-east-1")),
    Defect(
        "CloudFront's requests of nothing", _GOES_OFF, drop("EdgeErrorAlarm/Metrics/2/MetricStat/Metric/Dimensions/1")
    ),
    Defect("one request that fails", _SILENT, put("EdgeErrorAlarm/Metrics/0/Expression", "rate * 1")),
    Defect("many requests, whatever fails", _SILENT, put("EdgeErrorAlarm/Metrics/0/Expression", "requests * 1")),
    Defect(
        "the site's errors in place of the pictures'",
        _GOES_OFF,
        spell("PicturesErrorAlarm/Metrics", "PicturesDistribution", "Distribution"),
        "pictures apart",
    ),
    Defect("refused calls begin an upload", _SILENT, spell("BegunFilter/FilterPattern", " && $.status = 201", "")),
    Defect(
        "refused calls complete an upload",
        _GOES_OFF,
        spell("CompletedFilter/FilterPattern", " && $.status = 201", ""),
    ),
    Defect("status as a text", _GOES_OFF, spell("BegunFilter/FilterPattern", "201", '"201"')),
    Defect("path of another call", _GOES_OFF, spell("BegunFilter/FilterPattern", "/init", "/begin")),
    Defect("field that no line has", _SILENT, spell("CompletedFilter/FilterPattern", "$.path", "$.url")),
    Defect("lines of another log", _GOES_OFF, put("BegunFilter/LogGroupName", {"Fn::Sub": "/ecs/${AWS::Region}"})),
    Defect(
        "metrics of another name",
        _SILENT,
        put("UnfinishedAlarm/Metrics/2/MetricStat/Metric/MetricName", "UploadsComplete"),
    ),
    Defect("two who never came back", _SILENT, spell("UnfinishedAlarm/Metrics/0/Expression", "begun > 4", "begun > 2")),
    Defect("only where hundreds begin", _GOES_OFF, spell("UnfinishedAlarm/Metrics/0/Expression", "> 4", "> 400")),
    Defect("nearly all must be completed", _SILENT, spell("UnfinishedAlarm/Metrics/0/Expression", "2 *", "1 *")),
    Defect("a burst is enough", _SILENT, put("UnfinishedAlarm/DatapointsToAlarm", 1)),
    Defect("an alarm that no fault sets off", _GOES_OFF, resource("New", "AWS::CloudWatch::Alarm", {})),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_defect_is_caught(defect: Defect, template: Template, build: Build) -> None:
    assert_caught(defect, template, build)
