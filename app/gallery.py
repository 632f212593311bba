"""An album's page, `/a/<id>`, for people and for what shows a link's preview. It needs no script."""

from itertools import islice
from typing import Final

from flask import Response

from app.pages import Pages, answer, draw, size_text
from app.services import services, site
from app.storage import Album, Shown

#: Pictures that a preview shows.
PREVIEWED: Final = 4
# Eighths of a picture's height that its place in a row is wide: neither a sliver nor the whole page.
_NARROWEST, _WIDEST = 4, 32

blueprint = Pages("gallery", "/a", {404: "There is no album here", 410: "This album is gone"})


@blueprint.get("/", defaults={"album_id": ""})
@blueprint.get("/<path:album_id>")
def show(album_id: str) -> Response:
    """Show an album: one read of the store at most, however many pictures it has."""
    albums = services().storage.albums
    page, seconds = services().gallery.recall((site(), album_id), lambda: _draw(albums.read(album_id)[0]))
    return answer(page, seconds)


def _draw(album: Album) -> bytes:
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
