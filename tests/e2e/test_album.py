"""An album in Chromium: without script, on a phone, in the dark; nothing jumps, and a deleted picture is a gap."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from config import ROOT
from tests.conftest import PICTURES, picture
from tests.contract.conftest import User
from tests.e2e.test_accessibility import violations
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
        # Before: nothing has come. After: all has, but what was deleted.
        held: list[Route] = []
        page.route("**/i/**", lambda route: held.append(route))
        page.goto(album["albumURL"], wait_until="commit")
        expect(page.get_by_role("contentinfo")).to_be_attached()
        before = page.evaluate(boxes)
        for route in held:
            route.abort()
        page.unroute("**/i/**")
        page.goto(album["albumURL"])
        for image in page.locator("img").all():
            image.scroll_into_view_if_needed()
        page.wait_for_function("[...document.images].every(image => image.complete)")
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


def test_page_obeys_its_policy_and_has_no_barriers(page: Page, album: dict[str, Any], complaints: list[str]) -> None:
    page.goto(album["albumURL"])
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    # The browser says that the deleted picture is not there, and nothing else.
    assert [each for each in complaints if "404" not in each] == []
    complaints.clear()
