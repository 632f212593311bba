"""What must hold before an album is written: its pictures are public ones of this server, and nobody changed it."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from app.errors import AlbumChanged, InvalidRequest, PicturesMissing
from app.storage import Album, Shown, Storage, safe_text

#: Pictures that one process looks for at a time, for all albums together: half of its turns at the store.
LOOKS: Final = 8


@dataclass(frozen=True, slots=True)
class Draft:
    """An album as its editor wants it; `pictures` are keys with their captions, `cover` is one of the keys."""

    title: str
    cover: str | None
    pictures: list[tuple[str, str]]


class Curator:
    """Makes albums and changes them. Thread-safe."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lookers = ThreadPoolExecutor(LOOKS, thread_name_prefix="album")

    def create(self, draft: Draft, expires_in: str | None) -> Album:
        """Make an album; `expires_in` is one of EXPIRY_DAYS, or None to keep it.

        Raises:
            InvalidRequest: something is wrong with the draft; it names each picture that is not public here.
            StoreUnavailable: repeat it later.
        """
        cover = _cover(draft)
        album = Album.new(safe_text(draft.title), cover, self._show(draft, {}), expires_in)
        # Nobody else knows the id: where an album is there already, an attempt whose answer was lost has written it.
        self._storage.albums.create(album)
        return album

    def edit(self, album_id: str, version: int, draft: Draft) -> Album:
        """Change an album from `version` into the draft. Repeating it is safe.

        Only pictures that are new in it are looked for: one that was deleted since may stay.

        Raises:
            AlbumMissing, AlbumDeleted: there is none any more.
            AlbumChanged: it is not at that version: another edit came first.
            InvalidRequest, StoreUnavailable: as `create`.
        """
        cover = _cover(draft)
        album, etag = self._storage.albums.read(album_id)
        if album.version not in (version, version + 1):  # Not even this very edit, whose answer was lost.
            raise _changed(album)
        shown = self._show(draft, {picture.key: picture for picture in album.pictures})
        changed = replace(album, title=safe_text(draft.title), cover=cover, pictures=shown, version=version + 1)
        if album == changed:
            return album
        if album.version != version:
            raise _changed(album)
        try:
            self._storage.albums.replace(changed, etag)
        except AlbumChanged:
            if self._storage.albums.read(album_id)[0] != changed:
                raise
        return changed

    def _show(self, draft: Draft, known: Mapping[str, Shown]) -> tuple[Shown, ...]:
        """Return the draft's pictures with what the store says of them; it is asked of those that are not `known`."""
        keys = [key for key, _ in draft.pictures]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                raise InvalidRequest(f"pictures.{place}", "Is in the album already.")
        new = [key for key in keys if key not in known]
        found = dict(zip(new, self._lookers.map(self._look, new), strict=True))
        if missing := [f"pictures.{place}" for place, key in enumerate(keys) if key in found and not found[key]]:
            raise PicturesMissing(
                missing, "There is no such public picture on this server. It may have been deleted, or have expired."
            )
        return tuple(
            replace(found.get(key) or known[key], caption=safe_text(caption, lines=True))
            for key, caption in draft.pictures
        )

    def _look(self, key: str) -> Shown | None:
        published = self._storage.find_published(key)
        if published is None:
            return None
        image = published.image
        return Shown(key, "", published.filename, published.size, image.width, image.height)


def _changed(album: Album) -> AlbumChanged:
    return AlbumChanged(f"The album is at version {album.version} by now. Read it again, and change that.")


def _cover(draft: Draft) -> str:
    """Return the key of the cover: the first picture, if none was chosen."""
    keys = [key for key, _ in draft.pictures]
    if draft.cover is None:
        return keys[0]
    if draft.cover not in keys:
        raise InvalidRequest("cover", "Must be one of the album's pictures.")
    return draft.cover
