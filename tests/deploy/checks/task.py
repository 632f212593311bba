"""What a task runs as, and what it is told: its environment, its secrets, its log."""

from config import ROOT
from tests.deploy.cloudformation import Stack
from tests.deploy.defects import CONTAINER, Defect, append, drop, put, spell, variable
from tests.deploy.parts import attributes, outlives_the_stack
from tests.deploy.service import configuration, container, environment

#: MB of gunicorn's master and of each worker under load, resident.
_MASTER, _WORKER = 38, 87
_SPOOL = "/spool"


def container_is_confined(stack: Stack) -> None:
    definition = container(stack)
    assert definition["ReadonlyRootFilesystem"] is True
    assert definition["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    assert int(definition["User"].partition(":")[0]) > 0
    assert not definition.get("Privileged")


def relayed_pictures_lie_on_a_disk(stack: Stack) -> None:
    """The image's folder for them is a volume, because all else is read-only."""
    assert f"ENV TMPDIR={_SPOOL}\n" in (ROOT / "Dockerfile").read_text()
    assert container(stack).get("MountPoints") == [{"SourceVolume": "spool", "ContainerPath": _SPOOL}]
    assert stack["TaskDefinition"]["Volumes"] == [{"Name": "spool"}]


def workers_fit_into_a_size_that_fargate_has(stack: Stack) -> None:
    """The size is one of Fargate's, and has twice the memory that was measured (docs/deployment.md)."""
    cpu, memory = (int(stack["TaskDefinition"][each]) for each in ("Cpu", "Memory"))
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    at_least, at_most = {256: (512, 2048), 512: (1024, 4096), 1024: (2048, 8192)}[cpu]
    assert at_least <= memory <= at_most
    assert memory >= 2 * (_MASTER + _WORKER * configuration(stack).web_concurrency)


def environment_is_the_configuration(stack: Stack) -> None:
    config = configuration(stack)
    names = set(environment(stack)) | {secret["Name"] for secret in container(stack)["Secrets"]}
    assert names <= {name.upper() for name in config.__dataclass_fields__} - {"EMBEDDED", "CREDENTIALS"}
    # The service refuses a variable that is set to nothing (docs/configuration.md).
    assert all(environment(stack).values())
    # Embedded, the service would start a store that the container does not have.
    assert not config.embedded
    assert config.s3_endpoint_url is None
    wanted = stack.parameters
    assert config.aws_region == stack.region
    assert config.s3_bucket == stack["PictureBucket"]["BucketName"]
    assert config.max_upload_bytes == int(wanted["MaxUploadBytes"])
    assert config.max_pixels == int(wanted["MaxPixels"])
    assert config.reject_location == (wanted["RejectLocation"] == "true")
    assert config.report_url == (wanted["ReportUrl"] or None)
    assert config.upload_url_ttl == int(wanted["UploadUrlTtl"])
    assert config.web_concurrency == int(wanted["WebConcurrency"])
    assert config.cors_origins == [origin for origin in wanted["CorsOrigins"].split(",") if origin]
    assert bool(config.upload_tokens) == bool(wanted["UploadTokensSecretArn"])
    assert config.verify_url == (wanted["VerifyUrl"] or None)
    assert (config.verify_timeout, config.verify_fails) == (int(wanted["VerifyTimeout"]), wanted["VerifyFails"])
    assert (config.rate_limit or "off") == wanted["RateLimit"]
    # Other containers of the task could read a loopback address; the template has none.
    assert (config.metrics_port, config.metrics_host) == (
        (9464, "0.0.0.0") if wanted["MetricsSource"] else (None, "127.0.0.1")
    )


def proxies_are_counted(stack: Stack) -> None:
    hops = 1  # CloudFront.
    if attributes(stack, "Alb")["routing.http.xff_header_processing.mode"] == "append":
        hops += 1
    assert configuration(stack).trusted_proxies == hops == 2


def secrets_come_from_secrets_manager(stack: Stack) -> None:
    secrets = {secret["Name"]: secret["ValueFrom"] for secret in container(stack)["Secrets"]}
    assert secrets["SECRET_KEY"] == stack.ref("SecretKey")
    assert stack["SecretKey"]["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in stack["SecretKey"]
    assert secrets.get("VERIFY_SECRET", "") == stack.parameters["VerifySecretArn"]
    assert secrets.get("UPLOAD_TOKENS", "") == stack.parameters["UploadTokensSecretArn"]
    assert not {"SECRET_KEY", "UPLOAD_TOKENS", "VERIFY_SECRET"} & set(environment(stack))
    # A new key would break every existing delete link.
    assert outlives_the_stack(stack, "SecretKey")


def logs_are_searchable_and_expire(stack: Stack) -> None:
    (group,) = stack.of_type("AWS::Logs::LogGroup").values()
    assert group.get("RetentionInDays") == stack.parameters["LogRetentionDays"]
    assert container(stack)["LogConfiguration"]["Options"]["awslogs-group"] == group["LogGroupName"]
    # CloudWatch Logs Insights can search JSON by field.
    assert configuration(stack).log_format == "json"


DEFECTS = [
    Defect("root file system writable", container_is_confined, put(f"{CONTAINER}/ReadonlyRootFilesystem", False)),
    Defect("no place for pictures", relayed_pictures_lie_on_a_disk, drop(f"{CONTAINER}/MountPoints")),
    Defect("runs as root", container_is_confined, put(f"{CONTAINER}/User", "0:0")),
    Defect("keeps capabilities", container_is_confined, drop(f"{CONTAINER}/LinuxParameters/Capabilities/Drop")),
    Defect(
        "a size that Fargate has not",
        workers_fit_into_a_size_that_fargate_has,
        put("TaskDefinition/Memory", "1024"),
        "roomy",
    ),
    Defect(
        "more workers than the memory holds",
        workers_fit_into_a_size_that_fargate_has,
        variable("WEB_CONCURRENCY", "8"),
        "smallest",
    ),
    Defect(
        "a setting that is none",
        environment_is_the_configuration,
        append(f"{CONTAINER}/Environment", {"Name": "MAX_UPLOAD_SIZE", "Value": "1"}),
    ),
    Defect("bucket left out", environment_is_the_configuration, variable("S3_BUCKET", None)),
    Defect("region fixed", environment_is_the_configuration, variable("AWS_REGION", "us-west-2")),
    Defect(
        "empty CORS_ORIGINS",
        environment_is_the_configuration,
        append(f"{CONTAINER}/Environment", {"Name": "CORS_ORIGINS", "Value": ""}),
    ),
    Defect("limit not passed on", environment_is_the_configuration, variable("MAX_PIXELS", None), "limits"),
    Defect(
        "location not passed on",
        environment_is_the_configuration,
        variable("REJECT_LOCATION", None),
        "private instance",
    ),
    Defect(
        "place for reports not passed on",
        environment_is_the_configuration,
        spell(f"{CONTAINER}/Environment", "REPORT_URL", "GIT_COMMIT"),
        "private instance",
    ),
    Defect(
        "pictures are checked by nobody",
        environment_is_the_configuration,
        spell(f"{CONTAINER}/Environment", "VERIFY_URL", "GIT_COMMIT"),
        "pictures checked",
    ),
    Defect(
        "patience of the check not passed on",
        environment_is_the_configuration,
        variable("VERIFY_TIMEOUT", None),
        "pictures checked",
    ),
    Defect(
        "what nobody checked is published",
        environment_is_the_configuration,
        variable("VERIFY_FAILS", "open"),
        "pictures checked",
    ),
    Defect(
        "questions that nobody signs",
        environment_is_the_configuration,
        drop(f"{CONTAINER}/Secrets/2"),
        "pictures checked",
    ),
    Defect(
        "rate limit not passed on", environment_is_the_configuration, variable("RATE_LIMIT", None), "private instance"
    ),
    Defect(
        "metrics on loopback alone",
        environment_is_the_configuration,
        spell(f"{CONTAINER}/Environment", "METRICS_HOST", "GIT_COMMIT"),
        "measured from a range",
    ),
    Defect(
        "counts that nobody asked for",
        environment_is_the_configuration,
        append(f"{CONTAINER}/Environment", {"Name": "METRICS_PORT", "Value": "9464"}),
    ),
    Defect(
        "one secret for another",
        secrets_come_from_secrets_manager,
        spell(f"{CONTAINER}/Secrets/2", "VerifySecretArn", "UploadTokensSecretArn"),
        "pictures checked",
    ),
    Defect("CloudFront not counted", proxies_are_counted, variable("TRUSTED_PROXIES", "1")),
    Defect("a hop too many", proxies_are_counted, variable("TRUSTED_PROXIES", "3")),
    Defect("load balancer adds no hop", proxies_are_counted, put("Alb/LoadBalancerAttributes/2/Value", "preserve")),
    Defect("key in plain sight", secrets_come_from_secrets_manager, variable("SECRET_KEY", "k" * 40)),
    Defect(
        "key too short",
        secrets_come_from_secrets_manager,
        put("SecretKey/GenerateSecretString/PasswordLength", 16),
    ),
    Defect(
        "key dies with the stack",
        secrets_come_from_secrets_manager,
        put("SecretKey/DeletionPolicy", "Delete"),
    ),
    Defect("logs for people", logs_are_searchable_and_expire, variable("LOG_FORMAT", None)),
    Defect("logs for ever", logs_are_searchable_and_expire, drop("LogGroup/RetentionInDays")),
]
