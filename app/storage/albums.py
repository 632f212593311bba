"""Albums: one link for many pictures. Each is one JSON object, which names public pictures by their keys.

An album's *id* is `<uuid>`, or `<expiry>-<uuid>`; its object is `albums/<uuid>.json`, or
`albums/<expiry>/<uuid>.json`. One PUT makes it, one PUT on condition replaces it, and one empty PUT deletes it: so no
process can die half way.
"""

import json
import re
import time
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from app.errors import AlbumChanged, AlbumDeleted, AlbumMissing
from app.storage import objects
from app.storage.client import GONE_OR_CHANGED, Client, error_code, unquoted
from app.storage.objects import EXPIRY_DAYS, Listed

#: Pictures of one album.
MAX_PICTURES: Final = 500

_ID: Final = re.compile(r"(?:(\d{1,4}d)-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_LINK: Final = re.compile(rf".*/a/({_ID.pattern})(?:[?#].*)?")
# No number of an album is as large; seconds since the epoch above it are no date.
_LARGEST: Final = 2**40
# They turn the direction of what follows, beyond the end of the text.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def find_album(text: str) -> str | None:
    """Return the id in the link of an album; None if it is none."""
    found = _LINK.fullmatch(text)
    return found[1] if found else None


def is_album(text: str) -> bool:
    """Say whether `text` has the form of an album's id."""
    return _ID.fullmatch(text) is not None


def safe_text(text: str, *, lines: bool = False) -> str:
    """Return `text` without control characters and those that turn its direction; with `lines`, line feeds stay.

    Other invisible ones stay: emoji and Persian need them.
    """
    kept = (
        character
        for character in text
        if (lines and character == "\n")
        or (unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") and character not in _TURNING)
    )
    return "".join(kept).strip()


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in an album, with what the store said of it when it came there; `size` in bytes."""

    key: str
    caption: str
    filename: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Album:
    """What an album is; `cover` is the key of one of its pictures, `created` in seconds since the epoch."""

    id: str
    title: str
    cover: str
    pictures: tuple[Shown, ...]
    created: int
    version: int = 1

    @classmethod
    def new(cls, title: str, cover: str, pictures: tuple[Shown, ...], expires_in: str | None = None) -> Self:
        """Give an album an id that nobody can guess; `expires_in` is one of EXPIRY_DAYS, or None to keep it."""
        name = str(uuid.uuid4())
        return cls(f"{expires_in}-{name}" if expires_in else name, title, cover, pictures, int(time.time()))

    @property
    def expires_at(self) -> datetime | None:
        """When the album goes, however late it was edited; None if it stays until someone deletes it."""
        found = _ID.fullmatch(self.id)
        days = EXPIRY_DAYS.get(found[1] or "") if found else None
        return datetime.fromtimestamp(self.created, UTC) + timedelta(days) if days else None

    def is_expired(self, now: datetime) -> bool:
        """Say whether its time has come; the store may remove it later."""
        return self.expires_at is not None and self.expires_at <= now

    def to_json(self) -> bytes:
        """Return it as the store keeps it; the id is the object's name."""
        fields = asdict(self)
        del fields["id"]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, album_id: str, data: bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it wrote something else.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            pictures = tuple(Shown(**picture) for picture in fields.pop("pictures"))
            album = cls(id=album_id, pictures=pictures, **fields)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("It is no album.") from error
        if not album.is_sound():
            raise ValueError("It is no album.")
        return album

    def is_sound(self) -> bool:
        """Say whether all of it is of its type, and names pictures by their keys: a backup may hold anything."""
        numbers = [self.created, self.version]
        texts = [self.title, self.cover]
        for picture in self.pictures:
            numbers += [picture.size, picture.width, picture.height]
            texts += [picture.key, picture.caption, picture.filename]
        return (
            all(type(number) is int and 0 <= number < _LARGEST for number in numbers)
            and all(isinstance(text, str) for text in texts)
            and 0 < len(self.pictures) <= MAX_PICTURES
            and all(objects.is_key(picture.key) for picture in self.pictures)
            and self.cover in {picture.key for picture in self.pictures}
        )


class Albums:
    """The albums of one bucket. Thread-safe.

    Every method raises StoreUnavailable if the store is down, slow or refuses us.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, album_id: str) -> tuple[Album, str]:
        """Return an album, by one read, and the ETag of this version.

        Raises:
            AlbumMissing: there is none, or it has expired.
            AlbumDeleted: somebody has deleted it.
        """
        with self._client.turn():
            try:
                answer = self._client.call("GetObject", object_name(album_id), Range="bytes=0-")
            except boto.ClientError as error:
                if error_code(error) == "NoSuchKey":
                    raise _missing() from error
                # A store has no range of an empty object.
                if error_code(error) == "InvalidRange":
                    raise AlbumDeleted("The album was deleted.") from error
                raise
            try:
                album = Album.from_json(album_id, answer["Body"])
            except ValueError as error:
                raise ResponseParserError("GetObject was answered with another album than was written") from error
        if album.is_expired(datetime.now(UTC)):
            raise _missing()
        return album, str(answer["ETag"])

    def create(self, album: Album) -> None:
        """Write an album where there is none; what is there stays, a delete too."""
        with self._client.turn() as s3:
            try:
                s3.put_object(**self._fields(album), IfNoneMatch="*")
            except boto.ClientError as error:
                if error_code(error) != "PreconditionFailed":
                    raise

    def replace(self, album: Album, etag: str) -> None:
        """Write an album in place of the version that has this ETag.

        Raises:
            AlbumChanged: that is no longer the album; another edit, or a delete, came first.
        """
        with self._client.turn() as s3:
            try:
                s3.put_object(**self._fields(album), IfMatch=unquoted(etag))
            except boto.ClientError as error:
                if error_code(error) not in GONE_OR_CHANGED:
                    raise
                raise AlbumChanged("The album was changed meanwhile. Read it again, and change that.") from error

    def delete(self, album_id: str) -> None:
        """Delete an album for good; its pictures stay.

        An empty object takes its place: it tells visitors what happened, and no edit that was under way finds the
        version that it read. SeaweedFS needs no room for it.
        """
        with self._client.turn():
            self._client.call("PutObject", object_name(album_id))

    def __iter__(self) -> Iterator[Listed]:
        """Yield each album that was not deleted, with its id as `key`; at most one page of the listing is in memory."""
        return (found for found in self.list() if found.size)

    def list(self) -> Iterator[Listed]:
        """Yield each album, deleted ones too: these have no bytes."""
        for found in self._client.list(objects.ALBUMS):
            album_id = found["Key"].removeprefix(objects.ALBUMS).removesuffix(".json").replace("/", "-", 1)
            if _ID.fullmatch(album_id) and object_name(album_id) == found["Key"]:
                yield Listed(album_id, found["Size"], found["LastModified"])

    def _fields(self, album: Album) -> dict[str, Any]:
        return {
            "Bucket": self._client.bucket,
            "Key": object_name(album.id),
            "Body": album.to_json(),
            "ContentType": "application/json",
        }


def object_name(album_id: str) -> str:
    """Return the name of an album's object.

    Raises:
        AlbumMissing: no album has such an id.
    """
    found = _ID.fullmatch(album_id)
    if found is None:
        raise _missing()
    expiry, name = found.groups()
    return f"{objects.ALBUMS}{f'{expiry}/' if expiry else ''}{name}.json"


def _missing() -> AlbumMissing:
    return AlbumMissing("There is no such album. It may have expired.")
