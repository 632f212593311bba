"""Why the store does not serve us, told from botocore's errors: a kind for programs, a remedy for the operator."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from app.errors import StoreMisconfigured, StoreUnavailable, Trouble

#: How far our clock and the store's can be apart: beyond that, it refuses our signatures.
CLOCK_SKEW: Final = timedelta(minutes=15)

_PASSING: Final = "The server's storage is not available at the moment. Try again soon."
_LASTING: Final = "The server's storage is set up wrongly, or refuses the server. Whoever runs it must mend that."
_FULL: Final = "The server's storage is full. Whoever runs it must make room."
_CLOCKS: Final = "Set the clock by NTP: the store refuses signatures of another time."
_NO_CREDENTIALS: Final = (
    "The server has no credentials for the store. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task a"
    " role."
)

# What S3 calls an error, as https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html lists them. The
# numbers are what botocore makes of an answer without a body.
_CODES: Final = {
    "InvalidAccessKeyId": Trouble.CREDENTIALS,
    "SignatureDoesNotMatch": Trouble.CREDENTIALS,
    "ExpiredToken": Trouble.CREDENTIALS,
    "InvalidToken": Trouble.CREDENTIALS,
    "TokenRefreshRequired": Trouble.CREDENTIALS,
    "AccessDenied": Trouble.PERMISSION,
    "AccountProblem": Trouble.PERMISSION,
    "AllAccessDisabled": Trouble.PERMISSION,
    "403": Trouble.PERMISSION,
    "AuthorizationHeaderMalformed": Trouble.REGION,
    "PermanentRedirect": Trouble.REGION,
    "TemporaryRedirect": Trouble.REGION,
    "IllegalLocationConstraintException": Trouble.REGION,
    "301": Trouble.REGION,
    "RequestTimeTooSkewed": Trouble.CLOCK,
    "NoSuchBucket": Trouble.BUCKET,
    "InvalidBucketName": Trouble.BUCKET,
    "404": Trouble.BUCKET,
    "XMinioStorageFull": Trouble.FULL,
    "QuotaExceeded": Trouble.FULL,
    "InsufficientStorage": Trouble.FULL,
    "507": Trouble.FULL,
    "SlowDown": Trouble.SLOW,
    "ServiceUnavailable": Trouble.SLOW,
    "RequestTimeout": Trouble.SLOW,
}
_REMEDIES: Final = {
    Trouble.CREDENTIALS: "The store does not accept the server's credentials. Check AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY, or the task's role.",
    Trouble.PERMISSION: "The store knows the server's credentials, or hides that it does not, and they may not do this."
    " Give the role or user the rights on S3_BUCKET that docs/configuration.md lists.",
    Trouble.REGION: "The bucket is in another region than AWS_REGION says. Set AWS_REGION to the bucket's region.",
    Trouble.CLOCK: f"The server's clock and the store's are too far apart. {_CLOCKS}",
    Trouble.BUCKET: "The store has no bucket of this name. Correct S3_BUCKET, or run `flask storage setup` to create"
    " it.",
    Trouble.UNREACHABLE: "The store can't be reached. Check that it runs, S3_ENDPOINT_URL, DNS, and what is between.",
    Trouble.TLS: "The store's certificate is not one that the server trusts. Correct the host in S3_ENDPOINT_URL, or"
    " name the authority's certificate in AWS_CA_BUNDLE.",
    Trouble.NOT_S3: "Something else than an S3 store answered. Check that S3_ENDPOINT_URL leads to the store itself.",
    Trouble.FULL: "The store is full, or its quota is used up. Make room, or raise the quota.",
    Trouble.SLOW: "The store is too slow, or asks for fewer requests. Look at its load, and at the way to it.",
    Trouble.FAILING: "The store answers with an error of its own. Look at its log.",
}
#: What may well be over when a client asks again, without a change of any setting.
_PASSES: Final = {Trouble.UNREACHABLE, Trouble.NOT_S3, Trouble.SLOW, Trouble.FAILING}


def diagnose(error: Exception) -> StoreUnavailable:
    """Return what to raise in place of an error of botocore, or of Python where our calls to the store raise it."""
    trouble, remedy, passes = _look(error)
    if passes:
        return StoreUnavailable(_PASSING, trouble, remedy)
    return StoreMisconfigured(_FULL if trouble is Trouble.FULL else _LASTING, trouble, remedy)


def _look(error: Exception) -> tuple[Trouble, str, bool]:
    """Return the kind of trouble, its remedy, and whether it may pass by itself."""
    match error:
        case boto.ClientError():
            trouble, remedy = _read(error)
        case boto.NoCredentialsError():
            trouble, remedy = Trouble.CREDENTIALS, _NO_CREDENTIALS
        case boto.PartialCredentialsError():
            trouble, remedy = Trouble.CREDENTIALS, f"A part of the credentials is missing: {error}."
        case boto.CredentialRetrievalError():
            # Whoever gives a role its credentials may be away for a moment.
            return Trouble.CREDENTIALS, "The role's credentials can't be renewed. Look at what gives them.", True
        case RuntimeError():
            trouble, remedy = Trouble.CLOCK, f"The role's new credentials have expired already. {_CLOCKS}"
        case boto.SSLError():
            trouble, remedy = Trouble.TLS, _REMEDIES[Trouble.TLS]
        case ResponseParserError():
            trouble, remedy = Trouble.NOT_S3, _REMEDIES[Trouble.NOT_S3]
        case boto.ReadTimeoutError():
            trouble, remedy = Trouble.SLOW, _REMEDIES[Trouble.SLOW]
        case _:
            trouble, remedy = Trouble.UNREACHABLE, _REMEDIES[Trouble.UNREACHABLE]
    return trouble, remedy, trouble in _PASSES


def _read(refusal: boto.ClientError) -> tuple[Trouble, str]:
    """Return the kind of trouble that an answer of the store tells, and its remedy."""
    error: dict[str, Any] = dict(refusal.response["Error"])
    metadata = refusal.response["ResponseMetadata"]
    status, headers = metadata["HTTPStatusCode"], metadata["HTTPHeaders"]
    trouble = _CODES.get(str(error["Code"]), Trouble.FAILING)
    region = error.get("Region") or headers.get("x-amz-bucket-region")
    if status in (400, 403) and abs(_ahead(headers)) >= CLOCK_SKEW:
        return Trouble.CLOCK, _name_clocks(headers)
    if trouble is Trouble.REGION and region:
        return trouble, f"The bucket is in the region {region}. Set AWS_REGION={region}."
    if status < 500 and error["Code"].isdigit() and not refusal.operation_name.startswith("Head"):
        return Trouble.NOT_S3, _REMEDIES[Trouble.NOT_S3]  # An S3 would have named a code.
    if error["Code"] == "SignatureDoesNotMatch":
        return trouble, (
            "The store finds another signature. AWS_SECRET_ACCESS_KEY is wrong, or a proxy between the server and the"
            " store changes the Host header or the path."
        )
    if trouble is Trouble.FAILING and status < 500:
        return trouble, f"The store refuses the request with the code {error['Code']}, which the server does not know."
    return trouble, _REMEDIES[trouble]


def check_clock(headers: dict[str, str], url_ttl: timedelta) -> None:
    """Compare our clock with that of an answer of the store, which accepts our own calls up to CLOCK_SKEW.

    Raises:
        StoreMisconfigured: we sign URLs that have expired for the store already.
    """
    if -_ahead(headers) >= url_ttl:
        raise StoreMisconfigured(_LASTING, Trouble.CLOCK, _name_clocks(headers))


def _ahead(headers: dict[str, str]) -> timedelta:
    """Return how far our clock is ahead of the store's; nothing if the answer does not tell."""
    return datetime.now(UTC) - (_their_time(headers) or datetime.now(UTC))


def _their_time(headers: dict[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None


def _name_clocks(headers: dict[str, str]) -> str:
    ours, theirs = datetime.now(UTC), _their_time(headers) or datetime.now(UTC)
    return (
        f"This server's clock says {format_datetime(ours, usegmt=True)}, the store's says"
        f" {format_datetime(theirs, usegmt=True)}. {_CLOCKS}"
    )
