"""What goes on after a deploy: the way back, scaling, alarms and the hourly sweep."""

import json
from typing import Any

from click import Context, Group

from tests.deploy import iam
from tests.deploy.cloudformation import ACCOUNT, Stack
from tests.deploy.defects import Defect, drop, put, spell
from tests.deploy.parts import picture_arn, role_statements, task_may
from tests.deploy.service import application, container


def deployments_roll_back(stack: Stack) -> None:
    deployment = stack["Service"]["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["MaximumPercent"] > 100
    assert stack["Repository"]["ImageTagMutability"] == "IMMUTABLE"
    assert stack["Repository"]["ImageScanningConfiguration"] == {"ScanOnPush": True}


def images_to_go_back_to_are_kept(stack: Stack) -> None:
    rules = json.loads(stack["Repository"]["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    # Ages in days, newest first: a release a week, then the same after a year without one.
    for ages in (range(0, 7 * 30, 7), range(365, 365 + 7 * 30, 7)):
        kept = _kept(rules, list(ages), tagged=True)
        assert kept[:10] == list(ages)[:10]
        assert len(kept) < len(ages), "images pile up"
    assert _kept(rules, [0, 1, 2, 30], tagged=False) == [0, 1]


def tasks_scale_with_their_load(stack: Stack) -> None:
    target, policy = stack["Scaling"], stack["ScalingByCpu"]
    assert target["ResourceId"] == "service/Cluster/Service.Name"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (
        stack.parameters["MinCount"],
        stack.parameters["MaxCount"],
    )
    assert policy["ScalingTargetId"] == "Scaling"
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
    assert 40 <= tracked < stack["CpuAlarm"]["Threshold"]
    # With a count in the service, the next deploy would undo scaling.
    assert "DesiredCount" not in stack["Service"]


def alarms_tell_somebody(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    email = stack.parameters["AlarmEmail"]
    told = [["AlarmTopic"]] if email else [None]
    assert [alarm.get("AlarmActions") for alarm in alarms.values()] == told * len(alarms)
    if email:
        assert stack["AlarmTopic"]["Subscription"] == [{"Protocol": "email", "Endpoint": email}]


def deleted_pictures_are_swept_every_hour(stack: Stack) -> None:
    sweep = stack["Sweep"]
    assert sweep["ScheduleExpression"] == "rate(1 hour)"
    assert sweep.get("State", "ENABLED") == "ENABLED"
    target = sweep["Target"]
    ecs = target["EcsParameters"]
    assert (target["Arn"], ecs["TaskDefinitionArn"]) == (stack.attribute("Cluster", "Arn"), stack.ref("TaskDefinition"))
    # It reaches S3 and ECR as the service does.
    assert ecs.get("NetworkConfiguration") == stack["Service"]["NetworkConfiguration"]
    (override,) = json.loads(target["Input"])["containerOverrides"]
    assert override["name"] == container(stack)["Name"]
    assert override["command"][:3] == ["flask", "--app", "wsgi"]
    _, command, _ = application(stack).cli.resolve_command(Context(application(stack).cli), override["command"][3:4])
    assert override["command"][4:] == ["expire"]
    assert isinstance(command, Group)
    assert "expire" in command.commands

    role = sweep["Target"]["RoleArn"].removesuffix(".Arn")
    trust = stack[role]["AssumeRolePolicyDocument"]["Statement"]
    ours, foreign = {"aws_SourceAccount": ACCOUNT}, {"aws_SourceAccount": "999999999999"}
    assert iam.allows(trust, "sts:AssumeRole", principal="scheduler.amazonaws.com", **ours)
    assert not iam.allows(trust, "sts:AssumeRole", principal="scheduler.amazonaws.com", **foreign)
    statements = role_statements(stack, role)
    task, context = stack.ref("TaskDefinition"), {"ecs_cluster": stack.attribute("Cluster", "Arn")}
    assert iam.allows(statements, "ecs:RunTask", task, **context)
    assert not iam.allows(statements, "ecs:RunTask", task, ecs_cluster="another")
    assert not iam.allows(statements, "ecs:RunTask", "another", **context)
    roles = {stack["TaskDefinition"][name] for name in ("TaskRoleArn", "ExecutionRoleArn")}
    to_tasks, to_others = {"iam_PassedToService": "ecs-tasks.amazonaws.com"}, {"iam_PassedToService": "lambda"}
    assert all(iam.allows(statements, "iam:PassRole", passed, **to_tasks) for passed in roles)
    assert not any(iam.allows(statements, "iam:PassRole", passed, **to_others) for passed in roles)
    assert not iam.allows(statements, "iam:PassRole", "another", **to_tasks)
    assert not any(
        task_may(stack, action, picture_arn(stack, "uploads/x.png")) for action in ("ecs:RunTask", "iam:PassRole")
    )


def _kept(rules: list[dict[str, Any]], ages: list[int], *, tagged: bool) -> list[int]:
    """Return which images ECR keeps, by their age in days, newest first."""
    for rule in sorted(rules, key=lambda rule: rule["rulePriority"]):
        chosen = rule["selection"]
        if chosen["tagStatus"] == ("untagged" if tagged else "tagged"):
            continue
        assert rule["action"] == {"type": "expire"}
        match chosen["countType"]:
            case "imageCountMoreThan":
                ages = ages[: chosen["countNumber"]]
            case "sinceImagePushed":
                ages = [age for age in ages if age <= chosen["countNumber"]]
            case other:
                raise AssertionError(f"no such count: {other}")
    return ages


IMAGES = "Repository/LifecyclePolicy/LifecyclePolicyText"

DEFECTS = [
    Defect(
        "no way back from a bad image",
        deployments_roll_back,
        put("Service/DeploymentConfiguration/DeploymentCircuitBreaker/Rollback", False),
    ),
    Defect("tags may move", deployments_roll_back, put("Repository/ImageTagMutability", "MUTABLE")),
    Defect("one image kept", images_to_go_back_to_are_kept, spell(IMAGES, '"countNumber": 20', '"countNumber": 1')),
    Defect(
        "images go by age, the one that runs too",
        images_to_go_back_to_are_kept,
        spell(IMAGES, '"imageCountMoreThan"', '"sinceImagePushed", "countUnit": "days"'),
    ),
    Defect(
        "the rule for lost tags is one for all",
        images_to_go_back_to_are_kept,
        spell(IMAGES, '"tagStatus": "untagged"', '"tagStatus": "any"'),
    ),
    Defect("never scales in time", tasks_scale_with_their_load, spell("ScalingByCpu", "60", "95")),
    Defect("deploy undoes scaling", tasks_scale_with_their_load, put("Service/DesiredCount", 1)),
    Defect("alarms by mail to nobody", alarms_tell_somebody, drop("AlarmTopic/Subscription/0"), "watched"),
    Defect("an alarm tells nobody", alarms_tell_somebody, drop("SlowAlarm/AlarmActions"), "watched"),
    Defect(
        "sweep of another command",
        deleted_pictures_are_swept_every_hour,
        spell("Sweep/Target/Input", "expire", "expires"),
    ),
    Defect(
        "sweep that may not start its task",
        deleted_pictures_are_swept_every_hour,
        spell("SweepRole/Policies/0/PolicyDocument/Statement/1", "ExecutionRole", "Repository"),
    ),
    Defect(
        "sweep without a way to S3",
        deleted_pictures_are_swept_every_hour,
        drop("Sweep/Target/EcsParameters/NetworkConfiguration"),
    ),
    Defect(
        "sweep that anybody's schedule may start",
        deleted_pictures_are_swept_every_hour,
        drop("SweepRole/AssumeRolePolicyDocument/Statement/0/Condition"),
    ),
]
