"""What the deployed service must be, each as a check of its own that takes a resolved stack with a task.

`test_template.py` runs them over the template in every variant, `test_defects.py` over broken ones.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from click import Context

from app.storage import EXPIRY_DAYS
from app.storage.client import RETRY_DELAY, RETRY_WINDOW
from app.storage.turns import CALLS, TURN_TIMEOUT
from tests.deploy import iam
from tests.deploy.cloudformation import ACCOUNT, Stack
from tests.deploy.cloudfront import behaviour, behaviours, distribution, origin, rewrite
from tests.deploy.service import (
    KEYS,
    NAME,
    actions,
    application,
    bucket,
    configuration,
    container,
    environment,
    gunicorn_settings,
    storage,
)

Check = Callable[[Stack], None]

ALL: list[Check] = []

ANYWHERE = "0.0.0.0/0"


def check(function: Check) -> Check:
    ALL.append(function)
    return function


# Network


@check
def requests_reach_the_tasks(stack: Stack) -> None:
    port = configuration(stack).port
    assert configuration(stack).host == "0.0.0.0"
    assert [mapping["ContainerPort"] for mapping in container(stack)["PortMappings"]] == [port]
    (served,) = stack["Service"]["LoadBalancers"]
    assert (served["ContainerName"], served["ContainerPort"]) == (container(stack)["Name"], port)
    assert (stack["TargetGroup"]["Port"], stack["TargetGroup"]["TargetType"]) == (port, "ip")
    assert served["TargetGroupArn"] == "TargetGroup"
    (inbound,) = _inbound(stack, "LoadBalancerGroup")
    assert (inbound["FromPort"], inbound["ToPort"]) == (stack["Listener"]["Port"],) * 2
    (outbound,) = stack["LoadBalancerGroup"]["SecurityGroupEgress"]
    (accepted,) = _inbound(stack, "TaskGroup")
    for rule in (outbound, accepted):
        assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (port, port, "tcp")
    assert stack["Alb"]["SecurityGroups"] == ["LoadBalancerGroup"]
    forwarding = stack["Listener"]["DefaultActions"] + stack.resources.get("OriginRule", {"Properties": {}})[
        "Properties"
    ].get("Actions", [])
    assert {"Type": "forward", "TargetGroupArn": "TargetGroup"} in forwarding


@check
def tasks_are_reached_from_the_load_balancer_alone(stack: Stack) -> None:
    network = _network(stack)
    assert network["SecurityGroups"] == ["TaskGroup"]
    sources = [_source(rule) for rule in _inbound(stack, "TaskGroup")]
    assert sources == ["LoadBalancerGroup"]


@check
def load_balancer_is_reached_from_cloudfront_alone(stack: Stack) -> None:
    sources = [_source(rule) for rule in _inbound(stack, "LoadBalancerGroup")]
    within_vpc = stack.parameters["LoadBalancer"] == "internal" and stack.parameters["VpcOriginSource"] == "vpc"
    assert sources == [stack.parameters["VpcCidr" if within_vpc else "CloudFrontPrefixListId"]]
    # A range of ports would be a way past the one that is listened on.
    (rule,) = _inbound(stack, "LoadBalancerGroup")
    assert rule["FromPort"] == rule["ToPort"] == stack["Listener"]["Port"]
    if stack.parameters["LoadBalancer"] == "internal":
        assert stack["Alb"]["Scheme"] == "internal"
        assert not any(_is_public(stack, subnet) for subnet in stack["Alb"]["Subnets"])
    else:
        assert stack["Alb"]["Scheme"] == "internet-facing"
        assert all(_is_public(stack, subnet) for subnet in stack["Alb"]["Subnets"])


@check
def load_balancer_serves_our_distribution_alone(stack: Stack) -> None:
    api = origin(stack, "/uploads/init")
    if stack.parameters["LoadBalancer"] == "internal":
        assert api["DomainName"] == stack.attribute("Alb", "DNSName")
        assert api["VpcOriginConfig"]["VpcOriginId"] == "VpcOrigin.Id"
        endpoint = stack["VpcOrigin"]["VpcOriginEndpointConfig"]
        assert (endpoint["Arn"], endpoint["HTTPPort"]) == ("Alb", stack["Listener"]["Port"])
        assert "CustomOriginConfig" not in api
        return
    assert "VpcOriginConfig" not in api
    assert api["DomainName"] == stack.parameters["OriginDomainName"]
    assert api["CustomOriginConfig"]["HTTPSPort"] == stack["Listener"]["Port"]
    # Anyone's distribution has the same addresses as ours.
    secret = f"{{{{resolve:secretsmanager:{stack.ref('OriginSecret')}}}}}"
    assert api["OriginCustomHeaders"] == [{"HeaderName": "X-Origin-Secret", "HeaderValue": secret}]
    assert [action["Type"] for action in stack["Listener"]["DefaultActions"]] == ["fixed-response"]
    (condition,) = stack["OriginRule"]["Conditions"]
    assert condition["HttpHeaderConfig"] == {"HttpHeaderName": "X-Origin-Secret", "Values": [secret]}
    assert stack["OriginSecret"]["GenerateSecretString"]["PasswordLength"] >= 32


@check
def no_token_crosses_the_internet_in_plain_text(stack: Stack) -> None:
    """An internal load balancer is reached inside AWS's network alone; before a public one there is the internet."""
    listeners = stack.of_type("AWS::ElasticLoadBalancingV2::Listener")
    assert listeners.keys() == {"Listener"}
    listener = listeners["Listener"]
    api = origin(stack, "/uploads/init")
    if stack["Alb"]["Scheme"] == "internal":
        assert "VpcOriginConfig" in api
        assert listener["Protocol"] == "HTTP"
        return
    assert listener["Protocol"] == "HTTPS"
    assert listener["Certificates"] == [{"CertificateArn": stack.parameters["OriginCertificateArn"]}]
    assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    sent = api["CustomOriginConfig"]
    assert (sent["OriginProtocolPolicy"], sent["OriginSSLProtocols"]) == ("https-only", ["TLSv1.2"])
    # What CloudFront asks the certificate for, and where it finds it.
    assert api["DomainName"] == stack.parameters["OriginDomainName"]
    assert stack.outputs["LoadBalancerDomain"] == stack.attribute("Alb", "DNSName")
    if stack.parameters["HostedZoneId"]:
        record = stack["OriginRecord"]
        assert (record["Name"], record["Type"]) == (api["DomainName"], "A")
        assert record["AliasTarget"] == {
            "DNSName": stack.attribute("Alb", "DNSName"),
            "HostedZoneId": "Alb.CanonicalHostedZoneID",
        }


@check
def groups_let_out_what_is_needed(stack: Stack) -> None:
    # Without any rule, a group lets out everything.
    def destinations(group: str) -> list[tuple[Any, ...]]:
        target = ("DestinationSecurityGroupId", "CidrIp", "IpProtocol", "FromPort", "ToPort")
        return [tuple(map(rule.get, target)) for rule in stack[group]["SecurityGroupEgress"]]

    port = configuration(stack).port
    assert destinations("LoadBalancerGroup") == [("TaskGroup", None, "tcp", port, port)]
    assert destinations("TaskGroup") == [(None, ANYWHERE, "tcp", 443, 443)]


@check
def tasks_reach_aws_without_nat(stack: Stack) -> None:
    assert not stack.of_type("AWS::EC2::NatGateway")
    network = _network(stack)
    assert network["AssignPublicIp"] == "ENABLED"
    assert all(_is_public(stack, subnet) for subnet in network["Subnets"])
    wanted = stack.parameters["AvailabilityZones"] or f"{stack.region}a,{stack.region}b"
    for subnets in (network["Subnets"], stack["Alb"]["Subnets"]):
        assert [stack[subnet]["AvailabilityZone"] for subnet in subnets] == wanted.split(",")
    endpoint = stack["S3Endpoint"]
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert set(endpoint["RouteTableIds"]) >= {_routes(stack, subnet) for subnet in network["Subnets"]}
    blocks = [subnet["CidrBlock"] for subnet in stack.of_type("AWS::EC2::Subnet").values()]
    assert len(blocks) == len(set(blocks))


def _network(stack: Stack) -> dict[str, Any]:
    return stack["Service"]["NetworkConfiguration"]["AwsvpcConfiguration"]


def _inbound(stack: Stack, group: str) -> list[dict[str, Any]]:
    apart = [rule for rule in stack.of_type("AWS::EC2::SecurityGroupIngress").values() if rule["GroupId"] == group]
    return [*stack[group].get("SecurityGroupIngress", []), *apart]


def _source(rule: dict[str, Any]) -> str:
    (source,) = (
        value for name, value in rule.items() if name.startswith(("Source", "Cidr")) and not name.endswith("OwnerId")
    )
    return source


def _routes(stack: Stack, subnet: str) -> str | None:
    associations = stack.of_type("AWS::EC2::SubnetRouteTableAssociation").values()
    return next((each["RouteTableId"] for each in associations if each["SubnetId"] == subnet), None)


def _is_public(stack: Stack, subnet: str) -> bool:
    return any(
        route["RouteTableId"] == _routes(stack, subnet) and route.get("GatewayId") == "InternetGateway"
        for route in stack.of_type("AWS::EC2::Route").values()
    )


# Time-outs and stopping


@check
def time_outs_are_a_chain(stack: Stack) -> None:
    client = storage(stack).client.s3.meta.config
    assert gunicorn_settings()["worker_connections"] > CALLS, "a store that hangs would leave nobody to answer /health"
    assert client.retries["total_max_attempts"] == 1, "botocore asks again after a time-out"
    # Waiting for a turn, a first try that fails late, a second that takes as long as it may.
    call = TURN_TIMEOUT + RETRY_WINDOW + RETRY_DELAY + client.connect_timeout + client.read_timeout
    # The longest complete: the head, more of it, the copy; and, for the copy is of other bytes, a look and a delete,
    # which need no turn of their own.
    store = 5 * call - 2 * TURN_TIMEOUT
    assert store < gunicorn_settings()["timeout"] <= _api(stack)["OriginReadTimeout"] < _idle_time(stack)


@check
def nobody_sends_into_a_closing_connection(stack: Stack) -> None:
    assert _api(stack)["OriginKeepaliveTimeout"] < _idle_time(stack) < gunicorn_settings()["keepalive"]
    assert "max_requests" not in gunicorn_settings()


@check
def tasks_stop_without_losing_a_request(stack: Stack) -> None:
    draining = int(_attributes(stack, "TargetGroup")["deregistration_delay.timeout_seconds"])
    assert draining <= gunicorn_settings()["graceful_timeout"] < container(stack)["StopTimeout"] <= 120


@check
def health_is_asked_where_it_is_answered(stack: Stack) -> None:
    target = stack["TargetGroup"]
    routes = application(stack).url_map.bind("")
    # Not /health/ready: a store that is down must not make ECS end every task.
    assert routes.match(target["HealthCheckPath"]) == ("meta.health", {})
    assert target["HealthCheckTimeoutSeconds"] < target["HealthCheckIntervalSeconds"]
    *_, command = container(stack)["HealthCheck"]["Command"]
    assert f"'http://127.0.0.1:{configuration(stack).port}{target['HealthCheckPath']}'" in command
    compile(command, "HealthCheck", "exec")


def _api(stack: Stack) -> dict[str, Any]:
    api = origin(stack, "/uploads/init")
    return api.get("VpcOriginConfig") or api["CustomOriginConfig"]


def _attributes(stack: Stack, name: str) -> dict[str, str]:
    attributes = stack[name].get("LoadBalancerAttributes") or stack[name]["TargetGroupAttributes"]
    return {attribute["Key"]: attribute["Value"] for attribute in attributes}


def _idle_time(stack: Stack) -> int:
    return int(_attributes(stack, "Alb")["idle_timeout.timeout_seconds"])


# The task


@check
def container_is_confined(stack: Stack) -> None:
    definition = container(stack)
    assert definition["ReadonlyRootFilesystem"] is True
    assert definition["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    assert int(definition["User"].partition(":")[0]) > 0
    assert not definition.get("Privileged")


@check
def environment_is_the_configuration(stack: Stack) -> None:
    config = configuration(stack)
    names = set(environment(stack)) | {secret["Name"] for secret in container(stack)["Secrets"]}
    assert names <= {name.upper() for name in config.__dataclass_fields__} - {"EMBEDDED", "CREDENTIALS"}
    # docs/configuration.md: leave a variable out rather than set it to nothing.
    assert all(environment(stack).values())
    # Else the service starts a store of its own, in a container that has none.
    assert not config.embedded
    assert config.s3_endpoint_url is None
    wanted = stack.parameters
    assert config.aws_region == stack.region
    assert config.s3_bucket == stack["PictureBucket"]["BucketName"]
    assert config.max_upload_bytes == int(wanted["MaxUploadBytes"])
    assert config.max_pixels == int(wanted["MaxPixels"])
    assert config.reject_location == (wanted["RejectLocation"] == "true")
    assert config.upload_url_ttl == int(wanted["UploadUrlTtl"])
    assert config.web_concurrency == int(wanted["WebConcurrency"])
    assert config.cors_origins == [origin for origin in wanted["CorsOrigins"].split(",") if origin]
    assert bool(config.upload_tokens) == bool(wanted["UploadTokensSecretArn"])


@check
def proxies_are_counted(stack: Stack) -> None:
    hops = 1  # CloudFront.
    if _attributes(stack, "Alb")["routing.http.xff_header_processing.mode"] == "append":
        hops += 1
    assert configuration(stack).trusted_proxies == hops == 2


@check
def secrets_come_from_secrets_manager(stack: Stack) -> None:
    secrets = {secret["Name"]: secret["ValueFrom"] for secret in container(stack)["Secrets"]}
    assert secrets["SECRET_KEY"] == stack.ref("SecretKey")
    assert stack["SecretKey"]["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in stack["SecretKey"]
    assert not {"SECRET_KEY", "UPLOAD_TOKENS"} & set(environment(stack))
    # A new one would make every delete link so far worthless.
    assert _outlives_the_stack(stack, "SecretKey")


@check
def logs_are_searchable_and_expire(stack: Stack) -> None:
    (group,) = stack.of_type("AWS::Logs::LogGroup").values()
    assert group.get("RetentionInDays") == stack.parameters["LogRetentionDays"]
    assert container(stack)["LogConfiguration"]["Options"]["awslogs-group"] == group["LogGroupName"]
    # What CloudWatch Logs Insights can search by field.
    assert configuration(stack).log_format == "json"


@check
def deployments_roll_back(stack: Stack) -> None:
    deployment = stack["Service"]["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["MaximumPercent"] > 100
    assert stack["Repository"]["ImageTagMutability"] == "IMMUTABLE"
    assert stack["Repository"]["ImageScanningConfiguration"] == {"ScanOnPush": True}


@check
def images_to_go_back_to_are_kept(stack: Stack) -> None:
    rules = json.loads(stack["Repository"]["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    # Newest first, by their days: a release a week, and none for a year.
    for ages in (range(0, 7 * 30, 7), range(365, 365 + 7 * 30, 7)):
        kept = _kept(rules, list(ages), tagged=True)
        assert kept[:10] == list(ages)[:10]
        assert len(kept) < len(ages), "images pile up"
    assert _kept(rules, [0, 1, 2, 30], tagged=False) == [0, 1]


@check
def tasks_have_time_to_start(stack: Stack) -> None:
    target, health = stack["TargetGroup"], container(stack)["HealthCheck"]
    asked = target["HealthyThresholdCount"] * target["HealthCheckIntervalSeconds"]
    # Else ECS ends a task that the load balancer has not yet found healthy.
    assert stack["Service"].get("HealthCheckGracePeriodSeconds", 0) >= health["StartPeriod"] + asked


def _kept(rules: list[dict[str, Any]], ages: list[int], *, tagged: bool) -> list[int]:
    """Return the images that ECR keeps of those with these days, newest first."""
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


@check
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
    # A count in the service would undo, at the next deploy, what scaling has added.
    assert "DesiredCount" not in stack["Service"]


@check
def alarms_tell_somebody(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    email = stack.parameters["AlarmEmail"]
    told = [["AlarmTopic"]] if email else [None]
    assert [alarm.get("AlarmActions") for alarm in alarms.values()] == told * len(alarms)
    if email:
        assert stack["AlarmTopic"]["Subscription"] == [{"Protocol": "email", "Endpoint": email}]


# Roles


@check
def task_role_allows_every_call(stack: Stack) -> None:
    oldest = str(configuration(stack).upload_url_ttl * 1000)
    for action, key in bucket().uses:
        arn = _arn(stack, key)
        assert _task_may(stack, action, arn, s3_signatureAge=oldest), f"{action} on {key or 'the bucket'}"


@check
def task_role_allows_nothing_more(stack: Stack) -> None:
    used = {(action, key.partition("/")[0]) for action, key in bucket().uses}
    keys = {"", f"incoming/{NAME}.png", f"uploads/{NAME}.png", f"uploads/7d/{NAME}.png"}
    outside = {"elsewhere/x.png", "incoming", "incoming-too/x.png", "uploads", "uploads-too/x.png", "x.png"}
    foreign = {"arn:aws:s3:::somebody-elses", f"arn:aws:s3:::somebody-elses/uploads/{NAME}.png", "*"}
    places = {_arn(stack, key): key.partition("/")[0] for key in keys}
    places |= dict.fromkeys({_arn(stack, key) for key in outside} | foreign, "nowhere")
    allowed = {
        (action, place)
        for action in actions() | {action for action, _ in used}
        for arn, place in places.items()
        if _task_may(stack, action, arn)
    }
    assert allowed == used
    assert not stack["TaskRole"].get("ManagedPolicyArns")


@check
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


@check
def execution_role_starts_the_task_and_no_more(stack: Stack) -> None:
    statements = _statements(stack, "ExecutionRole")
    repository, group = stack.attribute("Repository", "Arn"), stack.attribute("LogGroup", "Arn")
    secrets = [secret["ValueFrom"] for secret in container(stack)["Secrets"]]
    needed = {
        ("ecr:GetAuthorizationToken", "*"),
        *((f"ecr:{pull}", repository) for pull in ("BatchGetImage", "GetDownloadUrlForLayer")),
        ("ecr:BatchCheckLayerAvailability", repository),
        *((f"logs:{write}", group) for write in ("CreateLogStream", "PutLogEvents")),
        *(("secretsmanager:GetSecretValue", secret) for secret in secrets),
    }
    places = {place for _, place in needed} | {_arn(stack, f"uploads/{NAME}.png"), stack.ref("SecretKey") + "-other"}
    allowed = {
        (action, place)
        for action in actions() | {action for action, _ in needed}
        for place in places
        if iam.allows(statements, action, place)
    }
    # The one that takes no resource is allowed on any.
    assert allowed == needed | {("ecr:GetAuthorizationToken", place) for place in places}


@check
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
    assert "expire" in command.commands

    role = sweep["Target"]["RoleArn"].removesuffix(".Arn")
    trust = stack[role]["AssumeRolePolicyDocument"]["Statement"]
    ours, foreign = {"aws_SourceAccount": ACCOUNT}, {"aws_SourceAccount": "999999999999"}
    assert iam.allows(trust, "sts:AssumeRole", principal="scheduler.amazonaws.com", **ours)
    assert not iam.allows(trust, "sts:AssumeRole", principal="scheduler.amazonaws.com", **foreign)
    statements = _statements(stack, role)
    task, context = stack.ref("TaskDefinition"), {"ecs_cluster": stack.attribute("Cluster", "Arn")}
    assert iam.allows(statements, "ecs:RunTask", task, **context)
    assert not iam.allows(statements, "ecs:RunTask", task, ecs_cluster="another")
    assert not iam.allows(statements, "ecs:RunTask", "another", **context)
    roles = {stack["TaskDefinition"][name] for name in ("TaskRoleArn", "ExecutionRoleArn")}
    to_tasks, to_others = {"iam_PassedToService": "ecs-tasks.amazonaws.com"}, {"iam_PassedToService": "lambda"}
    assert all(iam.allows(statements, "iam:PassRole", passed, **to_tasks) for passed in roles)
    assert not any(iam.allows(statements, "iam:PassRole", passed, **to_others) for passed in roles)
    assert not iam.allows(statements, "iam:PassRole", "another", **to_tasks)
    assert not any(_task_may(stack, action, _arn(stack, "uploads/x.png")) for action in ("ecs:RunTask", "iam:PassRole"))


def _statements(stack: Stack, role: str) -> list[iam.Statement]:
    return [statement for policy in stack[role]["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def _task_may(stack: Stack, action: str, arn: str, **context: str) -> bool:
    request = {"aws_SecureTransport": "true", "s3_signatureAge": "0"} | context
    denied = iam.denies(_policy(stack), action, arn, principal="TaskRole", **request)
    return not denied and iam.allows(_statements(stack, "TaskRole"), action, arn, **request)


# The buckets


@check
def picture_bucket_is_kept_and_plain(stack: Stack) -> None:
    made = stack["PictureBucket"]
    assert made.get("OwnershipControls") == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (encryption,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    # A delete must delete.
    assert "VersioningConfiguration" not in made
    assert "ObjectLockConfiguration" not in made
    assert _outlives_the_stack(stack, "PictureBucket")


@check
def pictures_expire_as_promised(stack: Stack) -> None:
    rules = stack["PictureBucket"]["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in bucket().lifecycle}
    # By itself: with a prefix it would miss what was begun elsewhere.
    (abort,) = [rule for rule in rules if "AbortIncompleteMultipartUpload" in rule]
    assert abort.keys() == {"Id", "Status", "AbortIncompleteMultipartUpload"}


@check
def browsers_may_upload(stack: Stack) -> None:
    (rule,) = stack["PictureBucket"]["CorsConfiguration"]["CorsRules"]
    meant = bucket().cors
    assert meant["AllowedOrigins"] == ["https://page.test"]
    assert sorted(rule["AllowedOrigins"]) == configuration(stack).page_origins
    assert sorted(rule["AllowedMethods"]) == sorted(meant["AllowedMethods"])
    assert sorted(rule["AllowedHeaders"]) == sorted(meant["AllowedHeaders"])
    assert (rule["ExposedHeaders"], rule["MaxAge"]) == (meant["ExposeHeaders"], meant["MaxAgeSeconds"])
    signed = storage(stack).sign_upload(KEYS[0], "image/jpeg", 7, sha256="eA==")
    assert {name.lower() for name in signed.headers} <= set(rule["AllowedHeaders"])
    assert "PUT" in rule["AllowedMethods"]


@check
def cloudfront_reads_published_pictures_alone(stack: Stack) -> None:
    us = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1DISTRIBUTION"
    other = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2"
    service, page = "cloudfront.amazonaws.com", stack["PageBucketPolicy"]["PolicyDocument"]["Statement"]

    def may(action: str, key: str, source: str = us, secure: str = "true") -> bool:
        context = {"aws_SourceArn": source, "aws_SecureTransport": secure}
        return iam.allows(_policy(stack), action, _arn(stack, key), principal=service, **context)

    assert all(may("s3:GetObject", f"uploads/{key}") for key in KEYS)
    assert not may("s3:GetObject", f"uploads/{NAME}.png", secure="false")
    assert not may("s3:GetObject", f"incoming/{NAME}.png")
    assert not any(may(action, f"uploads/{NAME}.png") for action in actions() - {"s3:GetObject"})
    assert not any(may(action, "") for action in actions())
    public = stack.parameters["PictureAccess"] == "public-read"
    assert may("s3:GetObject", f"uploads/{NAME}.png", source=other) == public
    index = f"{stack.attribute('PageBucket', 'Arn')}/index.html"
    for source, secure, expected in ((us, "true", True), (other, "true", False), (us, "false", False)):
        context = {"aws_SourceArn": source, "aws_SecureTransport": secure}
        assert iam.allows(page, "s3:GetObject", index, principal=service, **context) == expected
    for meant in ("PictureBucketPolicy", "PageBucketPolicy"):
        assert stack[meant]["Bucket"] == stack.ref(meant.removesuffix("Policy"))


@check
def pictures_are_as_public_as_asked(stack: Stack) -> None:
    def may(action: str, key: str) -> bool:
        return iam.allows(_policy(stack), action, _arn(stack, key), principal="anonymous", aws_SecureTransport="true")

    public = stack.parameters["PictureAccess"] == "public-read"
    flags = stack["PictureBucket"]["PublicAccessBlockConfiguration"]
    assert flags["BlockPublicAcls"] is flags["IgnorePublicAcls"] is True
    # On, S3 refuses a public policy, or all but the owner.
    assert flags["BlockPublicPolicy"] is flags["RestrictPublicBuckets"] is (not public)
    assert all(may("s3:GetObject", f"uploads/{key}") == public for key in KEYS)
    assert not may("s3:GetObject", f"incoming/{NAME}.png")
    assert not any(may(action, f"uploads/{NAME}.png") for action in actions() - {"s3:GetObject"})
    assert not any(may(action, "") for action in actions())
    page = stack["PageBucketPolicy"]["PolicyDocument"]["Statement"]
    assert not iam.allows(page, "s3:GetObject", stack.attribute("PageBucket", "Arn") + "/x", principal="anonymous")
    assert set(stack["PageBucket"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(stack["PageBucket"]["PublicAccessBlockConfiguration"]) == 4


@check
def plain_http_is_refused(stack: Stack) -> None:
    for action, key in [*bucket().uses, ("s3:GetBucketCORS", "")]:
        assert not _task_may(stack, action, _arn(stack, key), aws_SecureTransport="false")
        statements = _policy(stack)
        for principal in ("anonymous", "cloudfront.amazonaws.com"):
            assert iam.denies(statements, action, _arn(stack, key), principal=principal, aws_SecureTransport="false")


@check
def old_signatures_are_refused(stack: Stack) -> None:
    arn = _arn(stack, f"incoming/{NAME}.png")
    longest = 600_000
    assert _task_may(stack, "s3:PutObject", arn, s3_signatureAge=str(longest))
    assert not _task_may(stack, "s3:PutObject", arn, s3_signatureAge=str(longest + 1))


def _arn(stack: Stack, key: str) -> str:
    return stack.attribute("PictureBucket", "Arn") + (f"/{key}" if key else "")


def _policy(stack: Stack) -> list[iam.Statement]:
    return stack["PictureBucketPolicy"]["PolicyDocument"]["Statement"]


def _outlives_the_stack(stack: Stack, name: str) -> bool:
    """Tell that it stays when the stack goes, but not after a creation that failed, where it would bar the next."""
    made = stack.resources[name]
    return made.get("DeletionPolicy") == "RetainExceptOnCreate" and made.get("UpdateReplacePolicy") == "Retain"


# CloudFront

_MANAGED = {
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": "AllViewerExceptHostHeader",
}


@check
def api_is_passed_on_whole(stack: Stack) -> None:
    """Not cached, every method and header, for every route that the service has; /delete is the page's."""
    routes = [rule for rule in application(stack).url_map.iter_rules() if rule.endpoint != "frontend.delete"]
    assert len(routes) >= 8
    for rule in routes:
        meant = behaviour(stack, rule.rule)
        assert meant["TargetOriginId"] == "api", rule
        assert _MANAGED.get(meant["CachePolicyId"]) == "CachingDisabled", rule
        assert _MANAGED.get(meant.get("OriginRequestPolicyId")) == "AllViewerExceptHostHeader", rule
        assert set(meant["AllowedMethods"]) >= rule.methods, rule
        assert rewrite(stack, [rule.rule]) == [rule.rule]
    # It would make a page of the API's 404 as well.
    assert not distribution(stack).get("CustomErrorResponses")


@check
def service_answers_to_the_host_that_cloudfront_sends(stack: Stack) -> None:
    client = application(stack).test_client()
    # AllViewerExceptHostHeader: the origin's own name.
    asked = {host: client.get("/version", headers={"Host": host}).status_code for host in (_sent(stack), "evil.test")}
    assert asked == {_sent(stack): 200, "evil.test": 421}
    # The load balancer checks each task by its address.
    path = stack["TargetGroup"]["HealthCheckPath"]
    assert client.get(path, headers={"Host": "10.0.3.17:8000"}).status_code == 200


def _sent(stack: Stack) -> str:
    return str(origin(stack, "/uploads/init")["DomainName"])


@check
def page_is_every_other_path(stack: Stack) -> None:
    files = ["/index.html", "/favicon.svg", "/manifest.json", "/share.js", "/assets/index-DOVcfo3V.js", "/a.b/c.css"]
    paths = ["/", "/delete", "/history", "/a/b/c", "/a.b/c", "/i"]
    assert {behaviour(stack, path)["TargetOriginId"] for path in files + paths} == {"page"}
    assert rewrite(stack, files + paths) == files + ["/index.html"] * len(paths)
    default = distribution(stack)["DefaultCacheBehavior"]
    assert default["Compress"] is True
    assert _MANAGED[default["CachePolicyId"]] == "CachingOptimized"


@check
def links_lead_to_their_pictures(stack: Stack) -> None:
    made = [urlsplit(storage(stack).links.public_url(key)) for key in KEYS]
    if stack.parameters["PictureAccess"] == "public-read":
        assert {link.netloc for link in made} == {stack.attribute("PictureBucket", "RegionalDomainName")}
        assert [link.path for link in made] == [f"/uploads/{key}" for key in KEYS]
    else:
        assert {link.netloc for link in made} == {_site(stack)}
        assert [link.path for link in made] == [f"/i/{key}" for key in KEYS]
    # Also where new links name the bucket: those of before still work.
    paths = [f"/i/{key}" for key in KEYS]
    assert {behaviour(stack, path)["TargetOriginId"] for path in paths} == {"pictures"}
    assert rewrite(stack, paths) == [f"/uploads/{key}" for key in KEYS]


@check
def nothing_but_pictures_leaves(stack: Stack) -> None:
    name = f"/i/{NAME}"
    paths = [
        *(f"{name}.{extension}" for extension in ("html", "htm", "svg", "xml", "js", "pdf", "PNG", "png.html", "pngx")),
        *(name, f"{name}.", f"{name}.png/", f"{name}.png/x.png", f"{name}.html?.png", f"{name}.html%3f.png"),
        *("/i/", "/i/.png", "/i//x.png", "/i/../incoming/x.png", "/i/..%2fincoming%2fx.png", "/i/%2e%2e/x.png"),
        *("/i/incoming/x.png", "/i/uploads/x.png", "/i/2d/x.png", "/i/7d/7d/x.png", "/i/7d/", "/i/7dx.png/a.png"),
        *("/i/x.png\n", "/i/7d/.png", "/i/a/i/x.png"),
    ]
    answers = dict(zip(paths, rewrite(stack, paths), strict=True))
    assert {path: answer for path, answer in answers.items() if answer != 404} == {}


@check
def pictures_are_cached_for_a_day(stack: Stack) -> None:
    meant = behaviour(stack, f"/i/{NAME}.png")
    assert sorted(meant["AllowedMethods"]) == ["GET", "HEAD"]
    policy = stack[meant["CachePolicyId"]]["CachePolicyConfig"]
    day = 24 * 60 * 60
    assert policy["MinTTL"] <= policy["DefaultTTL"] <= policy["MaxTTL"] == day == min(EXPIRY_DAYS.values()) * day
    forwarded = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert forwarded["CookiesConfig"] == {"CookieBehavior": "none"}
    assert forwarded["HeadersConfig"] == {"HeaderBehavior": "none"}


@check
def buckets_are_read_with_our_signature(stack: Stack) -> None:
    # The name is spelled twice: by reference both ways it would be a cycle.
    expected = {
        f"/i/{NAME}.png": stack.attribute("PictureBucket", "RegionalDomainName"),
        "/": stack.attribute("PageBucket", "RegionalDomainName"),
    }
    for path, host in expected.items():
        meant = origin(stack, path)
        assert meant["DomainName"] == host
        assert meant["S3OriginConfig"] == {"OriginAccessIdentity": ""}
        access = stack[meant["OriginAccessControlId"]]["OriginAccessControlConfig"]
        assert access["SigningBehavior"] == "always"
        assert (access["SigningProtocol"], access["OriginAccessControlOriginType"]) == ("sigv4", "s3")


@check
def pictures_run_nothing(stack: Stack) -> None:
    headers = _headers(stack, f"/i/{NAME}.png")
    assert headers.get("x-content-type-options") == "nosniff"
    assert _directives(headers["content-security-policy"]) == {"default-src": {"'none'"}, "sandbox": set()}
    assert headers["cross-origin-resource-policy"] == "cross-origin"


@check
def page_sends_the_headers_of_the_service(stack: Stack) -> None:
    """Those of app/frontend.py, which knows the same hosts."""
    ours = {name.lower(): value for name, value in application(stack).test_client().get("/health").headers.items()}
    page = _headers(stack, "/")
    site = f"https://{_site(stack)}"
    policy = {name: sources - {site} for name, sources in _directives(ours["content-security-policy"]).items()}
    assert _directives(page["content-security-policy"]) == policy
    of_the_api = ("access-control-", "cache-control", "content-", "vary", "x-request-id")
    for name in (name for name in ours if not name.startswith(of_the_api)):
        assert page.get(name) == ours[name], name


@check
def page_may_reach_the_store(stack: Stack) -> None:
    policy = _directives(_headers(stack, "/")["content-security-policy"])
    upload = urlsplit(storage(stack).sign_upload(KEYS[0], "image/jpeg", 7).url)
    assert upload.netloc == stack.attribute("PictureBucket", "RegionalDomainName")
    assert f"https://{upload.netloc}" in policy["connect-src"]
    link = urlsplit(storage(stack).links.public_url(KEYS[0]))
    shown = {source.replace("'self'", f"https://{_site(stack)}") for source in policy["img-src"]}
    assert f"https://{link.netloc}" in shown
    assert "'self'" in policy["connect-src"]


@check
def transport_is_encrypted(stack: Stack) -> None:
    config = distribution(stack)
    assert config["HttpVersion"] == "http2and3"
    assert {each["ViewerProtocolPolicy"] for each in behaviours(stack)} <= {"redirect-to-https", "https-only"}
    for path in ("/", "/uploads/init", "/health", "/version", "/openapi.json", f"/i/{NAME}.png"):
        assert _headers(stack, path).get("strict-transport-security") == f"max-age={2 * 365 * 24 * 60 * 60}"
    if domain := stack.parameters["DomainName"]:
        assert config["Aliases"] == [domain]
        assert config["ViewerCertificate"] == {
            "AcmCertificateArn": stack.parameters["CertificateArn"],
            "SslSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
    else:
        assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


@check
def addresses_agree(stack: Stack) -> None:
    config = configuration(stack)
    assert config.site_url == stack.outputs["SiteUrl"] == f"https://{_site(stack)}"
    assert config.public_base_url == stack.outputs["PublicBaseUrl"]
    records = stack.of_type("AWS::Route53::RecordSetGroup")
    assert bool(records) == bool(stack.parameters["HostedZoneId"] and stack.parameters["DomainName"])
    for group in records.values():
        assert {(record["Name"], record["Type"]) for record in group["RecordSets"]} == {
            (_site(stack), "A"),
            (_site(stack), "AAAA"),
        }
        assert {record["AliasTarget"]["DNSName"] for record in group["RecordSets"]} == {_generated(stack)}


@check
def uploads_are_limited_where_asked(stack: Stack) -> None:
    limit = int(stack.parameters["WafRateLimit"])
    if not limit or stack.region != "us-east-1":
        assert "WebACLId" not in distribution(stack)
        assert stack.outputs["WebAcl"].startswith("none")
        assert ("us-east-1" in stack.outputs["WebAcl"]) == bool(limit)
        return
    assert distribution(stack).get("WebACLId") == "WebAcl.Arn"
    assert stack["WebAcl"]["Scope"] == "CLOUDFRONT"
    (rule,) = stack["WebAcl"]["Rules"]
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    counted = rule["Statement"]["RateBasedStatement"]
    assert (int(counted["Limit"]), counted["AggregateKeyType"]) == (limit, "IP")


def _site(stack: Stack) -> str:
    return stack.parameters["DomainName"] or _generated(stack)


def _generated(stack: Stack) -> str:
    return stack.attribute("Distribution", "DomainName")


def _directives(policy: str) -> dict[str, set[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: set(sources) for name, *sources in parts}


def _headers(stack: Stack, path: str) -> dict[str, str]:
    """Return what CloudFront adds to answers of `path`, whatever the origin says."""
    config = stack[behaviour(stack, path)["ResponseHeadersPolicyId"]]["ResponseHeadersPolicyConfig"]
    items: Iterable[dict[str, Any]] = config.get("CustomHeadersConfig", {}).get("Items", [])
    assert all(item["Override"] for item in items)
    headers = {item["Header"].lower(): item["Value"] for item in items}
    for name, value in config["SecurityHeadersConfig"].items():
        assert value["Override"] is True, name
        match name:
            case "ContentTypeOptions":
                headers["x-content-type-options"] = "nosniff"
            case "ContentSecurityPolicy":
                headers["content-security-policy"] = value[name]
            case "ReferrerPolicy":
                headers["referrer-policy"] = value[name]
            case "StrictTransportSecurity":
                headers["strict-transport-security"] = f"max-age={value['AccessControlMaxAgeSec']}"
    return headers
