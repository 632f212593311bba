"""oEmbed, for programs that turn a link into its picture: https://oembed.com."""

from typing import Any

from werkzeug.exceptions import NotFound, NotImplemented  # noqa: A004  (501, as HTTP calls it)

from app import examples, snippets
from app.api import Blueprint
from app.errors import Deleted, InvalidRequest, StoreMisconfigured, StoreUnavailable
from app.memory import TTL
from app.openapi import ANY_CALL, NO_XML, RATE_LIMITED, UNKNOWN_PICTURE
from app.pages import SITE_NAME, hide
from app.pictures import Image
from app.schemas import OEmbedQuery, OEmbedResponse
from app.services import services, site

blueprint = Blueprint("oembed", __name__, description="What programs ask that turn links into pictures.")
blueprint.after_request(hide)


@blueprint.get("/oembed")
@blueprint.arguments(OEmbedQuery(), location="query")
@blueprint.response(200, OEmbedResponse, description="The picture.", example=examples.EMBEDDED)
@blueprint.problems(
    *ANY_CALL, RATE_LIMITED, InvalidRequest, UNKNOWN_PICTURE, Deleted, NO_XML, StoreUnavailable, StoreMisconfigured
)
def photo(query: dict[str, Any]) -> dict[str, Any]:
    """Describe the picture behind the link to it, or to its page, as oEmbed's `photo`.

    There is one size of each picture. `maxwidth` and `maxheight` make the width and height smaller that it is to be
    shown at, and leave the file as it is.
    """
    if query["format"] != "json":
        raise NotImplemented("There is JSON only: leave format out, or send format=json.")  # noqa: F901
    key = services().storage.links.find_key(query["url"], f"{site()}/p") if "://" in query["url"] else None
    entry = services().catalog.look_up(key)[0] if key else None
    if not (key and entry and entry.shown):
        raise NotFound("url leads to no picture of this server.")
    upload, image = entry.shown
    width, height = _fit(image, query.get("maxwidth"), query.get("maxheight"))
    return {
        "type": "photo",
        "version": "1.0",
        "title": snippets.alt_text(upload.filename) or "Picture",
        "provider_name": SITE_NAME,
        "provider_url": site(),
        "cache_age": TTL,
        "url": services().storage.links.public_url(key),
        "width": width,
        "height": height,
    }


def _fit(image: Image, max_width: int | None, max_height: int | None) -> tuple[int, int]:
    """Return the largest width and height of the picture's shape within the limits, at most its own."""
    scale = min(1.0, (max_width or image.width) / image.width, (max_height or image.height) / image.height)
    return max(1, int(image.width * scale)), max(1, int(image.height * scale))
