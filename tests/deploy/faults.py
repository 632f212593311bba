"""What AWS publishes about a service in each minute: in health, and in each fault that has an alarm.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.deploy import logs
from tests.deploy.alarms import Streams
from tests.deploy.cloudformation import Stack
from tests.deploy.cloudfront import picture_distributions


@dataclass(frozen=True)
class Minute:
    """Tasks that answer /health and that don't, seconds of each call, 5xx of tasks and of the load balancer, CPU.

    Then uploads begun, completed, and refused at each of the two; requests to each distribution, and how many of those
    to the site's and to the pictures' own failed.
    """

    healthy: int = 2
    unhealthy: int = 0
    calls: tuple[float, ...] = (0.02,) * 60
    failed: int = 0
    refused: int = 0
    cpu: float = 30.0
    begun: int = 3
    completed: int = 3
    not_begun: int = 2
    not_completed: int = 2
    requests: int = 300
    failed_at_edge: int = 0
    failed_at_edge_of_pictures: int = 0


@dataclass(frozen=True)
class Scenario:
    name: str
    #: Made from the fewest tasks that the stack asks for.
    minutes: Callable[[int], list[Minute]]
    #: The alarms that must go off: none if nothing is wrong.
    alarms: frozenset[str] = frozenset()


def streams(stack: Stack, minutes: list[Minute]) -> Streams:
    """Return the published samples, under the dimensions of this stack's resources."""
    balancer = ("LoadBalancer", stack.attribute("Alb", "LoadBalancerFullName"))
    target = ("TargetGroup", stack.attribute("TargetGroup", "TargetGroupFullName"))
    cluster, service = ("ClusterName", stack.ref("Cluster")), ("ServiceName", stack.attribute("Service", "Name"))
    counters = logs.counters(stack)
    published: Streams = defaultdict(lambda: [[] for _ in minutes])

    def publish(at: int, metric: str, samples: list[float], *places: frozenset[tuple[str, str]]) -> None:
        namespace, _, name = metric.rpartition("/")
        for place in places:
            published[namespace, name, place][at] = samples

    lb, both, ecs = frozenset({balancer}), frozenset({balancer, target}), frozenset({cluster, service})
    for at, minute in enumerate(minutes):
        # For registered targets only; each of the two zones reports.
        if minute.healthy or minute.unhealthy:
            publish(at, "AWS/ApplicationELB/HealthyHostCount", [minute.healthy] * 2, both)
            publish(at, "AWS/ApplicationELB/UnHealthyHostCount", [minute.unhealthy] * 2, both)
            publish(at, "AWS/ECS/CPUUtilization", [minute.cpu], ecs, frozenset({cluster}))
            publish(at, "AWS/ECS/MemoryUtilization", [40.0], ecs, frozenset({cluster}))
        # The others are published only if there is something to count.
        if minute.calls:
            publish(at, "AWS/ApplicationELB/TargetResponseTime", list(minute.calls), lb, both)
            publish(at, "AWS/ApplicationELB/RequestCount", [len(minute.calls)], lb, both)
        if minute.not_begun:
            publish(at, "AWS/ApplicationELB/HTTPCode_Target_4XX_Count", [minute.not_begun], lb, both)
        if minute.failed:
            publish(at, "AWS/ApplicationELB/HTTPCode_Target_5XX_Count", [minute.failed], lb, both)
        if minute.refused:
            publish(at, "AWS/ApplicationELB/HTTPCode_ELB_5XX_Count", [minute.refused], lb)
        lines = {
            ("/uploads/init", 201): minute.begun,
            ("/uploads/init", 422): minute.not_begun,
            ("/uploads/complete", 201): minute.completed,
            ("/uploads/complete", 409): minute.not_completed,
        }
        for name, counts in counters.items() if any(lines.values()) else ():
            publish(at, name, [sum(number for line, number in lines.items() if line in counts)], frozenset())
        failed_at_edge = (minute.failed_at_edge, minute.failed_at_edge_of_pictures)
        for distribution, failed in zip(picture_distributions(stack), failed_at_edge, strict=False):
            if minute.requests:
                edge = frozenset({("DistributionId", stack.ref(distribution)), ("Region", "Global")})
                publish(at, "AWS/CloudFront/Requests", [minute.requests], edge)
                publish(at, "AWS/CloudFront/BytesDownloaded", [200_000 * minute.requests], edge)
                publish(at, "AWS/CloudFront/4xxErrorRate", [1.0], edge)
                publish(at, "AWS/CloudFront/5xxErrorRate", [100 * failed / minute.requests], edge)
    return dict(published)


def _lasting(length: int, **changes: Any) -> Callable[[int], list[Minute]]:
    return lambda fewest: [replace(Minute(healthy=fewest), **changes)] * length


def _one_ends_again_and_again(fewest: int) -> list[Minute]:
    """A task does not answer; ECS ends it, and the next one counts as neither until its first check."""
    loop = [Minute(healthy=fewest - 1, unhealthy=unhealthy) for unhealthy in (0, 0, 1)]
    return loop * 5


def _one_lives_for_a_while(fewest: int) -> list[Minute]:
    """A task runs out of memory after three minutes, and the next takes two to start."""
    return ([Minute(healthy=fewest)] * 3 + [Minute(healthy=fewest - 1)] * 2) * 4


def _deploy(fewest: int) -> list[Minute]:
    counts = [fewest, fewest, fewest + 1, 2 * fewest, 2 * fewest, fewest, fewest]
    return [Minute(healthy=count, unhealthy=int(count == fewest + 1), cpu=70.0) for count in counts]


def _replaced(fewest: int) -> list[Minute]:
    """The machine below a task is retired."""
    return [Minute(healthy=fewest), *[Minute(healthy=max(fewest - 1, 0))] * 2, *[Minute(healthy=fewest)] * 20]


def _completed_later(fewest: int) -> list[Minute]:
    """Every quarter of an hour twenty uploads begin, and take four minutes."""
    quiet = Minute(fewest, begun=0, completed=0)
    return [replace(quiet, begun=20), *[quiet] * 3, replace(quiet, completed=20), *[quiet] * 10] * 6


FAULTS = [
    Scenario("the store is down", _lasting(10, failed=4), frozenset({"ErrorAlarm"})),
    Scenario("workers die", _lasting(10, refused=4), frozenset({"ErrorAlarm"})),
    Scenario("some of both", _lasting(10, failed=2, refused=2), frozenset({"ErrorAlarm"})),
    Scenario(
        "no task is left",
        lambda fewest: [Minute(healthy=0, calls=())] * 5,
        frozenset({"NoneHealthyAlarm", "FewHealthyAlarm"}),
    ),
    Scenario(
        "no task answers",
        lambda fewest: [Minute(healthy=0, unhealthy=fewest, calls=())] * 5,
        frozenset({"NoneHealthyAlarm", "FewHealthyAlarm"}),
    ),
    Scenario(
        "a task hangs, and nobody ends it",
        lambda fewest: [Minute(healthy=fewest - 1, unhealthy=1)] * 5,
        frozenset({"FewHealthyAlarm"}),
    ),
    Scenario("a task ends again and again", _one_ends_again_and_again, frozenset({"FewHealthyAlarm"})),
    Scenario("a task lives for a while, again and again", _one_lives_for_a_while, frozenset({"FewHealthyAlarm"})),
    Scenario("slow by night", _lasting(20, calls=(5.0,)), frozenset({"SlowAlarm"})),
    Scenario("one in fifty slow by day", _lasting(20, calls=(0.02,) * 980 + (5.0,) * 20), frozenset({"SlowAlarm"})),
    Scenario("browsers can't reach the store", _lasting(60, completed=0), frozenset({"UnfinishedAlarm"})),
    Scenario(
        "the same by night",
        lambda fewest: [Minute(fewest, begun=int(at % 2 == 0), completed=0, not_begun=0) for at in range(60)],
        frozenset({"UnfinishedAlarm"}),
    ),
    Scenario("every second picture fails", _lasting(60, begun=9, completed=4), frozenset({"UnfinishedAlarm"})),
    Scenario(
        "the store takes pictures and can't copy them",
        _lasting(60, completed=0, not_completed=3, failed=3),
        frozenset({"UnfinishedAlarm", "ErrorAlarm"}),
    ),
    Scenario("CloudFront can't read the page", _lasting(10, failed_at_edge=30), frozenset({"EdgeErrorAlarm"})),
    Scenario(
        "CloudFront can't read pictures",
        _lasting(10, failed_at_edge_of_pictures=30),
        frozenset({"PicturesErrorAlarm"}),
    ),
    Scenario("more load than the most tasks bear", _lasting(20, cpu=95.0), frozenset({"CpuAlarm"})),
]

HEALTH = [
    Scenario("a busy day", _lasting(60, calls=(0.02,) * 600 + (0.4,) * 10, cpu=62.0)),
    Scenario(
        "a night without a call",
        _lasting(60, calls=(), cpu=1.0, begun=0, completed=0, not_begun=0, not_completed=0, requests=0),
    ),
    Scenario("people who close the page", _lasting(60, begun=3, completed=2)),
    Scenario(
        "a few who never come back",
        lambda fewest: [Minute(fewest, begun=int(at % 5 == 0), completed=0) for at in range(60)],
    ),
    Scenario("uploads that take their time", _completed_later),
    Scenario("calls that are refused", _lasting(60, not_begun=30, not_completed=30)),
    Scenario(
        "somebody who begins a thousand uploads",
        lambda fewest: [Minute(fewest), Minute(fewest, begun=1000), *[Minute(fewest)] * 60],
    ),
    Scenario(
        "half of a few requests fail",
        lambda fewest: [
            Minute(fewest, requests=1, failed_at_edge=at % 2, failed_at_edge_of_pictures=at % 2) for at in range(60)
        ],
    ),
    Scenario("an error of CloudFront now and then", _lasting(60, failed_at_edge=5, failed_at_edge_of_pictures=5)),
    Scenario("an error now and then", lambda fewest: [Minute(fewest, failed=at % 2) for at in range(60)]),
    Scenario(
        "a slow call now and then",
        lambda fewest: [Minute(fewest, calls=() if at % 12 else (6.0,)) for at in range(60)],
    ),
    Scenario("a deploy", _deploy),
    Scenario("a task replaced", _replaced),
    Scenario(
        "a burst that scaling answers",
        lambda fewest: [Minute(fewest, cpu=95.0)] * 8 + [Minute(2 * fewest)] * 20,
    ),
]
