"""A page for each picture, `/p/<name>`: for people, and for the programs that make previews of links.

The server draws it, and it needs no script. What it says comes from one request to the store, remembered for a few
seconds (app/catalog.py).

Its name is the picture's key, with a `-` in place of the dot: programs take an address with `.jpg` at its end for that
of a picture, and show a broken one or nothing. The page is there under the key itself as well.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, render_template, url_for
from werkzeug.exceptions import HTTPException, NotFound

from app import problems, snippets
from app.api import log
from app.errors import AlbumDeleted, AlbumMissing, Deleted, ServiceError, StoreUnavailable
from app.pictures import Image
from app.services import services, site
from app.storage import Upload, is_key, page_name, read_page_name

#: What the server is called, to people and to the programs that make previews.
SITE_NAME: Final = "Image Host"
#: For search engines: they are to list neither the page nor the picture on it.
ROBOTS: Final = "noindex, noimageindex"

_NO_PICTURE: Final = "The link may be mistyped. Or the picture has expired, or was deleted."
_UNITS: Final = ("bytes", "kB", "MB", "GB")


@dataclass(frozen=True)
class _Asset:
    """A file that the page loads; its name changes as soon as the file does, so that browsers may keep it."""

    name: str
    content: bytes
    mimetype: str


def _asset(mimetype: str, *files: str) -> _Asset:
    """Put files into one, which is called after the last."""
    content = b"\n".join((Path(__file__).parent / "static" / file).read_bytes() for file in files)
    # Comments and margins are for us.
    content = re.sub(rb"\n\s+", b"\n", re.sub(rb"/\*.*?\*/", b"", content, flags=re.DOTALL))
    stem, _, extension = files[-1].partition(".")
    return _Asset(f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}.{extension}", content, mimetype)


_COMMON: Final = ("tokens.css", "button.css", "page.css")
#: By the name of the page's template.
STYLES: Final = {
    "picture": _asset("text/css", *_COMMON, "picture.css"),
    "album": _asset("text/css", *_COMMON, "album.css"),
    "problem": _asset("text/css", *_COMMON),
}
SCRIPT: Final = _asset("text/javascript", "copy.js")


class Pages(Blueprint):
    """Pages for people, of what a link leads to: its problems are pages too, and no search engine may list any.

    `titles` are the headings of problems, by their status.
    """

    def __init__(self, name: str, url_prefix: str, titles: dict[int, str]) -> None:
        super().__init__(name, __name__, url_prefix=url_prefix)
        self._titles = titles | {429: "Too many requests", 503: "This can’t be shown now"}
        self.register_error_handler(HTTPException, self._refuse)
        # What a look may meet. What the gate refuses gets no page: it would name a host that is none of ours.
        for kind in (AlbumDeleted, AlbumMissing, Deleted, StoreUnavailable):
            self.register_error_handler(kind, self._refuse_service)
        self.after_request(hide)

    def _refuse(self, error: HTTPException) -> Response:
        wait = error.get_response().headers.get("Retry-After")
        return self._explain(problems.of_http(error, sent_json=False), {"Retry-After": wait} if wait else {})

    def _refuse_service(self, error: ServiceError) -> Response:
        log(error)
        return self._explain(problems.of(error), problems.headers_of(error))

    def _explain(self, problem: dict[str, Any], headers: dict[str, str]) -> Response:
        title = self._titles.get(problem["status"], problem["title"])
        page = draw("problem", title=title, text=problem["detail"])
        return Response(page, problem["status"], headers, mimetype="text/html")


def draw(template: str, **facts: Any) -> bytes:
    """Draw one of the pages in templates/pages, with what all of them have; needs a request."""
    names = {"site_name": SITE_NAME, "robots": ROBOTS, "style": STYLES[template].name}
    return render_template(f"pages/{template}.html", site=site(), **names, **facts).encode()


def hide(response: Response) -> Response:
    """Keep an answer from search engines: links are secret."""
    response.headers["X-Robots-Tag"] = ROBOTS
    return response


def answer(page: bytes, seconds: int) -> Response:
    """Give a page, which caches may keep for as many seconds as the server itself."""
    response = Response(page, mimetype="text/html")
    # While its origin fails, CloudFront shows what is too old, unless the last of these says 0.
    response.headers["Cache-Control"] = f"public, max-age={seconds}, must-revalidate, stale-if-error=0"
    return response


blueprint = Pages("pages", "/p", {404: "There is no picture here", 410: "This picture is gone"})


@blueprint.get("/assets/<name>")
def asset(name: str) -> Response:
    """Give a page's style or its script."""
    for each in (*STYLES.values(), SCRIPT):
        if name == each.name:
            kept = {"Cache-Control": "public, max-age=31536000, immutable"}
            return Response(each.content, mimetype=each.mimetype, headers=kept)
    raise NotFound("There is no such file.")


@blueprint.get("/", defaults={"name": ""})
@blueprint.get("/<path:name>")
def picture(name: str) -> Response:
    """Show a picture, and what there is to say of it."""
    key = read_page_name(name)
    if not is_key(key):
        raise NotFound(_NO_PICTURE)
    entry, seconds = services().catalog.look_up(key)
    if not entry.shown:
        raise NotFound(_NO_PICTURE)
    # To draw it takes several times as long as all the rest.
    page = entry.drawn.get(site())
    if page is None:
        # One is enough: who asks by many names, such as those of all ports, must not fill the memory.
        entry.drawn.clear()
        page = entry.drawn[site()] = draw("picture", **_facts(key, *entry.shown))
    return answer(page, seconds)


def page_url(key: str) -> str:
    """Return the address of a picture's page; needs a request."""
    return site() + url_for("pages.picture", name=page_name(key))


def _facts(key: str, upload: Upload, image: Image) -> dict[str, Any]:
    """Return what the page of a public picture says."""
    links, report = services().storage.links, services().config.report_url
    link, page = links.public_url(key), page_url(key)
    kind, size = _kind(image.content_type), size_text(upload.size)
    return {
        "link": link,
        "page": page,
        "name": upload.filename,
        "title": snippets.alt_text(upload.filename) or "Picture",
        "summary": f"{image.width:,} × {image.height:,} pixels, {kind}, {size}",
        "image": image,
        "script": SCRIPT.name,
        "kind": kind,
        "size": size,
        "published": datetime.fromtimestamp(upload.created, UTC),
        "expires": upload.expires_at,
        "oembed": f"{site()}{url_for('oembed.photo')}?url={quote(page, safe='')}&format=json",
        # Browsers save a file of another site under no name: they show it.
        "is_ours": links.public_origin == _origin(site()),
        # As the front end's encodeURIComponent.
        "report": report and report.replace("{link}", quote(link, safe="-_.!~*'()")),
        "copies": [
            ("link", "Link", link),
            ("page", "Link to this page", page),
            ("markdown", "Markdown", snippets.markdown(link, upload.filename)),
            ("html", "HTML", snippets.markup(link, upload.filename, image.width, image.height)),
            ("bbcode", "BBCode", snippets.bbcode(link)),
        ],
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _kind(content_type: str) -> str:
    """Return what people call a type, as the front end does (messages/format.ts)."""
    subtype = content_type.removeprefix("image/")
    return "WebP" if subtype == "webp" else subtype.upper()


def size_text(size: int) -> str:
    """Format bytes as the front end does (messages/format.ts): "812 kB", "2.4 MB", "25 MB"."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    digits = 1 if unit >= 2 and value < 100 else 0
    return f"{value:.{digits}f}".removesuffix(".0") + f" {_UNITS[unit]}"
