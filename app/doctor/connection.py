"""Whether the page, the store and the bucket are there, and let us in."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from app.doctor.case import Case, Check, Inapplicable, Wrong, describe
from app.doctor.visitor import Answer, Unreachable
from app.errors import StoreUnavailable, Trouble

#: Seconds. A signature is good for 15 minutes at most, and an upload's URL for UPLOAD_URL_TTL from when we say it is.
MAX_SKEW: Final = 60


def _page(case: Case) -> str:
    site = case.config.site_url
    if not site:
        raise Inapplicable("SITE_URL is not set.")
    try:
        version = case.visitor.ask("GET", f"{site}/version")
        if b'"image-host"' in version.body:
            return f"{site} is this server."
        if version.status == 421:
            raise Wrong(f"The server at {site} does not answer for this host.", "Restart it with the same SITE_URL")
        if b'id="root"' in case.visitor.ask("GET", f"{site}/").body:
            return f"{site} shows the page."
    except Unreachable as error:
        raise Wrong(
            f"{site} can't be reached from here: {error}.",
            error.remedy or "Start the server; if it runs, set SITE_URL to its address",
        ) from error
    raise Wrong(
        f"{site} is something else: /version answers {version.status}.",
        "Set SITE_URL to the page's address; behind a proxy, see that it leads to the server, and that this runs",
    )


def _store(case: Case) -> str:
    url = case.trial.bucket_url
    setting = "S3_ENDPOINT_URL" if case.config.s3_endpoint_url else "AWS_REGION"
    try:
        case.greeting = answer = case.visitor.ask("GET", url)
    except Unreachable as error:
        raise Wrong(
            f"{url} can't be reached: {error}.",
            error.remedy or f"Set {setting} to the store's; start the store; let its port through",
        ) from error
    if not (b"<Error>" in answer.body or b"<ListBucketResult" in answer.body):
        raise Wrong(f"{url} answers {answer.status}, and not as an S3 does.", f"Set {setting} to the store's S3")
    if answer.status >= 500:
        raise Wrong(f"{url} answers {answer.status}.", "See the store's own log")
    return f"{url} is an S3."


def _clock(case: Case) -> str:
    date = _greeting(case).headers.get("date")
    if not date:
        raise Inapplicable("The store does not say what time it is.")
    skew = round((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    if abs(skew) > MAX_SKEW:
        raise Wrong(
            f"This machine's clock is {abs(skew)} seconds {'ahead of' if skew > 0 else 'behind'} the store's.",
            "Set the one that is wrong: `timedatectl set-ntp true`",
        )
    return f"The store's clock agrees within {MAX_SKEW} seconds."


def _region(case: Case) -> str:
    said, configured = _greeting(case).headers.get("x-amz-bucket-region"), case.config.aws_region
    if said and said != configured:
        raise Wrong(f"The bucket is in {said}, and AWS_REGION is {configured}.", f"Set AWS_REGION={said}")
    refused = _refused(case)
    if refused and refused.trouble is Trouble.REGION:
        raise Wrong(f"The store refuses the region {configured}.", refused.remedy)
    if not said:
        raise Inapplicable("The store does not say which region it is.")
    return f"The bucket is in {said}."


def _credentials(case: Case) -> str:
    refused = _refused(case)
    if refused and refused.trouble is not Trouble.BUCKET:
        raise Wrong(describe(refused), refused.remedy)
    return "The store knows the credentials."


def _bucket(case: Case) -> str:
    if refused := _refused(case):
        raise Wrong(describe(refused), refused.remedy)
    return f"{case.config.s3_bucket} is there."


def _greeting(case: Case) -> Answer:
    assert case.greeting, "`store` comes first"  # noqa: S101
    return case.greeting


def _refused(case: Case) -> StoreUnavailable | None:
    try:
        case.trial.ask()
    except StoreUnavailable as error:
        return error
    return None


CHECKS: Final = (
    Check("page", _page),
    Check("store", _store),
    Check("clock", _clock, ("store",)),
    Check("region", _region, ("clock",)),
    Check("credentials", _credentials, ("region",)),
    Check("bucket", _bucket, ("credentials",)),
)
