"""An album in Chromium: without script, on a phone, in the dark; nothing jumps; large, copied and saved as one file."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, Playwright, Route, expect

from config import ROOT
from tests.conftest import PICTURES, picture
from tests.contract.conftest import User
from tests.e2e.conftest import PATIENCE
from tests.e2e.test_accessibility import violations
from tests.e2e.test_page import clipboard
from tests.rigs.server import Server

HOSTILE = '<img src=x onerror="document.title=1"> "quoted" & عنوان'
#: Width and height of each: wide, tall, and as a camera has them.
SIZES = [(900, 300), (300, 900), (640, 480), (480, 640), (1600, 400)] * 4


@pytest.fixture(scope="module")
def album(server: Server) -> dict[str, Any]:
    user = User(server.post)
    pictures = [user.publish(picture("image/png", size), "image/png", filename="a b.png") for size in SIZES]
    photo = user.publish((PICTURES / "photo.jpg").read_bytes(), "image/jpeg", filename="photo.jpg")
    body = {
        "title": HOSTILE,
        "cover": photo["viewURL"],
        "pictures": [
            {"viewURL": photo["viewURL"], "caption": "A caption that is far longer than its picture is wide. " * 4},
            *(
                {"viewURL": each["viewURL"], "caption": HOSTILE if not place else ""}
                for place, each in enumerate(pictures)
            ),
        ],
    }
    made = server.post("/albums", json=body)
    assert made.status_code == 201, made.text
    assert user.delete(pictures[3]["deleteToken"]).status_code == 204
    return dict(made.json)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_album_is_seen_without_script(browser: Browser, album: dict[str, Any], width: int, scheme: Any) -> None:
    with browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 800}, color_scheme=scheme
    ) as context:
        page = context.new_page()
        page.goto(album["albumURL"])
        expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        expect(page.get_by_role("listitem")).to_have_count(len(SIZES) + 1)
        page.screenshot(path=ROOT / "test-results" / f"album-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_jumps_while_pictures_come(browser: Browser, album: dict[str, Any], width: int) -> None:
    boxes = "[...document.querySelectorAll('li')].map(each => JSON.stringify(each.getBoundingClientRect()))"
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        # Before: neither a picture nor the script has come. After: all has, but what was deleted.
        held: list[Route] = []
        page.route(re.compile(r"/i/|/gallery\.js"), lambda route: held.append(route))
        page.goto(album["albumURL"], wait_until="commit")
        page.wait_for_function("() => document.styleSheets.length > 0")
        expect(page.locator("li").nth(len(SIZES))).to_be_attached()
        before = page.evaluate(boxes)
        for route in held:
            route.abort()
        page.unroute_all()
        page.goto(album["albumURL"])
        for image in page.locator("img").all():
            image.scroll_into_view_if_needed()
        page.wait_for_function("() => [...document.images].every(image => image.complete)")
        page.evaluate("scrollTo(0, 0)")
        assert page.evaluate(boxes) == before
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pictures_are_loaded_as_they_are_scrolled_to(browser: Browser, album: dict[str, Any]) -> None:
    asked: list[str] = []
    with browser.new_context(viewport={"width": 320, "height": 400}) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        links = [each["viewURL"] for each in album["pictures"]]
        with page.expect_request(links[0]):
            page.goto(album["albumURL"])
        assert links[-1] not in asked
        with page.expect_request(links[-1]):
            page.locator("img").last.scroll_into_view_if_needed()


@pytest.fixture
def shown(page: Page, album: dict[str, Any], complaints: list[str]) -> Page:
    """The album's page, whole: the deleted picture is known to be gone."""
    page.goto(album["albumURL"])
    page.locator("li").nth(4).scroll_into_view_if_needed()
    expect(page.locator("li.gone")).to_have_count(1)
    page.evaluate("scrollTo(0, 0)")
    # The browser says that the deleted picture is not there, and nothing else.
    assert all("404" in each for each in complaints)
    complaints.clear()
    return page


def test_page_obeys_its_policy_and_has_no_barriers(shown: Page) -> None:
    for scheme in ("light", "dark"):
        shown.emulate_media(color_scheme=scheme)
        assert violations(shown) == []
    shown.emulate_media(forced_colors="active")
    assert violations(shown) == []
    shown.locator("li a").first.click()
    assert violations(shown) == []


def test_page_is_light(browser: Browser, server: Server) -> None:
    user = User(server.post)
    pictures = [{"viewURL": user.publish(picture("image/png"), "image/png")["viewURL"]} for _ in range(40)]
    link = server.post("/albums", json={"pictures": pictures}).json["albumURL"]
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(link, wait_until="networkidle")
        entries = page.evaluate("['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))")
        weights = {each["name"]: each["encodedBodySize"] for each in entries if "/i/" not in each["name"]}
    assert {url.rsplit("/", 1)[1].split("-")[0] for url in weights if url != link} == {
        "album",
        "gallery.js",
        "favicon.svg",
    }
    assert sum(weights.values()) <= 30_000, weights
    # What makes a zip is not there before it is asked for.
    assert not [url for url in weights if "zip" in url]


def test_large_view_by_keys(shown: Page, album: dict[str, Any], look: Callable[..., None]) -> None:
    links = shown.locator("li:not(.gone) a")
    links.nth(1).focus()
    shown.keyboard.press("Enter")
    viewer = shown.get_by_role("dialog")
    image = viewer.get_by_role("img")
    expect(viewer).to_contain_text("2 of 21")
    expect(image).to_have_attribute("src", album["pictures"][1]["viewURL"])
    expect(viewer.locator("figcaption")).to_have_text(HOSTILE)
    look("album-viewer", shown, whole=False)
    # It passes over the gap.
    for key, place in (("ArrowRight", 3), ("ArrowRight", 4), ("ArrowRight", 6), ("End", 21), ("ArrowRight", 21)):
        shown.keyboard.press(key)
        expect(viewer).to_contain_text(f"{place} of 21")
    for key, place in (("Home", 1), ("ArrowLeft", 1), ("ArrowRight", 2), ("ArrowRight", 3)):
        shown.keyboard.press(key)
        expect(viewer).to_contain_text(f"{place} of 21")
    shown.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    # The focus is on what was seen last.
    expect(links.nth(2)).to_be_focused()


def test_link_opens_a_tab_as_any_link_does(shown: Page, album: dict[str, Any]) -> None:
    with shown.context.expect_page() as opened:
        shown.locator("li a").first.click(modifiers=["ControlOrMeta"])
    expect(opened.value).to_have_url(album["pictures"][0]["viewURL"])
    expect(shown.get_by_role("dialog")).to_have_count(0)


def test_large_view_by_finger(
    browser: Browser, playwright: Playwright, album: dict[str, Any], look: Callable[..., None]
) -> None:
    with browser.new_context(**playwright.devices["Pixel 7"]) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(album["albumURL"])
        devtools = context.new_cdp_session(page)

        def swipe(begin: int, end: int) -> None:
            def touch(kind: str, *places: int) -> None:
                points = [{"x": x, "y": 400} for x in places]
                devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

            touch("touchStart", begin)
            for step in range(1, 6):
                touch("touchMove", begin + (end - begin) * step // 5)
            touch("touchEnd")

        look("album-phone", page)
        page.locator("li a").first.tap()
        viewer = page.get_by_role("dialog")
        swipe(300, 100)
        expect(viewer).to_contain_text("2 of 21")
        look("album-viewer-phone", page, whole=False)
        swipe(100, 300)
        expect(viewer).to_contain_text("1 of 21")
        # Too short to be meant.
        swipe(200, 180)
        expect(viewer).to_contain_text("1 of 21")
        # Chromium takes a tap that comes while it still slows down a swipe for the end of the swipe.
        viewer.get_by_role("button", name="Close").click()
        expect(viewer).to_have_count(0)


def test_all_is_copied_but_what_is_gone(shown: Page, album: dict[str, Any]) -> None:
    there = [each for each in album["pictures"] if each is not album["pictures"][4]]
    shown.get_by_role("button", name="Copy all as Links").click()
    expect(shown.get_by_role("status").first).to_have_text("Links copied.")
    assert clipboard(shown).splitlines() == [each["viewURL"] for each in there]
    shown.get_by_role("button", name="Copy all as Markdown").click()
    expect(shown.get_by_role("status").first).to_have_text("Markdown copied.")
    lines = clipboard(shown).splitlines()
    assert len(lines) == len(there)
    # A caption is text there, too.
    assert lines[1].startswith('![&lt;img src=x onerror="document.title=1"&gt; "quoted" &amp; عنوان](http')
    for form, start in (("HTML", "<img src="), ("BBCode", "[img]http")):
        shown.get_by_role("button", name=f"Copy all as {form}").click()
        expect(shown.get_by_role("status").first).to_have_text(f"{form} copied.")
        assert all(line.startswith(start) for line in clipboard(shown).splitlines())


def assert_holds(data: bytes, album: dict[str, Any]) -> None:
    """Fail if a zip has other bytes than the store, or another order, or a name that is there twice."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        there = [(place, each) for place, each in enumerate(album["pictures"], 1) if place != 5]
        assert archive.namelist() == [f"{place:02} {each['filename']}" for place, each in there]
        for name, (_, each) in zip(archive.namelist(), there, strict=True):
            assert archive.getinfo(name).compress_type == zipfile.ZIP_STORED
            assert archive.read(name) == requests.get(each["viewURL"], timeout=60).content


def test_all_is_saved_as_one_file(shown: Page, album: dict[str, Any]) -> None:
    shown.evaluate("delete window.showSaveFilePicker")
    with shown.expect_download() as download:
        shown.get_by_role("button", name="Download all").click()
    assert download.value.suggested_filename.endswith(".zip")
    assert_holds(download.value.path().read_bytes(), album)
    expect(shown.get_by_role("status").first).to_have_text("20 pictures saved. 1 no longer there.")


#: A file of the browser's own in place of one that a person would choose: no test can use that dialog.
PICKED = """() => { window.showSaveFilePicker = async ({ suggestedName }) => {
    const folder = await navigator.storage.getDirectory();
    window.picked = await folder.getFileHandle(suggestedName, { create: true });
    return window.picked;
} }"""


def test_all_is_written_to_a_file_as_it_comes(shown: Page, album: dict[str, Any]) -> None:
    shown.evaluate(PICKED)
    shown.get_by_role("button", name="Download all").click()
    expect(shown.get_by_role("status").first).to_have_text("20 pictures saved. 1 no longer there.")
    data = shown.evaluate("async () => [...new Uint8Array(await (await window.picked.getFile()).arrayBuffer())]")
    assert_holds(bytes(data), album)


def test_saving_is_stopped_and_leaves_no_half_file(shown: Page, album: dict[str, Any]) -> None:
    shown.evaluate(PICKED)
    held: list[Route] = []
    third = album["pictures"][2]["viewURL"]
    with shown.expect_request(third):
        shown.route(third, lambda route: held.append(route))
        shown.get_by_role("button", name="Download all").click()
    shown.get_by_role("button", name="Cancel (2 of 21)").click()
    expect(shown.get_by_role("status").first).to_have_text("Nothing was saved.")
    assert shown.evaluate("async () => (await window.picked.getFile()).size") == 0
    expect(shown.get_by_role("button", name="Download all")).to_be_visible()
    for route in held:
        route.abort()


def test_saving_that_fails_is_said(shown: Page, album: dict[str, Any], complaints: list[str]) -> None:
    shown.evaluate(PICKED)
    shown.route(album["pictures"][2]["viewURL"], lambda route: route.abort())
    shown.get_by_role("button", name="Download all").click()
    expect(shown.get_by_role("status").first).to_contain_text("could not be saved")
    assert shown.evaluate("async () => (await window.picked.getFile()).size") == 0
    complaints.clear()
