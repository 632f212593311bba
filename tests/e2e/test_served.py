"""Chromium takes published files that are also HTML, scripts or documents for pictures, or for nothing.

The store sends no `nosniff` and no policy, so it is the type alone that keeps these from running: Chromium neither
sniffs HTML out of `image/*`, nor runs a classic script, module, worker or style sheet of that type, whatever the
element that asks for it says. CloudFront adds `nosniff` and a sandbox to the same types; they must not be in the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Route

from tests.conftest import FORMATS, picture
from tests.contract.conftest import User
from tests.contract.test_polyglots import jpeg_segment, png_chunk
from tests.rigs.listener import listening
from tests.rigs.server import Server
from tests.unit.test_inspection import (
    GIF,
    JPEG,
    MADE,
    SMALL,
    chunk,
    entry,
    jpeg_with_exif,
    look,
    patched,
    png_with,
)


@dataclass
class Canary:
    """A listener that nothing may call, and a page for the pictures."""

    origin: str
    calls: list[str] = field(default_factory=list)


# They ask which service workers come to life.
pytestmark = pytest.mark.browser_context_args(service_workers="allow")

PAGE = b"<!doctype html><title>quiet</title><body></body>"


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/canary"):
                found.calls.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as server:
        found = Canary(f"http://127.0.0.1:{server.server_port}")
        yield found


@pytest.fixture(scope="module")
def user(server: Server) -> User:
    return User(server.post)


def armed(canary: Canary) -> dict[str, tuple[str, bytes]]:
    """Return files that set a title, call the canary and the API, if a browser runs anything in them."""
    call = f"document.title='run';try{{fetch('{canary.origin}/canary')}}catch(e){{}};try{{alert(1)}}catch(e){{}}"
    call += f";try{{importScripts('{canary.origin}/canary')}}catch(e){{}};".replace(";;", ";")
    html = f"<!doctype html><html><body><script>{call}</script><img src='{canary.origin}/canary'></html>".encode()
    script = call.encode()
    pictures = {content_type: picture(content_type) for content_type in FORMATS}
    # This is valid JavaScript: `GIF89a`, a comment around the picture, and an assignment.
    gif = pictures["image/gif"]
    pure = patched(gif[:-1].replace(b"*/", b"* "), 6, b"/*") + b"*/=1;" + script + b"//;"
    # The length of the first comment, 0x2F2A, begins a comment of JavaScript.
    comment = (b"*/=1;" + script + b"/*").ljust(0x2F2A - 2)
    jpeg = JPEG[:2] + b"\xff\xfe/*" + comment + JPEG[2:] + b"*///"
    return {
        "gif-script": ("image/gif", pure),
        "gif-html": ("image/gif", gif + html),
        "jpeg-script": ("image/jpeg", jpeg),
        "jpeg-html": ("image/jpeg", jpeg_segment(0xFE, html)),
        "jpeg-pdf": ("image/jpeg", jpeg_segment(0xFE, PDF.replace(b"CANARY", f"{canary.origin}/canary".encode()))),
        "png-html": ("image/png", png_chunk(b"tEXt", b"a\0" + html)),
        "png-html-behind": ("image/png", pictures["image/png"] + html),
        "webp-html": ("image/webp", pictures["image/webp"] + html),
        "avif-html": ("image/avif", pictures["image/avif"] + html),
    }


PDF = b"""%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL("CANARY"))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
trailer<</Root 1 0 R>>
%%EOF"""

#: Every way in which a page can load something to run. Some never answer, so each gets half a second.
EMBED = """async url => {
    const soon = promise => Promise.race([promise, new Promise(done => setTimeout(done, 500))]).catch(() => {});
    const make = (tag, attributes) => Object.assign(document.createElement(tag), attributes);
    const elements = [
        make("script", { src: url }),
        make("script", { src: url, charset: "ISO-8859-1", type: "text/javascript" }),
        make("script", { src: url, type: "module" }),
        make("link", { rel: "stylesheet", href: url }),
        make("iframe", { src: url }),
        ...["", "text/html", "application/xhtml+xml", "image/svg+xml", "application/pdf", "text/javascript"].flatMap(
            type => [make("object", { data: url, type }), make("embed", { src: url, type })]),
    ];
    const nested = URL.createObjectURL(new Blob([`try { importScripts("${url}") } catch {} postMessage(1)`]));
    const work = async (source, options) => {
        const worker = new Worker(source, options);
        await new Promise(done => { worker.onmessage = worker.onerror = done; });
    };
    await Promise.all([
        ...elements.map(element => soon(new Promise(done => {
            element.onload = element.onerror = done;
            document.body.append(element);
        }))),
        soon(import(url)),
        ...[[url], [url, { type: "module" }], [nested]].map(which => soon(work(...which))),
        soon(navigator.serviceWorker?.register(url)),
    ]);
    return document.title;
}"""


@dataclass
class Watched:
    page: Page
    dialogs: list[str]


@pytest.fixture
def watched(context: BrowserContext) -> Watched:
    page = context.new_page()
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    return Watched(page, dialogs)


def answer(page: Page, url: str, body: bytes, headers: dict[str, str]) -> None:
    page.route(url, lambda route: route.fulfill(body=body, headers=headers))


@pytest.mark.parametrize("place", ["elsewhere", "beside"])
def test_published_file_runs_nothing(watched: Watched, user: User, canary: Canary, place: str) -> None:
    page = watched.page
    for name, (content_type, data) in armed(canary).items():
        link = user.publish(data, content_type, filename="a.html")["viewURL"]
        if place == "beside":
            # The worst case: a page of the store's own origin may start workers.
            answer(page, f"{link}/page", PAGE, {"Content-Type": "text/html"})
            page.goto(f"{link}/page")
        else:
            page.goto(canary.origin)
        assert page.evaluate(EMBED, link) == "quiet", name
        page.goto(link)
        assert page.title() != "run", name
        assert page.evaluate("document.images.length") == 1, name
        assert page.evaluate("document.images[0].naturalWidth") == look(data).width, name
        assert (canary.calls, watched.dialogs) == ([], []), name


@pytest.mark.parametrize("served", ["text/html", "text/javascript"])
def test_same_files_run_under_another_type(watched: Watched, canary: Canary, served: str) -> None:
    # Files that can't run would prove nothing.
    page = watched.page
    kind = "script" if served == "text/javascript" else "html"
    for name, (_, data) in armed(canary).items():
        if kind not in name:
            continue
        link = f"{canary.origin}/file/{name}"
        headers = {"Content-Type": f"{served}; charset=ISO-8859-1"}
        answer(page, link, data, headers)
        page.goto(canary.origin)
        if kind == "script":
            page.evaluate("src => new Promise(done => {const s = document.createElement('script'); s.src = src;"
                          "s.onload = done; s.onerror = done; document.body.append(s)})", link)  # fmt: skip
        else:
            page.goto(link)
        assert page.title() == "run", name
        assert watched.dialogs, name
        watched.dialogs.clear()
    canary.calls.clear()


def test_headers_of_the_deployment_do_not_hide_a_picture(watched: Watched, user: User) -> None:
    page = watched.page
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}

    def dress(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, **headers})

    page.route("**/uploads/**", dress)
    for content_type in FORMATS:
        page.goto(user.publish(picture(content_type), content_type)["viewURL"])
        assert page.evaluate("document.images[0].naturalWidth") == 64, content_type


def test_visitor_can_not_make_html_of_a_picture(watched: Watched, user: User) -> None:
    data = picture("image/png") + b"<html><script>document.title='run'</script>"
    link = user.publish(data, "image/png")["viewURL"]
    page = watched.page
    page.goto(f"{link}?response-content-type=text/html")
    assert page.title() != "run"
    assert page.evaluate("document.images[0].naturalWidth") == 64


def test_picture_can_not_become_a_service_worker(watched: Watched, user: User, server: Server) -> None:
    script = b"GIF89a/*" + picture("image/gif")[8:] + b"*/=1;onfetch=e=>e.respondWith(new Response('taken over'))"
    link = user.publish(script, "image/gif")["viewURL"]
    page = watched.page
    page.goto(server.url)
    for address in (link, f"{link}?response-content-type=text/javascript"):
        refused = page.evaluate(
            "url => navigator.serviceWorker.register(url).then(() => '', error => error.name)", address
        )
        assert refused in ("SecurityError", "TypeError")
    workers = page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations())"
        ".map(each => (each.active ?? each.waiting ?? each.installing).scriptURL)"
    )
    assert set(workers) <= {f"{server.url}/share.js"}


# Files that say two sizes


EXIF = {turned: entry(value=6 if turned else 1) for turned in (True, False)}
PNG_EXIF = {turned: chunk(b"eXIf", block) for turned, block in EXIF.items()}
SEQUENCE = MADE["avif-animated"]
SIZED = {
    **SMALL,
    "jpeg-turned-first": jpeg_with_exif(EXIF[True], EXIF[False]),
    "jpeg-turned-second": jpeg_with_exif(EXIF[False], EXIF[True]),
    "jpeg-turned-behind-nonsense": jpeg_with_exif(b"XX", EXIF[True]),
    "jpeg-turned-nine-then-six": jpeg_with_exif(
        EXIF[True][:8] + b"\0\2" + entry(value=9)[10:22] + EXIF[True][10:22] + bytes(4)
    ),
    "png-turned-first": png_with(PNG_EXIF[True] + PNG_EXIF[False]),
    "png-turned-second": png_with(PNG_EXIF[False] + PNG_EXIF[True]),
    "png-turned-unsound": png_with(PNG_EXIF[True][:-1] + b"?"),
    "gif-screen-of-nothing": patched(GIF, 6, bytes(4)),
    "gif-screen-too-wide": patched(GIF, 6, b"\xf4\1\5\0"),
    "webp-canvas": patched(MADE["webp-animated"], 24, b"\x63\0\0\x62\0\0"),
}


def test_browser_shows_the_size_that_is_reported(watched: Watched) -> None:
    watched.page.goto("about:blank")
    shown = watched.page.evaluate(
        """files => Promise.all(files.map(([type, bytes]) => new Promise(done => {
            const image = new Image();
            image.onload = () => done([image.naturalWidth, image.naturalHeight]);
            image.onerror = () => done(null);
            image.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
        })))""",
        [[look(data).content_type, list(data)] for data in SIZED.values()],
    )
    answers = {name: size and tuple(size) for name, size in zip(SIZED, shown, strict=True)}
    assert answers == {name: (look(data).width, look(data).height) for name, data in SIZED.items()}
