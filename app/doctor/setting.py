"""Whether the bucket is configured as `storage setup` does it."""

from collections.abc import Callable
from typing import Final

from app.doctor.case import Case, Check, Inapplicable, Wrong
from app.storage import Part

SETUP: Final = "flask --app wsgi storage setup"
#: The permission that reads each part.
_PERMISSIONS: Final = {
    "policy": "s3:GetBucketPolicy",
    "cors": "s3:GetBucketCORS",
    "lifecycle": "s3:GetLifecycleConfiguration",
    "access block": "s3:GetBucketPublicAccessBlock",
    "versioning": "s3:GetBucketVersioning",
    "encryption": "s3:GetEncryptionConfiguration",
}
#: What follows where a store has no notion of a part.
WITHOUT: Final = {
    "access block": "None is needed, unless the store's own settings let ACLs open single objects.",
    "policy": "Strangers can't read pictures by the bucket's own address. A switch that opens the whole bucket is no"
    " substitute: it shows what nobody has verified. Let something read uploads/ with rights of its own.",
    "cors": "Pages can't upload, unless the store's own settings allow their origins.",
    "lifecycle": "Run `flask --app wsgi storage expire` every hour from a timer.",
    "versioning": "The store keeps no versions.",
    "encryption": "The store's own settings say whether it encrypts.",
}


def _access_block(case: Case) -> str:
    part = _read(case, "access block")
    configuration = case.upkeep.configuration
    if blocking := configuration.lacking(part, []):
        raise Wrong(f"It keeps strangers from reading pictures: {', '.join(blocking)}.", SETUP)
    if case.config.s3_endpoint_url is None and (open_ := configuration.excess(part)):
        raise Wrong(f"ACLs could make staged pictures public: {', '.join(open_)}.", SETUP)
    return "It lets the policy through, and no ACL."


def _policy(case: Case) -> str:
    part = _read(case, "policy")
    if wide := case.upkeep.configuration.excess(part):
        raise Wrong(
            f"Strangers may do more than look at pictures: {'; '.join(wide)}.",
            f"Remove what else the policy allows (aws s3api get-bucket-policy --bucket {case.config.s3_bucket}),"
            f" then: {SETUP}",
        )
    if lacking := case.upkeep.configuration.lacking(part, []):
        if case.reads_bucket:
            raise Wrong(f"Every link is dead: {'; '.join(lacking)}.", SETUP)
        raise Inapplicable("It lets nobody read pictures: what serves the links needs rights of its own.")
    return "Published pictures can be read, and nothing else."


def _cors(case: Case) -> str:
    origins = case.origins
    if not origins:
        raise Inapplicable("There is no page: neither SITE_URL nor CORS_ORIGINS is set, or SITE_URL is wrong.")
    if lacking := case.upkeep.configuration.lacking(_read(case, "cors"), origins):
        raise Wrong(f"Browsers refuse to upload: {'; '.join(lacking)}.", SETUP)
    return f"Pages of {', '.join(origins)} may upload."


def _lifecycle(case: Case) -> str:
    part = _read(case, "lifecycle")
    if harmful := case.upkeep.configuration.excess(part):
        raise Wrong(
            f"Links die: {'; '.join(harmful)}.",
            f"Remove the rule (aws s3api get-bucket-lifecycle-configuration --bucket {case.config.s3_bucket})",
        )
    if lacking := case.upkeep.configuration.lacking(part, []):
        raise Wrong(f"Nothing deletes what lies under {', '.join(lacking)}.", SETUP)
    return "Staged bytes and pictures with an expiry go by themselves."


def _versioning(case: Case) -> str:
    part = _read(case, "versioning")
    if part.found == "Enabled":
        raise Wrong(
            "It is on: what is deleted stays in the bucket as an older version.",
            f"aws s3api put-bucket-versioning --bucket {case.config.s3_bucket} --versioning-configuration"
            " Status=Suspended; then delete the older versions",
        )
    return "It is off: a delete deletes."


def _encryption(case: Case) -> str:
    rules = (_read(case, "encryption").found or {}).get("Rules", [])
    kinds = [rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "") for rule in rules]
    if case.reads_bucket and any(kind.startswith("aws:kms") for kind in kinds):
        raise Wrong(
            "Strangers can't read what a key of KMS encrypts.",
            f"aws s3api delete-bucket-encryption --bucket {case.config.s3_bucket} (S3 then encrypts with its own keys)",
        )
    return f"The bucket encrypts: {', '.join(kinds)}." if any(kinds) else "The bucket asks for none."


def _read(case: Case, name: str) -> Part:
    part = case.upkeep.configuration.read(name)
    if part.is_unknown:
        raise Inapplicable(WITHOUT[name])
    if part.code:
        raise Inapplicable(
            f"The credentials may not read it ({part.code}).", f"Allow them {_PERMISSIONS[name]}, or run it with others"
        )
    return part


_ASK: Final[dict[str, Callable[[Case], str]]] = {
    "access block": _access_block,
    "policy": _policy,
    "cors": _cors,
    "lifecycle": _lifecycle,
    "versioning": _versioning,
    "encryption": _encryption,
}
CHECKS: Final = tuple(Check(name, ask, ("bucket",)) for name, ask in _ASK.items())
