"""Everything that can go wrong, as a tree. Imports no framework: `api` turns these into problem details.

ServiceError
├── InvalidRequest        422  a field is wrong
├── AccessTokenRequired   401  a private instance, and no or a wrong access token
├── InvalidToken          403  forged, foreign or malformed
│   └── ExpiredToken      403
├── ServiceWorkerRefused  403  a service worker that is not the page's own
├── UnknownHost           421  a host that is none of ours
├── UploadMissing         409  complete before the PUT
├── UploadChanged         409  the staged bytes changed between check and copy
├── Deleted               410
├── Refused               422  the bytes are not a picture we publish
│   ├── NotAnImage
│   ├── TypeMismatch
│   ├── SizeMismatch
│   ├── TooManyPixels
│   └── LocationFound         only where REJECT_LOCATION is on
└── StoreUnavailable      503  repeat later
"""

from typing import ClassVar


class ServiceError(Exception):
    """Base of every error a client is told about; `detail` is one sentence for a person."""

    status: ClassVar[int]
    code: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(ServiceError):
    """Name the field that is wrong and the limit that it breaks."""

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


class ServiceWorkerRefused(ServiceError):
    status = 403
    code = "service_worker_refused"


class UnknownHost(ServiceError):
    """RFC 9110, section 15.5.20: the server is not the one that answers for this host."""

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
    """The staged bytes will never be published; sending the same ones again is of no use."""

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


class StoreUnavailable(ServiceError):
    """The store can't be asked now. `retry_after` is in seconds."""

    status = 503
    code = "store_unavailable"
    retry_after = 5
