"""Every error that a client is told about. Imports no framework: `api` turns them into problem details.

ServiceError
├── InvalidRequest        422  a field is wrong
├── AccessTokenRequired   401  the instance is private, and the access token is wrong or missing
├── InvalidToken          403  not made by this server, or for something else
│   └── ExpiredToken      403
├── ForeignPage           403  a page of another site sent the picture
├── ServiceWorkerRefused  403  the service worker is not the page's own
├── UnknownHost           421  the host is none of ours
├── UploadMissing         409  complete came before the PUT
├── UploadChanged         409  the staged bytes changed between check and copy
├── Deleted               410  somebody deleted the picture
├── Refused               422  the bytes are not a picture that we publish
│   ├── NotAnImage
│   ├── TypeMismatch
│   ├── SizeMismatch
│   ├── TooManyPixels
│   ├── LocationFound         only with REJECT_LOCATION
│   ├── RefusedByOperator     the operator's own check (VERIFY_URL) said no
│   │   └── Blocked           an operator has blocked these bytes
│   └── RefusedBefore         an earlier call refused what was uploaded
├── Unavailable           503  repeat later
│   ├── StoreUnavailable
│   │   └── StoreMisconfigured     the operator must act first
│   ├── VerifierUnavailable   the operator's own check did not answer
│   └── RelayBusy             as many clients send pictures as this process takes at a time
└── StoreFull             507  a disk of the server is full
"""

from enum import StrEnum
from typing import ClassVar, Self


class ServiceError(Exception):
    """Base of them all; `detail` is a sentence for a person, `code` a word for programs."""

    status: ClassVar[int]
    code: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(ServiceError):
    """A field of the request is wrong; `message` names the limit that it breaks."""

    status = 422
    code = "invalid_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class AccessTokenRequired(ServiceError):
    status = 401
    code = "access_token_required"


class InvalidToken(ServiceError):
    status = 403
    code = "invalid_token"


class ExpiredToken(InvalidToken):
    code = "expired_token"


class ForeignPage(ServiceError):
    status = 403
    code = "foreign_page"


class ServiceWorkerRefused(ServiceError):
    status = 403
    code = "service_worker_refused"


class UnknownHost(ServiceError):
    """The request names a host that this server does not answer for (RFC 9110, 15.5.20)."""

    status = 421
    code = "unknown_host"


class UploadMissing(ServiceError):
    status = 409
    code = "upload_missing"


class UploadChanged(ServiceError):
    status = 409
    code = "upload_changed"


class Deleted(ServiceError):
    status = 410
    code = "deleted"


class Refused(ServiceError):
    """The staged bytes will never be published; uploading them again won't help."""

    status = 422


class NotAnImage(Refused):
    code = "not_an_image"


class TypeMismatch(Refused):
    code = "type_mismatch"


class SizeMismatch(Refused):
    code = "size_mismatch"


class TooManyPixels(Refused):
    code = "too_many_pixels"


class LocationFound(Refused):
    code = "location_found"


class RefusedByOperator(Refused):
    code = "refused_by_operator"


class Blocked(RefusedByOperator):
    code = "blocked"


class RefusedBefore(Refused):
    code = "refused"


class Trouble(StrEnum):
    """What keeps the store from serving us, in the words that /health/ready answers with."""

    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    REGION = "region"
    CLOCK = "clock"
    BUCKET = "bucket"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    NOT_S3 = "not_s3"
    FULL = "full"
    SLOW = "slow"
    FAILING = "failing"


class Unavailable(ServiceError):
    """Something that we need can't answer now."""

    status = 503
    #: Seconds after which a client may try again; None where that alone would not help.
    retry_after: ClassVar[int | None] = 5


class StoreUnavailable(Unavailable):
    """The store can't answer now; `trouble` and `remedy` tell the operator why, and what mends it."""

    code = "store_unavailable"

    def __init__(self, detail: str, trouble: Trouble = Trouble.UNREACHABLE, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.remedy = remedy or detail

    def for_operators(self) -> Self:
        """Return the same error with the remedy in place of the users' sentence."""
        told = type(self)(self.remedy, self.trouble, self.remedy)
        told.__cause__ = self.__cause__
        return told


class StoreMisconfigured(StoreUnavailable):
    """The store refuses us until the operator changes a setting, so trying again does not help."""

    code = "store_misconfigured"
    retry_after = None


class VerifierUnavailable(Unavailable):
    code = "verifier_unavailable"


class RelayBusy(Unavailable):
    """Not a fault: a client that comes again finds a place."""

    code = "relay_busy"


class StoreFull(ServiceError):
    """A disk has no room for pictures: the embedded store's, or the relay's; links and deletes go on."""

    status = 507
    code = "store_full"
