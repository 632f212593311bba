"""What every check works with: one instance, what was found out about it so far, and the traces to remove."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from app.doctor.visitor import Answer, Visitor
from app.errors import StoreUnavailable
from app.publisher import Publisher
from app.services import Services
from app.storage import Album, Shown, SignedPut, Storage, Trial, Upkeep, Upload
from config import Config

#: A PNG of one pixel.
PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b"
    "550000000a4944415478da6368000000820081da45083b0000000049454e44ae"
    "426082"
)


class Wrong(Exception):
    """Something is not as it must be; `remedy` is the command or the setting that mends it."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


class Inapplicable(Exception):
    """The check means nothing here, or the credentials may not make it; `remedy` says how it could be made."""

    def __init__(self, detail: str, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


class Untried(Exception):
    """The check of the name that this holds must be mended first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `ok` is None where it does not apply, or was not tried."""

    name: str
    ok: bool | None
    detail: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One question. `ask` returns what is well, in words, or raises one of the above.

    `needs` names the checks without which it would only find the same fault again.
    """

    name: str
    ask: "Callable[[Case], str]"
    needs: tuple[str, ...] = ()


@dataclass
class Case:
    """One instance, as its settings describe it."""

    config: Config
    storage: Storage
    upkeep: Upkeep
    publisher: Publisher
    trial: Trial
    visitor: Visitor
    #: The checks that found something wrong or were not tried, each with the one that found why.
    broken: dict[str, str] = field(default_factory=dict)
    #: What the store says to a stranger.
    greeting: Answer | None = None
    #: The upload that goes the whole way, the answer to its PUT, and what its link shows.
    upload: Upload | None = None
    put: Answer | None = None
    shown: Answer | None = None
    #: The names of all objects that the checks may leave.
    _traces: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, services: Services) -> "Case":
        """Make the case of an app."""
        config, storage = services.config, services.storage
        # The edge's own authority, where it has one.
        authority = config.instance_path / "edge" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        visitor = Visitor(authority if config.edge and authority.exists() else None)
        return cls(config, storage, services.upkeep, services.publisher, Trial(config, storage), visitor)

    @property
    def site_origin(self) -> str | None:
        """The origin of SITE_URL."""
        parts = urlsplit(self.config.site_url or "")
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None

    @property
    def origins(self) -> list[str]:
        """The origins of pages that must be able to upload; without SITE_URL's while that is wrong."""
        wrong = self.site_origin if "page" in self.broken else None
        return [origin for origin in self.config.page_origins if origin != wrong]

    @property
    def foreign_origins(self) -> list[str]:
        """Those of them to which the store is another origin, so that browsers ask before they PUT."""
        return [origin for origin in self.origins if origin != self.storage.links.upload_origin]

    @property
    def reads_bucket(self) -> bool:
        """Whether links depend on the bucket's own policy, and no CDN reads with rights of its own."""
        links = self.storage.links
        return self.config.embedded or links.public_url("") == f"{links.bucket_url}/uploads/"

    @property
    def bucket_urls(self) -> list[str]:
        """The bucket's addresses: for browsers, and for this server."""
        return list(dict.fromkeys([self.storage.links.bucket_url, self.trial.bucket_url]))

    def begin(self) -> Upload:
        """Return a new upload of PICTURE. If all else fails, its objects expire after a day."""
        upload = Upload.new("image/png", len(PICTURE), "check.png", "1d")
        trial = self.trial
        self._traces += [name(upload.key) for name in (trial.staged_name, trial.public_name, trial.mark_name)]
        return upload

    def begin_album(self) -> Album:
        """Return a new album of a picture that nobody uploads. If all else fails, it expires after a day."""
        picture = Shown(Upload.new("image/png", len(PICTURE)).key, "", "check.png", len(PICTURE), 1, 1)
        album = Album.new("check", picture.key, (picture,), "1d")
        self._traces.append(self.trial.album_name(album.id))
        return album

    def sign(self, upload: Upload, size: int | None = None, sha256: str | None = None) -> SignedPut:
        """Sign the PUT of an upload, with every header that a page may be told to send."""
        return self.storage.sign_upload(upload.key, upload.content_type, size or upload.size, sha256)

    def clear(self) -> list[str]:
        """Remove every trace; return the names of the objects that could not be removed."""
        return self.trial.clear(self._traces)


def describe(error: StoreUnavailable) -> str:
    """Say which signed call the store does not do as asked, and why."""
    cause = error.__cause__
    response = getattr(cause, "response", None)
    if not response:
        return f"The store does not do as asked: {type(cause).__name__} {cause or error.detail}"
    found = response.get("Error", {})
    call = getattr(cause, "operation_name", "as asked")
    return f"The store does not do {call}: {found.get('Code', '')} {found.get('Message', '')}".strip()
