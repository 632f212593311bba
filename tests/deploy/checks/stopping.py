"""Time-outs, health checks, and how a task starts and stops."""

from typing import Any

from app.storage.calls import RETRY_DELAY, RETRY_WINDOW
from app.storage.turns import CALLS, TURN_TIMEOUT
from tests.deploy.cloudformation import Stack
from tests.deploy.cloudfront import origin
from tests.deploy.defects import CDN, CONTAINER, Defect, drop, put, spell
from tests.deploy.parts import attributes
from tests.deploy.service import application, configuration, container, gunicorn_settings, storage


def time_outs_are_a_chain(stack: Stack) -> None:
    client: Any = storage(stack).client.s3.meta.config
    assert gunicorn_settings()["worker_connections"] > CALLS, "a store that hangs would leave nobody to answer /health"
    assert client.retries["total_max_attempts"] == 1, "botocore asks again after a time-out"
    # The wait for a turn, a first try that fails late, and a second that takes as long as it may.
    call = TURN_TIMEOUT + RETRY_WINDOW + RETRY_DELAY + client.connect_timeout + client.read_timeout
    # The longest complete: the head, more of it, a copy that is refused, a look at the public picture, a look for the
    # mark of a delete, and the removal of what a copy left behind it.
    store = 6 * call
    assert store < gunicorn_settings()["timeout"] <= _api(stack)["OriginReadTimeout"] < _idle_time(stack)


def nobody_sends_into_a_closing_connection(stack: Stack) -> None:
    assert _api(stack)["OriginKeepaliveTimeout"] < _idle_time(stack) < gunicorn_settings()["keepalive"]
    assert "max_requests" not in gunicorn_settings()


def tasks_stop_without_losing_a_request(stack: Stack) -> None:
    draining = int(attributes(stack, "TargetGroup")["deregistration_delay.timeout_seconds"])
    assert draining <= gunicorn_settings()["graceful_timeout"] < container(stack)["StopTimeout"] <= 120


def health_is_asked_where_it_is_answered(stack: Stack) -> None:
    target = stack["TargetGroup"]
    routes = application(stack).url_map.bind("")
    # Not /health/ready: ECS must not end every task because the store is down.
    assert routes.match(target["HealthCheckPath"]) == ("meta.health", {})
    assert target["HealthCheckTimeoutSeconds"] < target["HealthCheckIntervalSeconds"]
    *_, command = container(stack)["HealthCheck"]["Command"]
    assert f"'http://127.0.0.1:{configuration(stack).port}{target['HealthCheckPath']}'" in command
    compile(command, "HealthCheck", "exec")


def tasks_have_time_to_start(stack: Stack) -> None:
    target, health = stack["TargetGroup"], container(stack)["HealthCheck"]
    asked = target["HealthyThresholdCount"] * target["HealthCheckIntervalSeconds"]
    # With less, ECS ends a task before the load balancer has found it healthy.
    assert stack["Service"].get("HealthCheckGracePeriodSeconds", 0) >= health["StartPeriod"] + asked


def _api(stack: Stack) -> dict[str, Any]:
    api = origin(stack, "/uploads/init")
    return api.get("VpcOriginConfig") or api["CustomOriginConfig"]


def _idle_time(stack: Stack) -> int:
    return int(attributes(stack, "Alb")["idle_timeout.timeout_seconds"])


DEFECTS = [
    Defect(
        "keep-alive below the idle time",
        nobody_sends_into_a_closing_connection,
        put("Alb/LoadBalancerAttributes/0/Value", "75"),
    ),
    Defect(
        "CloudFront keeps connections longer",
        nobody_sends_into_a_closing_connection,
        put(f"{CDN}/Origins/0/VpcOriginConfig/Fn::If/1/OriginKeepaliveTimeout", 60),
    ),
    Defect(
        "CloudFront gives up before gunicorn",
        time_outs_are_a_chain,
        put(f"{CDN}/Origins/0/VpcOriginConfig/Fn::If/1/OriginReadTimeout", 15),
    ),
    Defect(
        "the same with a public load balancer",
        time_outs_are_a_chain,
        put(f"{CDN}/Origins/0/CustomOriginConfig/Fn::If/2/OriginReadTimeout", 60),
        "public load balancer",
    ),
    Defect(
        "killed before gunicorn has finished",
        tasks_stop_without_losing_a_request,
        put(f"{CONTAINER}/StopTimeout", 25),
    ),
    Defect(
        "draining longer than gunicorn lives",
        tasks_stop_without_losing_a_request,
        put("TargetGroup/TargetGroupAttributes/0/Value", "300"),
    ),
    Defect(
        "health at a path that is not there",
        health_is_asked_where_it_is_answered,
        put("TargetGroup/HealthCheckPath", "/version"),
    ),
    Defect(
        "health depends on the store",
        health_is_asked_where_it_is_answered,
        put("TargetGroup/HealthCheckPath", "/health/ready"),
    ),
    Defect(
        "container asks another port",
        health_is_asked_where_it_is_answered,
        spell(f"{CONTAINER}/HealthCheck", ":8000", ":80"),
    ),
    Defect(
        "ended before it has started",
        tasks_have_time_to_start,
        put("Service/HealthCheckGracePeriodSeconds", 0),
    ),
    Defect("no word of grace", tasks_have_time_to_start, drop("Service/HealthCheckGracePeriodSeconds")),
]
