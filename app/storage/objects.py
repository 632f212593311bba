"""What lies in the bucket, and under which key.

| prefix | holds | read by | kept |
| --- | --- | --- | --- |
| `incoming/<uuid>.<ext>` | bytes that nobody has verified, or a mark in their place | the API | a day |
| `incoming/deleted/<key>` | the mark that a delete leaves | the API | a day |
| `uploads/<key>` | published pictures | anyone | until someone deletes them |
| `uploads/<expiry>/…` | published pictures that expire | anyone | as long as EXPIRY_DAYS says |
| `restored/<moment>/<key>` | when a restored picture expires; empty | `Upkeep.expire` | until then |
| `blocked/<sha256>` | that nobody may publish these bytes; empty | the API | until an operator unblocks them |
| `albums/…` | albums (app/storage/albums.py); empty where one was deleted | the API | as pictures |

A picture's *key* is what follows `uploads/`: `<uuid>.<ext>`, or `<expiry>/<uuid>.<ext>`.
"""

import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, unquote

from app.pictures import EXTENSIONS, Image

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

#: Each expiry that a client may choose, with its days.
EXPIRY_DAYS: Final = {"1d": 1, "7d": 7, "30d": 30}
#: Seconds that a browser may keep a picture without an expiry.
FOREVER: Final = 365 * 24 * 60 * 60

INCOMING: Final = "incoming/"
PUBLIC: Final = "uploads/"
#: No URL that we sign can write below this prefix.
MARKS: Final = f"{INCOMING}deleted/"
#: A store counts a picture's days from its copy. After a restore, the names below this prefix say when it goes.
RESTORED: Final = "restored/"
#: The names below this prefix are digests of bytes that an operator has blocked.
BLOCKED: Final = "blocked/"
ALBUMS: Final = "albums/"

#: Days that an object lives under each prefix. Bucket set-up makes a lifecycle rule of each; `Upkeep.expire` does the
#: same on a store that applies none.
LIFETIMES: Final = {INCOMING: 1} | {
    f"{prefix}{expiry}/": days for prefix in (PUBLIC, ALBUMS) for expiry, days in EXPIRY_DAYS.items()
}

#: Extensions of pictures, also of those that we don't accept.
_OF_PICTURES: Final = frozenset().union(
    *EXTENSIONS.values(), ("bmp", "dib", "heic", "heif", "hif", "ico", "jp2", "jxl", "svg", "tif", "tiff")
)

_DISPOSITION: Final = "inline; filename*=UTF-8''"

# Also matches types and expiries that we no longer offer: their pictures are still there.
_KEY: Final = re.compile(r"(\d{1,4}d/)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z0-9]{1,8}")


class KeyTaken(Exception):
    """Other bytes are public under the key that it names."""


def is_key(text: str) -> bool:
    """Say whether `text` has the form of a key."""
    return _KEY.fullmatch(text) is not None


def page_name(key: str) -> str:
    """Return what a picture's page is called: nothing that looks like the name of a picture."""
    return key.replace(".", "-")


def read_page_name(name: str) -> str:
    """Return the key that a page's name stands for; any other text as it is."""
    return re.sub(r"-([a-z0-9]{1,8})\Z", r".\1", name)


def is_sha256(text: str) -> bool:
    """Say whether `text` is a SHA-256 as we write it: in lower case."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def staged(key: str) -> str:
    """Return the name of the object that the browser PUTs."""
    return INCOMING + key.rpartition("/")[2]


def public(key: str) -> str:
    """Return the name of the published object."""
    return PUBLIC + key


def mark(key: str) -> str:
    """Return the name of the mark that a delete leaves."""
    return MARKS + key


def reminder(key: str, moment: datetime) -> str:
    """Return the name that says when a restored picture expires; such names are in the order of their moments."""
    return f"{RESTORED}{moment:%Y%m%dT%H%M%SZ}/{key}"


def block(sha256: str) -> str:
    """Return the name that says that bytes with this digest, in hexadecimal, are blocked."""
    return BLOCKED + sha256


def safe_filename(name: str, content_type: str) -> str:
    """Return `name` without its path and control characters, and with an extension of its type.

    An extension of another type of picture is replaced: a PNG called `cat.jpg` becomes `cat.png`. The page shows the
    same name (frontend/src/pictures/names.ts): tests/tables/names.json tests both.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    base = "".join(character for character in base if character.isprintable()).strip() or "picture"
    extensions = EXTENSIONS[content_type]
    stem, extension = _divide(base)
    if extension in extensions:
        return base
    if extension in _OF_PICTURES:
        base = stem or "picture"
    return base if _divide(base)[1] in extensions else f"{base}.{extensions[0]}"


def _divide(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, extension.lower()) if dot else (name, "")


@dataclass(frozen=True)
class Upload:
    """What a client declared at `init`: `size` in bytes, `created` in seconds since the epoch.

    `sha256` is the base64 of the bytes' digest, if the client knows it: the store then refuses other bytes.
    """

    key: str
    filename: str
    content_type: str
    size: int
    created: int
    sha256: str | None = None

    @classmethod
    def new(
        cls,
        content_type: str,
        size: int,
        filename: str | None = None,
        sha256: str | None = None,
        expires_in: str | None = None,
    ) -> Self:
        """Give a picture a key that nobody can guess, and a file name that is safe to save under.

        Args:
            content_type: one of EXTENSIONS.
            size: in bytes.
            filename: what its uploader calls it, if anything.
            sha256: base64 of its digest, if its uploader knows it.
            expires_in: one of EXPIRY_DAYS, or None to keep it.
        """
        name = f"{uuid.uuid4()}.{EXTENSIONS[content_type][0]}"
        return cls(
            key=f"{expires_in}/{name}" if expires_in else name,
            filename=safe_filename(filename or name, content_type),
            content_type=content_type,
            size=size,
            created=int(time.time()),
            sha256=sha256,
        )

    @property
    def id(self) -> str:
        """The UUID in the key."""
        return self.key.rpartition("/")[2].partition(".")[0]

    @property
    def expires_at(self) -> datetime | None:
        """When the picture goes; None if it stays until someone deletes it."""
        days = EXPIRY_DAYS.get(self.key.rpartition("/")[0])
        return datetime.fromtimestamp(self.created, UTC) + timedelta(days) if days else None


def public_fields(upload: Upload, image: Image) -> dict[str, Any]:
    """Return what a store keeps with a published picture: type, file name, how long it may be kept, width and height.

    Browsers and CDNs may keep it no longer than it lasts. A store sends the headers as they were stored: `max-age`
    would start again at each GET, up to the last one, but `Expires` is the same moment for everyone, by the store's
    clock and not the browser's (RFC 9111, 4.2.1).
    """
    fields = {
        "ContentType": image.content_type,
        "ContentDisposition": f"{_DISPOSITION}{quote(upload.filename, safe='')}",
        "Metadata": {"width": str(image.width), "height": str(image.height)},
    }
    if upload.expires_at is None:
        return fields | {"CacheControl": f"public, max-age={FOREVER}, immutable"}
    return fields | {"CacheControl": "public, immutable", "Expires": upload.expires_at}


def declared(key: str, answer: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef", size: int) -> Upload:
    """Return what the uploader of a public picture declared, as the store keeps it: `public_fields` backwards."""
    days = EXPIRY_DAYS.get(key.rpartition("/")[0])
    created = answer["Metadata"].get("created", "")
    if created.isdecimal():  # It was restored.
        moment = int(created)
    elif days and "Expires" in answer:
        moment = int((answer["Expires"] - timedelta(days)).timestamp())
    else:
        moment = int(answer["LastModified"].timestamp())
    return Upload(key, read_filename(key, answer), answer["ContentType"], size, moment)


def read_filename(key: str, answer: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef") -> str:
    """Return the name that `public_fields` gave a picture; the end of its key, if it was not we who published it."""
    disposition = answer.get("ContentDisposition", "")
    filename = unquote(disposition.removeprefix(_DISPOSITION)) if disposition.startswith(_DISPOSITION) else ""
    return filename or key.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class SignedPut:
    """The URL to PUT a picture to, and the headers that the client must send with it."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Staged:
    """What the browser PUT: `head` is its first bytes, `size` counts all of them.

    `deleted` is true if a delete has put its mark in place of the picture.
    """

    etag: str
    size: int
    head: bytes
    deleted: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A public picture; `size` in bytes.

    `created` is false if it was public before this call: only then has it a `filename`.
    """

    image: Image
    size: int
    created: bool
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A public object as the bucket lists it; `size` in bytes."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What the bucket knows of a picture.

    `state` is "public"; "expired": past its time, and to be removed soon; "deleted", within the last day;
    "unpublished": uploaded, within the last day, and not completed; or "gone": none of these. The first two have the
    rest.
    """

    state: str
    upload: Upload | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    published: datetime | None = None
