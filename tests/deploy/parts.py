"""What checks of several subjects look up in a stack."""

from tests.deploy import iam
from tests.deploy.cloudformation import Stack


def attributes(stack: Stack, name: str) -> dict[str, str]:
    attributes = stack[name].get("LoadBalancerAttributes") or stack[name]["TargetGroupAttributes"]
    return {attribute["Key"]: attribute["Value"] for attribute in attributes}


def picture_arn(stack: Stack, key: str) -> str:
    return stack.attribute("PictureBucket", "Arn") + (f"/{key}" if key else "")


def picture_policy(stack: Stack) -> list[iam.Statement]:
    return stack["PictureBucketPolicy"]["PolicyDocument"]["Statement"]


def outlives_the_stack(stack: Stack, name: str) -> bool:
    """Say whether AWS keeps a resource when the stack goes, but not if its creation failed: it would block the next."""
    made = stack.resources[name]
    return made.get("DeletionPolicy") == "RetainExceptOnCreate" and made.get("UpdateReplacePolicy") == "Retain"


def task_may(stack: Stack, action: str, arn: str, **context: str) -> bool:
    request = {"aws_SecureTransport": "true", "s3_signatureAge": "0"} | context
    denied = iam.denies(picture_policy(stack), action, arn, principal="TaskRole", **request)
    return not denied and iam.allows(role_statements(stack, "TaskRole"), action, arn, **request)


def role_statements(stack: Stack, role: str) -> list[iam.Statement]:
    return [statement for policy in stack[role]["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def pictures_domain(stack: Stack) -> str:
    """Return the host of new links where CloudFront serves them."""
    return stack.parameters["PicturesDomain"] or site_domain(stack)


def site_domain(stack: Stack) -> str:
    return stack.parameters["DomainName"] or generated_domain(stack)


def generated_domain(stack: Stack, name: str = "Distribution") -> str:
    return stack.attribute(name, "DomainName")
