"""An album's page, for people and for what shows a link's preview. It needs no script."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Final

from flask import Blueprint, Flask, Response, current_app

from app import api, problems
from app.errors import AlbumDeleted, AlbumMissing, ServiceError, StoreUnavailable
from app.pages import ROBOTS, draw, size_text
from app.services import services, site
from app.storage import Album, Shown

#: Seconds for which a process remembers a page. So no page outlives its album, or an edit, by more.
REMEMBERED: Final = 5
#: Bytes of pages that a process remembers.
MAX_REMEMBERED: Final = 16 * 1024**2
#: Pictures that a preview shows.
PREVIEWED: Final = 4

_TITLES: Final = {404: "There is no album here", 410: "This album is gone", 503: "The album can’t be shown now"}
# Eighths of a picture's height that its place in a row is wide: neither a sliver nor the whole page.
_NARROWEST, _WIDEST = 4, 32

blueprint = Blueprint("gallery", __name__)
_NAME: Final = "gallery"


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered, until `until` (epoch seconds)."""

    body: str
    status: int
    until: float


class Memory:
    """The last pages, up to MAX_REMEMBERED bytes in all. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()
        self._bytes = 0

    def get(self, name: tuple[str, str]) -> Page | None:
        """Return a page if it is remembered, and still good."""
        with self._lock:
            page = self._pages.get(name)
        return page if page and time.time() < page.until else None

    def put(self, name: tuple[str, str], page: Page) -> None:
        """Remember a page; forget the oldest where they become too many."""
        with self._lock:
            self._forget(name)
            self._pages[name] = page
            self._bytes += _size(page)
            while self._bytes > MAX_REMEMBERED:
                self._forget(next(iter(self._pages)))

    def _forget(self, name: tuple[str, str]) -> None:
        if page := self._pages.pop(name, None):
            self._bytes -= _size(page)


def _size(page: Page) -> int:
    return len(page.body) * 4  # The most that a character takes, here and there.


def remember(app: Flask) -> None:
    """Give `app` a memory of its own."""
    app.extensions[_NAME] = Memory()


@blueprint.get("/a/<album_id>")
def show(album_id: str) -> Response:
    """Show an album: one read of the store at most, however many pictures it has."""
    memory: Memory = current_app.extensions[_NAME]
    name = (site(), album_id)
    page = memory.get(name)
    if page is None:
        page = _read(album_id)
        memory.put(name, page)
    return _answer(page.body, page.status)


@blueprint.errorhandler(StoreUnavailable)
def explain(error: StoreUnavailable) -> Response:
    """Say to people that they must wait."""
    api.log(error)
    response = _answer(_problem(error), error.status)
    response.headers.update(problems.headers_of(error))
    return response


def _read(album_id: str) -> Page:
    """Return the page of an album, or of what became of it."""
    now = time.time()
    try:
        album, _ = services().storage.albums.read(album_id)
    except (AlbumMissing, AlbumDeleted) as error:
        return Page(_problem(error), error.status, now + REMEMBERED)
    until = now + REMEMBERED
    if album.expires_at:
        until = min(until, album.expires_at.timestamp())
    return Page(_draw(album), 200, until)


def _draw(album: Album) -> str:
    shown = {picture.key: picture for picture in album.pictures}
    previewed = [shown[album.cover], *(picture for picture in album.pictures if picture.key != album.cover)]
    count, size = len(album.pictures), sum(picture.size for picture in album.pictures)
    return draw(
        "album",
        album=album,
        title=album.title or "Album",
        count="1 picture" if count == 1 else f"{count} pictures",
        bytes=size,
        size=size_text(size),
        previewed=list(islice(previewed, PREVIEWED)),
        page=f"{site()}/a/{album.id}",
        link=services().storage.links.public_url,
        share=_share,
    )


def _share(picture: Shown) -> int:
    """Return how wide a picture's place in a row is, in eighths of its height."""
    return max(_NARROWEST, min(_WIDEST, round(picture.width * 8 / max(1, picture.height))))


def _problem(error: ServiceError) -> str:
    return draw("problem", title=_TITLES[error.status], text=error.detail)


def _answer(body: str, status: int) -> Response:
    response = Response(body, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = ROBOTS
    return response
