"""What the bucket must be configured with, as the values that S3's API takes."""

import json
from typing import TYPE_CHECKING, Any, Final

from app.storage.objects import LIFETIMES, PUBLIC

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import (
        BucketLifecycleConfigurationTypeDef,
        CORSConfigurationTypeDef,
        PublicAccessBlockConfigurationTypeDef,
    )

#: The headers that a page may send with a PUT: those that `Storage.sign_upload` tells it to.
UPLOAD_HEADERS: Final = ["content-type", "if-none-match", "x-amz-checksum-sha256"]


def cors(origins: list[str]) -> "CORSConfigurationTypeDef":
    """Let the pages of `origins` PUT pictures and look at them."""
    return {
        "CORSRules": [
            {
                "AllowedOrigins": origins,
                "AllowedMethods": ["PUT", "GET", "HEAD"],
                "AllowedHeaders": UPLOAD_HEADERS,
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": 3600,
            }
        ]
    }


def policy(bucket: str, referer: str | None = None) -> str:
    """Let anyone read what is published, and nothing else; as JSON.

    With a `referer`, only those who send this secret as their Referer: the edge, in front of a store that nobody else
    may ask.
    """
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{PUBLIC}*",
    }
    if referer:
        statement["Condition"] = {"StringEquals": {"aws:Referer": referer}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def lifecycle() -> "BucketLifecycleConfigurationTypeDef":
    """Expire what lies under each prefix of LIFETIMES."""
    return {
        "Rules": [
            {"ID": prefix, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}
            for prefix, days in LIFETIMES.items()
        ]
    }


def public_access_block(*, aws: bool) -> "PublicAccessBlockConfigurationTypeDef":
    """Let the policy through, and no ACL."""
    return {
        # Ceph 16 would refuse every PUT, as if each carried a public ACL; there, ignoring ACLs is enough.
        "BlockPublicAcls": aws,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
