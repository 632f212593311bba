"""An album's page, `/a/<id>`, for people and for what shows a link's preview. It needs no script."""

import base64
import hashlib
from itertools import islice
from pathlib import Path
from typing import Final

from flask import Response, render_template

from app.pages import Pages, answer
from app.services import services, site
from app.storage import Album

#: Pictures that a preview shows.
PREVIEWED: Final = 4

STYLE: Final = (Path(__file__).parent / "templates" / "albums" / "album.css").read_text()
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

blueprint = Pages("gallery", "/a", {404: "There is no album here", 410: "This album is gone"})


@blueprint.get("/", defaults={"album_id": ""})
@blueprint.get("/<path:album_id>")
def show(album_id: str) -> Response:
    """Show an album: one read of the store at most, however many pictures it has."""
    albums = services().storage.albums
    page, seconds = services().gallery.recall((site(), album_id), lambda: _draw(albums.read(album_id)[0]))
    response = answer(page, seconds)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}';"
        f" img-src 'self' {services().storage.links.public_origin};"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


def _draw(album: Album) -> bytes:
    shown = {picture.key: picture for picture in album.pictures}
    previewed = [shown[album.cover], *(picture for picture in album.pictures if picture.key != album.cover)]
    page = render_template(
        "albums/album.html",
        album=album,
        previewed=list(islice(previewed, PREVIEWED)),
        url=f"{site()}/a/{album.id}",
        site=site(),
        link=services().storage.links.public_url,
        style=STYLE,
    )
    return page.encode()
