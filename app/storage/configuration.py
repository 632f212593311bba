"""The bucket's configuration: what it is, what set-up makes of it, and what the store has no notion of."""

import json
from dataclasses import dataclass
from typing import Any, Final

from botocore import exceptions as boto

from app.errors import StoreUnavailable, Trouble
from app.storage import bucket, objects
from app.storage.client import Client, error_code, store_errors
from config import Config

#: Each part that S3 keeps: the call that reads it, the member of its answer, and the store's code where there is none.
_READ: Final = {
    "access block": (
        "get_public_access_block",
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    "policy": ("get_bucket_policy", "Policy", "NoSuchBucketPolicy"),
    "cors": ("get_bucket_cors", "CORSRules", "NoSuchCORSConfiguration"),
    "lifecycle": ("get_bucket_lifecycle_configuration", "Rules", "NoSuchLifecycleConfiguration"),
    "versioning": ("get_bucket_versioning", "Status", ""),
    "encryption": (
        "get_bucket_encryption",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
}
#: What set-up writes, in this order: AWS takes no public policy before the block lets it through.
WRITTEN: Final = ("access block", "policy", "cors", "lifecycle")

#: What keeps ACLs from opening objects.
ACLS: Final = ("BlockPublicAcls", "IgnorePublicAcls")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the configuration. `found` is None if the bucket has none.

    `code` is the store's where it doesn't tell: it has no such part, or the credentials may not read it.
    """

    name: str
    found: Any = None
    code: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether the store has no notion of this part."""
        return self.code in ("NotImplemented", "MethodNotAllowed", "501", "405")


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the configuration, and what set-up makes of it."""

    part: Part
    wanted: Any

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be written."""
        return not self.part.code and _plain(self.part.found) != _plain(self.wanted)


def _plain(value: Any) -> Any:
    """Return a value in a form that compares: a policy is JSON, and S3 keeps no order of most lists."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return sorted(map(_plain, value), key=repr) if isinstance(value, list) else value


class Configuration:
    """Of one bucket. Every method raises StoreUnavailable if the store is down, slow or refuses us."""

    def __init__(self, config: Config, client: Client) -> None:
        self._s3 = client.s3
        self._bucket = config.s3_bucket
        self._referer = config.store_referer
        self._aws = config.s3_endpoint_url is None

    def read(self, name: str) -> Part:
        """Return the part of this name: a key of _READ."""
        call, member, none = _READ[name]
        with store_errors():
            try:
                answer = getattr(self._s3, call)(Bucket=self._bucket)
            except boto.ClientError as error:
                code = error_code(error)
                # AWS names the missing block so, too, where the bucket itself is missing.
                if code in (none, "NoSuchBucket"):
                    return Part(name)
                if code == "AccessDenied" or Part(name, code=code).is_unknown:
                    return Part(name, code=code)
                raise
        return Part(name, answer.get(member))

    def plan(self, origins: list[str]) -> "list[Change]":
        """Return what set-up does to each part, so that pages of `origins` may upload; nothing is written.

        Raises:
            StoreUnavailable: also where we may not read a part, for what is there can't be kept then.
        """
        parts = {name: self.read(name) for name in WRITTEN}
        if denied := [name for name, part in parts.items() if part.code and not part.is_unknown]:
            sentence = (
                "These credentials may not read what the bucket has, so it could not be kept. Nothing was changed."
            )
            cause = PermissionError(f"AccessDenied: {', '.join(denied)}")
            raise StoreUnavailable(sentence, Trouble.PERMISSION) from cause
        policy = parts["policy"].found
        wanted: dict[str, Any] = {
            "access block": bucket.public_access_block(aws=self._aws),
            "policy": bucket.merge_policy(policy, self._bucket, self._referer),
            "cors": bucket.merge_cors(parts["cors"].found or [], origins),
            "lifecycle": bucket.merge_lifecycle(parts["lifecycle"].found or []),
        }
        if bucket.is_left_to_cdn(policy, self._bucket):
            wanted["access block"] = parts["access block"].found
        return [Change(part, wanted[name]) for name, part in parts.items()]

    def lacking(self, part: Part, origins: list[str]) -> list[str]:
        """Say what set-up would add to a part, in words: what does not work without it."""
        match part.name:
            case "policy" if not bucket.is_readable(bucket.statements_of(part.found), self._bucket, self._referer):
                return [f"nothing lets strangers read {objects.PUBLIC}*"]
            case "cors":
                return bucket.lacking_cors(part.found or [], origins)
            case "lifecycle":
                return bucket.lacking_lifecycle(part.found or [])
            case "access block" if not bucket.is_left_to_cdn(self.read("policy").found, self._bucket):
                found = part.found or {}
                return [name for name in ("BlockPublicPolicy", "RestrictPublicBuckets") if found.get(name)]
        return []

    def excess(self, part: Part) -> list[str]:
        """Say what a part does that breaks a promise, in words."""
        match part.name:
            case "policy":
                return bucket.too_wide(bucket.statements_of(part.found), self._bucket, self._referer)
            case "lifecycle":
                return bucket.harmful_lifecycle(part.found or [])
            case "access block":
                acls = bucket.public_access_block(aws=self._aws)
                return [f"{name} is off" for name in ACLS if acls[name] and not (part.found or {}).get(name)]
        return []

    def write(self, name: str, value: Any) -> None:
        """Make `value`, as `plan` returns it for this part, the bucket's."""
        with store_errors():
            match name:
                case "policy":
                    self._s3.put_bucket_policy(Bucket=self._bucket, Policy=value)
                case "cors":
                    self._s3.put_bucket_cors(Bucket=self._bucket, CORSConfiguration={"CORSRules": value})
                case "lifecycle":
                    self._s3.put_bucket_lifecycle_configuration(
                        Bucket=self._bucket, LifecycleConfiguration={"Rules": value}
                    )
                case "access block":
                    self._s3.put_public_access_block(Bucket=self._bucket, PublicAccessBlockConfiguration=value)

    def exists(self) -> bool:
        """Say whether the bucket is there."""
        with store_errors():
            try:
                self._s3.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
            except boto.ClientError as error:
                if error_code(error) == "NoSuchBucket":
                    return False
                raise
        return True

    def create(self) -> None:
        """Create the bucket; it may be ours already."""
        region = self._s3.meta.region_name
        # The one region that must not be named.
        where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with store_errors():
            try:
                self._s3.create_bucket(Bucket=self._bucket, **where)
            except boto.ClientError as error:
                if error_code(error) != "BucketAlreadyOwnedByYou":
                    raise
