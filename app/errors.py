"""Every error that a client is told about. Imports no framework: `api` turns them into problem details.

ServiceError
├── InvalidRequest        422  a field is wrong
│   └── PicturesMissing       pictures of an album are none of this server's public ones
├── AccessTokenRequired   401  the instance is private, and the access token is wrong or missing
├── InvalidToken          403  not made by this server, or for something else
│   └── ExpiredToken      403
├── ForeignPage           403  a page of another site sent the picture
├── ServiceWorkerRefused  403  the service worker is not the page's own
├── UnknownHost           421  the host is none of ours
├── UploadMissing         409  complete came before the PUT
├── UploadChanged         409  the staged bytes changed between check and copy
├── Deleted               410  somebody deleted the picture
├── AlbumMissing          404  there is no such album, or it has expired
├── AlbumDeleted          410  somebody deleted the album
├── AlbumChanged          409  another edit came first
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
    #: A sentence as clients read it, for docs/openapi.json. A test compares it with the places that raise the error.
    example: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @classmethod
    def sample(cls) -> Self:
        """Return one such error, for the documentation."""
        return cls(cls.example)


class InvalidRequest(ServiceError):
    """Fields of the request are wrong; `message` names the limit that each of them breaks."""

    status = 422
    code = "invalid_request"
    #: The one that the example is about.
    field: ClassVar[str] = "size"
    example = "Must be at most 26214400 bytes."

    def __init__(self, fields: str | list[str], message: str) -> None:
        self.fields = [fields] if isinstance(fields, str) else fields
        super().__init__(f"{self.fields[0]}: {message}")
        self.message = message

    @classmethod
    def sample(cls) -> Self:
        """Return one such error, for the documentation."""
        return cls(cls.field, cls.example)


class PicturesMissing(InvalidRequest):
    code = "pictures_missing"
    field = "pictures.3"
    example = "There is no such public picture on this server. It may have been deleted, or have expired."


class AccessTokenRequired(ServiceError):
    status = 401
    code = "access_token_required"
    example = "This server is private: send Authorization: Bearer with an access token."


class InvalidToken(ServiceError):
    status = 403
    code = "invalid_token"
    example = "uploadToken was not made by this server."


class ExpiredToken(InvalidToken):
    code = "expired_token"
    example = "uploadToken has expired after a day. Start again with /uploads/init."


class ForeignPage(ServiceError):
    status = 403
    code = "foreign_page"
    example = "A page of another site sent this. Whoever runs this server lets that site upload with CORS_ORIGINS."


class ServiceWorkerRefused(ServiceError):
    status = 403
    code = "service_worker_refused"
    example = "No service worker is served here but /share.js."


class UnknownHost(ServiceError):
    """The request names a host that this server does not answer for (RFC 9110, 15.5.20)."""

    status = 421
    code = "unknown_host"
    example = (
        "This server does not answer to the host that the request names. Whoever runs it adds the host's name to"
        " ALLOWED_HOSTS, or sets SITE_URL to the page's address (docs/configuration.md)."
    )


class UploadMissing(ServiceError):
    status = 409
    code = "upload_missing"
    example = "The picture is not in the store yet. PUT it to uploadURL first."


class UploadChanged(ServiceError):
    status = 409
    code = "upload_changed"
    example = "The picture changed in the store while it was checked. Upload it again."


class Deleted(ServiceError):
    status = 410
    code = "deleted"
    example = "The picture was deleted."


class AlbumMissing(ServiceError):
    status = 404
    code = "album_missing"
    example = "There is no such album. It may have expired."


class AlbumDeleted(ServiceError):
    status = 410
    code = "album_deleted"
    example = "The album was deleted."


class AlbumChanged(ServiceError):
    status = 409
    code = "album_changed"
    example = "The album was changed meanwhile. Read it again, and change that."


class Refused(ServiceError):
    """The staged bytes will never be published; uploading them again won't help."""

    status = 422


class NotAnImage(Refused):
    code = "not_an_image"
    example = "The PNG file holds no picture that browsers show."


class TypeMismatch(Refused):
    code = "type_mismatch"
    example = "The file was declared image/png and is image/jpeg."


class SizeMismatch(Refused):
    code = "size_mismatch"
    example = "1024 bytes arrived where 2048 were promised."


class TooManyPixels(Refused):
    code = "too_many_pixels"
    example = "The picture has 20000 × 20000 pixels; at most 100000000 are accepted."


class LocationFound(Refused):
    code = "location_found"
    example = "The picture says where it was taken. Remove its GPS position and try again."


class RefusedByOperator(Refused):
    code = "refused_by_operator"
    example = "Whoever runs this server does not accept this picture. It shows a number plate."


class Blocked(RefusedByOperator):
    code = "blocked"
    example = "Whoever runs this server has blocked this picture."


class RefusedBefore(Refused):
    code = "refused"
    example = "What was uploaded was refused. Start again with /uploads/init."


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
    example = "The server's storage is not available at the moment. Try again soon."

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
    example = "The server's storage is set up wrongly, or refuses the server. Whoever runs it must mend that."
    retry_after = None

    @classmethod
    def sample(cls) -> Self:
        """Return one such error, for the documentation."""
        return cls(cls.example, Trouble.PERMISSION)


class VerifierUnavailable(Unavailable):
    code = "verifier_unavailable"
    example = "The check before publishing does not answer. Try again soon."


class RelayBusy(Unavailable):
    """Not a fault: a client that comes again finds a place."""

    code = "relay_busy"
    example = "The server takes as many pictures in as it can. Try again soon."


class StoreFull(ServiceError):
    """A disk has no room for pictures: the embedded store's, or the relay's; links and deletes go on."""

    status = 507
    code = "store_full"
    example = "The server's disk is full, so it takes no pictures. Those that it has can be seen and deleted."
