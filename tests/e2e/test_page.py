"""What a person does with the page, in a real browser with the real store."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image, ImageOps, ImageSequence
from playwright.sync_api import CDPSession, FilePayload, Locator, Page, Route, expect

from tests.conftest import FORMATS, PICTURES, picture
from tests.e2e.conftest import ask
from tests.rigs.server import Server, until

PNG = picture("image/png")
EXTENSIONS = {type_: "." + type_.removeprefix("image/").replace("jpeg", "jpg") for type_ in FORMATS}


def choose(page: Page, *files: Any) -> None:
    page.get_by_label("Choose pictures").set_input_files(list(files))


def file(name: str, data: bytes, content_type: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": content_type, "buffer": data}


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem", name=name, exact=True)


def link(page: Page, name: str) -> str:
    return str(row(page, name).locator("a[target=_blank]").first.get_attribute("href"))


def choose_entry(page: Page, name: str, entry: str) -> None:
    """Choose what a row keeps behind "⋯"."""
    page.get_by_role("button", name=f"More for {name}", exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def hide(page: Page, name: str) -> None:
    """Take a picture off the list."""
    if page.get_by_role("list", name="Your pictures").get_by_role("listitem").count() == 1:
        page.get_by_role("button", name=f"Hide {name}", exact=True).click()
    else:
        choose_entry(page, name, "Hide")
    expect(row(page, name)).to_have_count(0)


def copy_as(page: Page, name: str, form: str) -> None:
    """Choose the format in which a row copies, which copies."""
    row(page, name).get_by_role("button", name=f"Format for {name}").click()
    page.get_by_role("menuitemradio", name=form, exact=True).click()


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def expect_copied(page: Page, text: str) -> None:
    """Wait until the clipboard holds a text; page.wait_for_function would take any promise for an answer."""
    until(lambda: clipboard(page) == text)


def give(page: Page, event: str, name: str, data: bytes, content_type: str) -> None:
    """Paste or drop a file, as the browser would hand it to the page."""
    page.evaluate(
        """([event, name, bytes, type]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
            const init = { bubbles: true, cancelable: true };
            if (event === "paste") {
                document.body.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: transfer }));
            } else {
                for (const kind of ["dragenter", "dragover", "drop"])
                    document.body.dispatchEvent(new DragEvent(kind, { ...init, dataTransfer: transfer }));
            }
        }""",
        [event, name, list(data), content_type],
    )


def limit(line: CDPSession, bytes_per_second: int) -> None:
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    line.send("Network.emulateNetworkConditions", conditions)


def pixels(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Return the frames that a browser shows, with their orientation applied."""
    with Image.open(io.BytesIO(data)) as image:
        frames = [ImageOps.exif_transpose(frame).convert("RGBA") for frame in ImageSequence.Iterator(image)]
    return [(frame.size, frame.tobytes()) for frame in frames]


def bomb() -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return PNG[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


# Arriving


def test_page_arrives_compressed(page: Page, server: Server) -> None:
    [script] = [str(source.get_attribute("src")) for source in page.locator("script").all()]
    [style] = [str(sheet.get_attribute("href")) for sheet in page.locator("link[rel=stylesheet]").all()]
    for path in ("/", script, style, "/favicon.svg", "/manifest.json", "/share.js"):
        answer = requests.head(server.url + path, headers={"Accept-Encoding": "gzip, deflate, br"}, timeout=60)
        assert answer.headers["Content-Encoding"] == "br", path
        assert answer.headers["Vary"] == "Accept-Encoding"
        plain = requests.head(server.url + path, headers={"Accept-Encoding": "identity"}, timeout=60)
        assert int(answer.headers["Content-Length"]) < int(plain.headers["Content-Length"]) * 3 / 4


# The main job


@pytest.mark.parametrize("content_type", FORMATS)
def test_choose_gives_a_permanent_link(page: Page, content_type: str) -> None:
    name, data = "été 東京." + content_type.partition("/")[2], picture(content_type)
    choose(page, file(name, data, content_type))
    expect(row(page, name)).to_contain_text("64 × 48")
    # Forums tell a picture by its ending.
    assert link(page, name).endswith(EXTENSIONS[content_type])
    seen = requests.get(link(page, name), timeout=60)
    # An AVIF names the program that wrote it, so the page rewrites it.
    assert pixels(seen.content) == pixels(data) if content_type == "image/avif" else seen.content == data
    assert seen.headers["Content-Type"] == content_type
    assert "immutable" in seen.headers["Cache-Control"]
    assert seen.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%C3%A9t%C3%A9%20%E6%9D%B1")


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*[!d]")), ids=lambda path: path.name)
def test_choose_takes_real_pictures(page: Page, path: Path) -> None:
    choose(page, path)
    expect(row(page, path.name)).to_contain_text("Uploaded")
    assert pixels(requests.get(link(page, path.name), timeout=60).content) == pixels(path.read_bytes())


def test_link_opens_as_a_picture(page: Page, complaints: list[str]) -> None:
    choose(page, file("a.png", PNG))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open a.png in a new tab").click()
    until(lambda: opened.value.evaluate("[...document.images].map(image => image.naturalWidth)") == [64])


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_picture_is_taken_by(page: Page, event: str) -> None:
    give(page, event, "given.png", PNG, "image/png")
    expect(row(page, "given.png")).to_contain_text("Uploaded")
    assert requests.get(link(page, "given.png"), timeout=60).content == PNG


def test_several_keep_their_order(page: Page) -> None:
    names = [f"{number:02}.png" for number in range(12)]
    choose(page, *(file(name, PNG) for name in names))
    expect(page.get_by_text("12 pictures uploaded", exact=True)).to_be_visible()
    page.get_by_role("button", name="Copy all", exact=True).click()
    expect(page.get_by_role("button", name="Copy all", exact=True)).to_have_attribute("data-copied", "true")
    links = clipboard(page).split("\n")
    assert links == [link(page, name) for name in names]
    assert len(set(links)) == 12


def test_preview_is_shown_before_anything_is_sent(page: Page) -> None:
    page.route("**/uploads/init", lambda route: None)
    choose(page, file("a.png", PNG))
    preview = row(page, "a.png").locator("img")
    expect(preview).to_have_attribute("src", re.compile("^blob:"))
    assert preview.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    # Of several, small copies do.
    choose(page, file("b.png", PNG))
    small = row(page, "b.png").locator("img")
    expect(small).to_have_attribute("src", re.compile("^blob:"))
    assert small.evaluate("image => image.decode().then(() => image.naturalWidth)") == 144


# Copying


@pytest.mark.parametrize(
    ("kind", "button", "form"),
    [
        ("Link", "Copy link to", "{link}"),
        ("Markdown", "Copy Markdown for", r'![a\](b) "x"]({link})'),
        ("HTML", "Copy HTML for", '<img src="{link}" width="64" height="48" alt="a](b) &quot;x&quot;">'),
        ("BBCode", "Copy BBCode for", "[img]{link}[/img]"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_copy_gives_what_can_be_pasted(page: Page, kind: str, button: str, form: str, count: int) -> None:
    name = 'a](b) "x".png'
    choose(page, file(name, PNG), *(file(f"{number}.png", PNG) for number in range(1, count)))
    copy_as(page, name, kind)
    copy = page.get_by_role("button", name=f"{button} {name}", exact=True)
    # The format's name stays, with a tick beside it.
    expect(copy).to_have_attribute("data-copied", "true")
    assert clipboard(page).replace(link(page, name), "{link}") == form
    # The format is remembered.
    page.evaluate("navigator.clipboard.writeText('')")
    page.reload()
    page.get_by_role("button", name=f"{button} {name}", exact=True).click()
    expect(copy).to_have_attribute("data-copied", "true")
    assert clipboard(page).replace(link(page, name), "{link}") == form


# Refused, cancelled, failed


def test_refused_file_says_why_and_stops_no_other(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method in ("POST", "PUT") else None)
    choose(
        page,
        file("empty.png", b""),
        file("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        file("page.png", b"<!doctype html><script>alert(1)</script>"),
        file("large.png", PNG + bytes(25 * 1024**2)),
        file("cut.png", PNG[:30]),
        file("bomb.png", bomb()),
        file("fine.png", PNG),
    )
    expect(row(page, "fine.png")).to_contain_text("Uploaded")
    for name, reason in {
        "empty.png": "This file is empty.",
        "drawing.svg": "SVG files can contain scripts",
        "page.png": "This is not a JPEG, PNG, GIF, WebP, or AVIF picture.",
        "large.png": "the limit is 25 MB",
        "cut.png": "hidden details in this file can’t be read",
        "bomb.png": "The picture has 3,600,000,000 pixels; at most 100,000,000 are accepted.",
    }.items():
        expect(row(page, name)).to_contain_text(reason)
    # Of fine.png alone: init, the picture, complete. Nothing of what is refused is sent.
    assert len(asked) == 3, asked


def test_picture_with_the_wrong_name_is_sent_as_what_it_is(page: Page) -> None:
    choose(page, file("really-a-gif.png", picture("image/gif")))
    expect(row(page, "really-a-gif.gif")).to_contain_text("GIF")
    seen = requests.get(link(page, "really-a-gif.gif"), timeout=60)
    assert seen.headers["Content-Type"] == "image/gif"
    assert seen.headers["Content-Disposition"].endswith("''really-a-gif.gif")
    # And after a reload, too.
    page.reload()
    expect(row(page, "really-a-gif.gif")).to_contain_text("GIF")


def test_progress_is_real_and_cancel_stops_it(page: Page, line: CDPSession) -> None:
    limit(line, 200_000)
    choose(page, file("slow.png", picture("image/png", (1000, 700), compress_level=0)))
    progress = page.get_by_role("progressbar", name="Progress of slow.png")
    page.wait_for_function("bar => bar.value > 0.05 && bar.value < 0.9", arg=progress.element_handle())
    page.get_by_role("button", name="Cancel slow.png").click()
    expect(row(page, "slow.png")).to_contain_text("Cancelled")
    limit(line, -1)
    page.get_by_role("button", name="Try again: slow.png").click()
    expect(row(page, "slow.png")).to_contain_text("Uploaded")


def test_dropped_line_is_retried_by_itself(page: Page, complaints: list[str]) -> None:
    drops = iter([True, True])

    def drop_twice(route: Any) -> None:
        route.abort() if next(drops, False) else route.continue_()

    page.route("**/incoming/**", drop_twice)
    choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    complaints.clear()


def test_address_that_the_store_no_longer_takes_is_signed_anew(page: Page, complaints: list[str]) -> None:
    signed: list[str] = []

    def spoil_first(route: Route) -> None:
        answer = ask(route)
        body = answer.json()
        signed.append(body["uploadURL"])
        if len(signed) == 1:
            body["uploadURL"] = re.sub("X-Amz-Date=[0-9]{4}", "X-Amz-Date=2020", body["uploadURL"])
        route.fulfill(status=answer.status_code, json=body)

    page.route("**/uploads/init", spoil_first)
    with page.expect_response(lambda answer: answer.status == 403):
        choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    assert len(signed) == 2
    complaints.clear()


def test_lost_answer_of_complete_gives_one_link(page: Page, complaints: list[str]) -> None:
    seen: list[str] = []

    def lose_first(route: Any) -> None:
        answer = ask(route)
        seen.append(answer.json()["viewURL"])
        route.abort() if len(seen) == 1 else route.fulfill(status=answer.status_code, json=answer.json())

    page.route("**/uploads/complete", lose_first)
    choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    assert seen == [link(page, "a.png")] * 2
    complaints.clear()


def test_offline_waits_and_goes_on(page: Page, complaints: list[str]) -> None:
    # The list of pictures is loaded ahead, right after the page can be used.
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Waiting for the connection")
    page.context.set_offline(False)
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    complaints.clear()


# Deleting


def test_delete_in_the_list_asks_first(page: Page) -> None:
    choose(page, file("a.png", PNG))
    page.get_by_role("button", name="Delete a.png").click()
    url = link(page, "a.png")
    page.get_by_role("button", name="Keep a.png").click()
    assert requests.get(url, timeout=60).status_code == 200
    page.get_by_role("button", name="Delete a.png").click()
    page.get_by_role("button", name="Yes, delete a.png").click()
    expect(row(page, "a.png")).to_contain_text("Deleted")
    assert requests.get(url, timeout=60).status_code == 404


def test_delete_link_asks_first(page: Page) -> None:
    with page.expect_response("**/uploads/complete") as answered:
        choose(page, file("a.png", PNG))
    result = answered.value.json()
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    page.goto(result["deleteURL"])
    expect(page.get_by_role("heading", name="Delete this picture?")).to_be_visible()
    assert requests.get(result["viewURL"], timeout=60).status_code == 200
    page.get_by_role("button", name="Delete the picture").click()
    expect(page.get_by_role("heading", name="The picture is deleted.")).to_be_visible()
    assert requests.get(result["viewURL"], timeout=60).status_code == 404


# Keyboard


def tab_to(page: Page, target: Locator, steps: int = 12) -> None:
    for _ in range(steps):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def test_keyboard_alone_is_enough(page: Page, look: Callable[..., None]) -> None:
    with page.expect_file_chooser() as chooser:
        tab_to(page, page.get_by_label("Choose pictures"))
        page.keyboard.press("Enter")
    chooser.value.set_files([file("a.png", PNG)])
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    copy = page.get_by_role("button", name="Copy link to a.png")
    tab_to(page, copy)
    look("keyboard")
    page.keyboard.press("Enter")
    expect(copy).to_have_attribute("data-copied", "true")
    assert clipboard(page) == link(page, "a.png")


# Other origins


UPLOAD = """async ([api, body]) => {
    const post = (path, data) => fetch(api + path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data),
    });
    const signed = await (await post("/uploads/init", { contentType: "image/png", size: body.length })).json();
    await fetch(signed.uploadURL, { method: "PUT", headers: signed.headers, body: new Uint8Array(body) });
    return (await (await post("/uploads/complete", { uploadToken: signed.uploadToken })).json()).viewURL;
}"""


def test_page_of_a_configured_origin_can_upload(page: Page, server: Server, friend: str) -> None:
    page.goto(friend)
    assert requests.get(page.evaluate(UPLOAD, [server.url, list(PNG)]), timeout=60).content == PNG


def test_page_of_another_origin_can_neither_ask_nor_put(
    page: Page, server: Server, stranger: str, complaints: list[str]
) -> None:
    page.goto(stranger)
    for path in ("/version", "/uploads/limits", "/health"):
        assert page.evaluate("url => fetch(url).catch(() => 'blocked')", server.url + path) == "blocked", path
    upload = server.post("/uploads/init", {"contentType": "image/png", "size": len(PNG)}).json
    put = """([url, headers, body]) =>
        fetch(url, { method: "PUT", headers, body: new Uint8Array(body) }).catch(() => "blocked")"""
    assert page.evaluate(put, [upload["uploadURL"], upload["headers"], list(PNG)]) == "blocked"
    answer = server.post("/uploads/complete", {"uploadToken": upload["uploadToken"]})
    assert answer.json["code"] == "upload_missing"
    complaints.clear()
