"""What somebody who runs the service sees: the dashboard, metrics of containers, access logs."""

import json
from typing import Any

from tests.deploy import iam
from tests.deploy.cloudformation import ACCOUNT, Stack
from tests.deploy.cloudfront import picture_distributions
from tests.deploy.defects import CDN, Defect, drop, put, spell
from tests.deploy.faults import Minute, streams
from tests.deploy.parts import attributes, outlives_the_stack
from tests.deploy.service import actions

_OURS = {"aws_SourceAccount": ACCOUNT, "aws_SecureTransport": "true"}
_FOREIGN = {"aws_SourceAccount": "999999999999", "aws_SecureTransport": "true"}


def dashboard_shows_what_is_published(stack: Stack) -> None:
    """Every line of every graph is a metric that AWS publishes about this stack, in the region that has it."""
    busy = Minute(failed=1, refused=1, failed_at_edge=1, failed_at_edge_of_pictures=1)
    published = streams(stack, [busy]).keys()
    shown = set()
    for widget in _widgets(stack):
        for metric in _metrics(widget):
            assert metric in published, metric
            shown.add(metric)
            assert widget["properties"]["region"] == ("us-east-1" if metric[0] == "AWS/CloudFront" else stack.region)
    # What an alarm is about, the dashboard shows.
    assert {name for _, name, _ in shown} >= {
        *("UploadsBegun", "UploadsCompleted", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "5xxErrorRate"),
        *("TargetResponseTime", "HealthyHostCount", "CPUUtilization"),
    }
    requests = {dict(places)["DistributionId"] for _, name, places in shown if name == "Requests"}
    assert requests == {stack.ref(name) for name in picture_distributions(stack)}
    (log,) = [widget["properties"] for widget in _widgets(stack) if widget["type"] == "log"]
    assert log["region"] == stack.region
    assert log["query"].startswith(f"SOURCE '{stack.ref('LogGroup')}' | ")


def dashboard_has_no_gaps(stack: Stack) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in _widgets(stack):
        left, top = widget["x"], widget["y"]
        place = {(x, y) for x in range(left, left + widget["width"]) for y in range(top, top + widget["height"])}
        assert not taken & place, widget["properties"]["title"]
        taken |= place
    rows = {y for _, y in taken}
    assert taken == {(x, y) for x in range(24) for y in range(max(rows) + 1)}


def containers_are_measured_as_asked(stack: Stack) -> None:
    asked = stack.parameters["ContainerInsights"]
    assert stack["Cluster"].get("ClusterSettings") == [{"Name": "containerInsights", "Value": asked}]


def access_is_logged_where_asked(stack: Stack) -> None:
    balancer = attributes(stack, "Alb")
    configs = {name: stack[name]["DistributionConfig"].get("Logging") for name in picture_distributions(stack)}
    bucket = stack["PictureBucket"].get("LoggingConfiguration")
    logged = stack.parameters["AccessLogDays"] != "0"
    assert balancer["access_logs.s3.enabled"] == ("true" if logged else "false")
    assert {bool(each) for each in (*configs.values(), bucket)} == {logged}
    if not logged:
        assert "LogBucket" not in stack.resources
        return
    logs = stack.ref("LogBucket")
    assert balancer["access_logs.s3.bucket"] == logs
    # The load balancer tries to write as soon as this is switched on.
    assert stack["Alb"].get("Tags") == [{"Key": "logged-by", "Value": "LogBucketPolicy"}]
    assert bucket["DestinationBucketName"] == logs
    for config in configs.values():
        assert config["Bucket"] == f"{logs}.s3.amazonaws.com"
        assert config["IncludeCookies"] is False
    prefixes = [config["Prefix"] for config in configs.values()] + [bucket["LogFilePrefix"]]
    prefixes.append(balancer["access_logs.s3.prefix"] + "/")
    assert len(set(prefixes)) == len(prefixes)
    assert all(prefix.endswith("/") for prefix in prefixes)


def access_logs_may_be_delivered(stack: Stack) -> None:
    if stack.parameters["AccessLogDays"] == "0":
        return
    arn, balancer = stack.attribute("LogBucket", "Arn"), attributes(stack, "Alb")
    statements = stack["LogBucketPolicy"]["PolicyDocument"]["Statement"]
    pictures = stack["PictureBucket"]["LoggingConfiguration"]["LogFilePrefix"]
    writers = {
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        "logdelivery.elasticloadbalancing.amazonaws.com": f"{balancer['access_logs.s3.prefix']}/AWSLogs/{ACCOUNT}/",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        "logging.s3.amazonaws.com": pictures,
    }
    source = {"aws_SourceArn": stack.attribute("PictureBucket", "Arn")}
    for writer, prefix in writers.items():
        context = {"principal": writer, **_OURS, **source}
        assert iam.allows(statements, "s3:PutObject", f"{arn}/{prefix}x.gz", **context), writer
        others = {"", "x", "cloudfront/x", *(f"{other}x" for other in writers.values() if other != prefix)}
        assert not any(iam.allows(statements, "s3:PutObject", f"{arn}/{key}", **context) for key in others), writer
        may = {action for action in actions() if iam.allows(statements, action, f"{arn}/{prefix}x.gz", **context)}
        assert may == {"s3:PutObject"}, writer
    s3, key = "logging.s3.amazonaws.com", f"{arn}/{pictures}x"
    assert not iam.allows(statements, "s3:PutObject", key, principal=s3, **_FOREIGN, **source)
    assert not iam.allows(statements, "s3:PutObject", key, principal=s3, **_OURS, aws_SourceArn="arn:aws:s3:::another")
    # CloudFront writes by ACL: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
    assert stack["LogBucket"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}


def access_logs_are_private_and_expire(stack: Stack) -> None:
    if stack.parameters["AccessLogDays"] == "0":
        return
    made, arn = stack["LogBucket"], stack.attribute("LogBucket", "Arn")
    flags = made["PublicAccessBlockConfiguration"]
    assert len(flags) == 4
    assert set(flags.values()) == {True}
    # The load balancer can write to no bucket with a key of KMS.
    (encryption,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    rule = {"Id": "expire", "Status": "Enabled", "ExpirationInDays": stack.parameters["AccessLogDays"]}
    assert made.get("LifecycleConfiguration") == {"Rules": [rule]}
    assert "VersioningConfiguration" not in made
    statements = stack["LogBucketPolicy"]["PolicyDocument"]["Statement"]
    for place in (arn, f"{arn}/load-balancer/x.gz", f"{arn}/cloudfront/x.gz", f"{arn}/pictures/x"):
        assert not any(iam.allows(statements, action, place, principal="anonymous", **_OURS) for action in actions())
        assert iam.denies(statements, "s3:GetObject", place, principal="anonymous", aws_SecureTransport="false")
    # AWS deletes no bucket with logs in it, and the stack must go nevertheless.
    assert outlives_the_stack(stack, "LogBucket")
    assert stack["LogBucketPolicy"]["Bucket"] == stack.ref("LogBucket")


def _widgets(stack: Stack) -> list[dict[str, Any]]:
    return json.loads(stack["Dashboard"]["DashboardBody"])["widgets"]


def _metrics(widget: dict[str, Any]) -> list[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Return the metrics of a graph, with `.` and `...` filled in from the line above.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    found, above = [], list[str]()
    for line in widget["properties"].get("metrics", []):
        words = [word for word in line if not isinstance(word, dict)]
        if words[:1] == ["..."]:
            words = above[: len(above) - len(words) + 1] + words[1:]
        above = [above[at] if word == "." else word for at, word in enumerate(words)]
        namespace, name, *places = above
        found.append((namespace, name, frozenset(zip(places[::2], places[1::2], strict=True))))
    return found


BODY = "Dashboard/DashboardBody/Fn::Sub/0"
LOGS, WRITERS = "LogBucket", "LogBucketPolicy/PolicyDocument/Statement"
APART = "pictures apart"

DEFECTS = [
    Defect("graph of a metric that is none", dashboard_shows_what_is_published, spell(BODY, 'Count"', 'Counts"')),
    Defect(
        "graph by the load balancer's ARN",
        dashboard_shows_what_is_published,
        spell(BODY, "${Alb.LoadBalancerFullName}", "${Alb}"),
    ),
    Defect(
        "graph of CloudFront elsewhere",
        dashboard_shows_what_is_published,
        spell(BODY, '"us-east-1"', '"${AWS::Region}"'),
        "public load balancer",
    ),
    Defect("no graph of uploads", dashboard_shows_what_is_published, spell(BODY, '"UploadsBegun"', '"UploadsBegan"')),
    Defect(
        "no graph of the pictures' own host",
        dashboard_shows_what_is_published,
        spell(BODY, "${OfPictures}", ""),
        APART,
    ),
    Defect(
        "log of another group",
        dashboard_shows_what_is_published,
        spell("Dashboard/DashboardBody/Fn::Sub/1/Query", "${LogGroup}", "${Cluster}"),
    ),
    Defect("graphs over each other", dashboard_has_no_gaps, spell(BODY, '"x": 16', '"x": 12')),
    Defect("a hole in the dashboard", dashboard_has_no_gaps, spell(BODY, '"y": 12', '"y": 13')),
    Defect("containers measured whatever was asked", containers_are_measured_as_asked, drop("Cluster/ClusterSettings")),
    Defect(
        "access logs nobody asked for",
        access_is_logged_where_asked,
        put("Alb/LoadBalancerAttributes/3/Value", "true"),
    ),
    Defect("CloudFront not logged", access_is_logged_where_asked, drop(f"{CDN}/Logging"), APART),
    Defect(
        "pictures' own host not logged",
        access_is_logged_where_asked,
        drop("PicturesDistribution/DistributionConfig/Logging"),
        APART,
    ),
    Defect("uploads not logged", access_is_logged_where_asked, drop("PictureBucket/LoggingConfiguration"), APART),
    Defect("load balancer logged before it may write", access_is_logged_where_asked, drop("Alb/Tags"), APART),
    Defect(
        "two logs in one folder",
        access_is_logged_where_asked,
        spell("PicturesDistribution/DistributionConfig/Logging", "cloudfront-pictures/", "cloudfront/"),
        APART,
    ),
    Defect(
        "load balancer may not write its log",
        access_logs_may_be_delivered,
        spell(f"{WRITERS}/1/Resource", "/AWSLogs/", "/"),
        APART,
    ),
    Defect("picture bucket may not write its log", access_logs_may_be_delivered, drop(f"{WRITERS}/2"), APART),
    Defect("any account logs here", access_logs_may_be_delivered, drop(f"{WRITERS}/2/Condition/StringEquals"), APART),
    Defect("any bucket logs here", access_logs_may_be_delivered, drop(f"{WRITERS}/2/Condition/ArnLike"), APART),
    Defect(
        "ACLs off, by which CloudFront writes",
        access_logs_may_be_delivered,
        spell(f"{LOGS}/OwnershipControls", "BucketOwnerPreferred", "BucketOwnerEnforced"),
        APART,
    ),
    Defect(
        "logs may be public",
        access_logs_are_private_and_expire,
        put(f"{LOGS}/PublicAccessBlockConfiguration/BlockPublicAcls", False),
        APART,
    ),
    Defect("access logs for ever", access_logs_are_private_and_expire, drop(f"{LOGS}/LifecycleConfiguration"), APART),
    Defect(
        "anybody reads the logs",
        access_logs_are_private_and_expire,
        put(
            f"{WRITERS}/1",
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${LogBucket.Arn}/cloudfront/*"},
            },
        ),
        APART,
    ),
    Defect(
        "logs under a key of KMS",
        access_logs_are_private_and_expire,
        spell(f"{LOGS}/BucketEncryption", "AES256", "aws:kms"),
        APART,
    ),
    Defect(
        "a full log bucket keeps the stack from going",
        access_logs_are_private_and_expire,
        put(f"{LOGS}/DeletionPolicy", "Delete"),
        APART,
    ),
]
