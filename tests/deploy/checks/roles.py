"""What the roles of a task may do, and who may take them."""

from tests.deploy import iam
from tests.deploy.cloudformation import ACCOUNT, Stack
from tests.deploy.defects import Defect, append, drop, put, spell
from tests.deploy.parts import picture_arn, role_statements, task_may
from tests.deploy.service import DIGEST, NAME, actions, bucket, configuration, container


def task_role_allows_every_call(stack: Stack) -> None:
    oldest = str(configuration(stack).upload_url_ttl * 1000)
    for action, key in bucket().uses:
        arn = picture_arn(stack, key)
        assert task_may(stack, action, arn, s3_signatureAge=oldest), f"{action} on {key or 'the bucket'}"


def task_role_allows_nothing_more(stack: Stack) -> None:
    used = {(action, key.partition("/")[0]) for action, key in bucket().uses}
    pictures = {f"incoming/{NAME}.png", f"uploads/{NAME}.png", f"uploads/7d/{NAME}.png"}
    keys = {"", *pictures, f"restored/x/7d/{NAME}.png", f"blocked/{DIGEST}", f"albums/7d/{NAME}.json"}
    outside = {"elsewhere/x.png", "incoming", "incoming-too/x.png", "uploads", "uploads-too/x.png", "x.png"}
    foreign = {"arn:aws:s3:::somebody-elses", f"arn:aws:s3:::somebody-elses/uploads/{NAME}.png", "*"}
    places = {picture_arn(stack, key): key.partition("/")[0] for key in keys}
    places |= dict.fromkeys({picture_arn(stack, key) for key in outside} | foreign, "nowhere")
    allowed = {
        (action, place)
        for action in actions() | {action for action, _ in used}
        for arn, place in places.items()
        if task_may(stack, action, arn)
    }
    assert allowed == used
    assert not stack["TaskRole"].get("ManagedPolicyArns")


def roles_are_taken_by_our_tasks_alone(stack: Stack) -> None:
    task = f"arn:aws:ecs:{stack.region}:{ACCOUNT}:task/1"
    foreign = f"arn:aws:ecs:{stack.region}:999999999999:task/1"
    definition = stack["TaskDefinition"]
    assert definition["TaskRoleArn"] == "TaskRole.Arn"
    assert definition["ExecutionRoleArn"] == "ExecutionRole.Arn"
    for role in ("TaskRole", "ExecutionRole"):
        trust = stack[role]["AssumeRolePolicyDocument"]["Statement"]

        def may(who: str, trust: list[iam.Statement] = trust, **context: str) -> bool:
            return iam.allows(trust, "sts:AssumeRole", principal=who, **context)

        ecs = "ecs-tasks.amazonaws.com"
        assert may(ecs, aws_SourceAccount=ACCOUNT, aws_SourceArn=task)
        assert not may(ecs, aws_SourceAccount="999999999999", aws_SourceArn=task)
        assert not may(ecs, aws_SourceAccount=ACCOUNT, aws_SourceArn=foreign)
        assert not may(ecs)
        assert not may("ec2.amazonaws.com", aws_SourceAccount=ACCOUNT, aws_SourceArn=task)


def execution_role_starts_the_task_and_no_more(stack: Stack) -> None:
    statements = role_statements(stack, "ExecutionRole")
    repository, group = stack.attribute("Repository", "Arn"), stack.attribute("LogGroup", "Arn")
    secrets = [secret["ValueFrom"] for secret in container(stack)["Secrets"]]
    needed = {
        ("ecr:GetAuthorizationToken", "*"),
        *((f"ecr:{pull}", repository) for pull in ("BatchGetImage", "GetDownloadUrlForLayer")),
        ("ecr:BatchCheckLayerAvailability", repository),
        *((f"logs:{write}", group) for write in ("CreateLogStream", "PutLogEvents")),
        *(("secretsmanager:GetSecretValue", secret) for secret in secrets),
    }
    places = {place for _, place in needed} | {
        picture_arn(stack, f"uploads/{NAME}.png"),
        stack.ref("SecretKey") + "-other",
    }
    allowed = {
        (action, place)
        for action in actions() | {action for action, _ in needed}
        for place in places
        if iam.allows(statements, action, place)
    }
    # This action takes no resource, so it is allowed on any.
    assert allowed == needed | {("ecr:GetAuthorizationToken", place) for place in places}


ROLE = "TaskRole/Policies/0/PolicyDocument/Statement"
TRUST = "AssumeRolePolicyDocument/Statement/0"

DEFECTS = [
    Defect(
        "no PutObject on incoming/",
        task_role_allows_every_call,
        drop(f"{ROLE}/0/Resource/0"),
    ),
    Defect("prefix one letter off", task_role_allows_every_call, spell(ROLE, "/uploads/", "/upload/")),
    Defect("no block list", task_role_allows_every_call, drop(f"{ROLE}/2")),
    Defect("no restore", task_role_allows_every_call, drop(f"{ROLE}/3")),
    Defect("wrong action", task_role_allows_every_call, spell(ROLE, "s3:GetObject", "s3:GetObjectVersion")),
    Defect("no ListBucket", task_role_allows_every_call, drop(f"{ROLE}/1")),
    Defect("everything of S3", task_role_allows_nothing_more, put(f"{ROLE}/0/Action", "s3:*")),
    Defect(
        "one action too many",
        task_role_allows_nothing_more,
        append(f"{ROLE}/0/Action", "s3:PutObjectAcl"),
    ),
    Defect(
        "the whole bucket",
        task_role_allows_nothing_more,
        spell(ROLE, "/incoming/*", "/*"),
    ),
    Defect("prefix without its slash", task_role_allows_nothing_more, spell(ROLE, "/uploads/*", "/uploads*")),
    Defect("ListBucket on every bucket", task_role_allows_nothing_more, put(f"{ROLE}/1/Resource", "*")),
    Defect("task role for any account", roles_are_taken_by_our_tasks_alone, drop(f"TaskRole/{TRUST}/Condition")),
    Defect(
        "task role without SourceAccount",
        roles_are_taken_by_our_tasks_alone,
        drop(f"TaskRole/{TRUST}/Condition/StringEquals"),
    ),
    Defect(
        "execution role without SourceArn",
        roles_are_taken_by_our_tasks_alone,
        drop(f"ExecutionRole/{TRUST}/Condition/ArnLike"),
    ),
    Defect(
        "roles exchanged",
        roles_are_taken_by_our_tasks_alone,
        spell("TaskDefinition/TaskRoleArn", "TaskRole", "ExecutionRole"),
    ),
    Defect(
        "every secret readable",
        execution_role_starts_the_task_and_no_more,
        put("ExecutionRole/Policies/0/PolicyDocument/Statement/3/Resource", "*"),
    ),
    Defect(
        "secret of the check not readable",
        execution_role_starts_the_task_and_no_more,
        drop("ExecutionRole/Policies/0/PolicyDocument/Statement/3/Resource/2"),
        "pictures checked",
    ),
    Defect(
        "key not readable",
        execution_role_starts_the_task_and_no_more,
        drop("ExecutionRole/Policies/0/PolicyDocument/Statement/3/Resource/0"),
    ),
]
