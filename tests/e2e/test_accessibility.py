"""WCAG 2.2 AA by axe, in every state of the page, light and dark, on a phone and on a desk."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from config import ROOT
from tests.conftest import PICTURES, picture
from tests.e2e.test_page import choose, choose_entry, file, limit, row

AXE = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PNG = picture("image/png")
LARGE = picture("image/png", (200, 200), compress_level=0)


def violations(page: Page) -> list[tuple[str, list[str]]]:
    # In a world of its own, where the page's policy allows it.
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]


def assert_no_barrier(page: Page, look: Callable[..., None], name: str, widths: tuple[int, ...]) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            look(f"{name}-{width}-{scheme}")
            assert (width, scheme, violations(page)) == (width, scheme, [])
        # Nothing is cut off, and nothing needs sideways scrolling.
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def empty(page: Page, _: CDPSession) -> None:
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Make smaller").select_option("1920")


def under_way(page: Page, line: CDPSession) -> None:
    limit(line, 3_000)
    choose(page, *(file(f"{number}.png", LARGE) for number in range(4)))
    page.get_by_text("Options", exact=True).click()
    expect(row(page, "0.png")).to_have_attribute("data-phase", "uploading")


def paused(page: Page, line: CDPSession) -> None:
    under_way(page, line)
    page.get_by_role("button", name="Pause").click()


def done(page: Page, _: CDPSession) -> None:
    photo = (PICTURES / "photo.jpg").read_bytes()
    choose(page, file("photo.jpg", photo), file("two.png", PNG), file("no.svg", b"<svg/>"), file("empty.png", b""))
    expect(row(page, "two.png")).to_contain_text("Uploaded")
    expect(page.get_by_text("2 of 4 pictures uploaded", exact=True)).to_be_visible()


def asked(page: Page, line: CDPSession) -> None:
    done(page, line)
    choose_entry(page, "two.png", "Delete")
    expect(page.get_by_role("button", name="Keep two.png")).to_be_visible()


def qr_code(page: Page, line: CDPSession) -> None:
    done(page, line)
    choose_entry(page, "two.png", "QR code")
    expect(page.get_by_role("img", name="QR code of the link to two.png")).to_be_visible()


def single(page: Page, _: CDPSession) -> None:
    choose(page, file("photo.jpg", (PICTURES / "photo.jpg").read_bytes()))
    expect(page.get_by_role("textbox", name="Link to photo.jpg")).to_be_focused()


def menu(page: Page, line: CDPSession) -> None:
    done(page, line)
    page.get_by_role("button", name="More for two.png").click()


def grid(page: Page, line: CDPSession) -> None:
    done(page, line)
    page.get_by_role("button", name="Grid").click()
    page.get_by_role("checkbox", name="Select two.png").check()


def one_cause(page: Page, _: CDPSession) -> None:
    choose(page, file("a.svg", b"<svg/>"), file("b.svg", b"<svg/>"))
    expect(page.get_by_role("alert")).to_contain_text("2 pictures not uploaded")


def no_history(page: Page, _: CDPSession) -> None:
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()


def history(page: Page, line: CDPSession) -> None:
    done(page, line)
    page.get_by_role("link", name="History", exact=True).click()
    expect(row(page, "two.png")).to_be_visible()
    page.get_by_role("button", name="Clear the list").click()


def selected(page: Page, line: CDPSession) -> None:
    done(page, line)
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_role("checkbox", name="Select two.png").check()
    expect(page.get_by_role("group", name="Selected pictures")).to_contain_text("1 selected")


def lost(page: Page, _: CDPSession) -> None:
    page.evaluate(
        """() => new Promise(done => {
          const opened = indexedDB.open("image-host");
          opened.onsuccess = () => {
            const transaction = opened.result.transaction(["uploads", "files"], "readwrite");
            for (const place of [1, 2]) transaction.objectStore("uploads").put(
              { owner: "closed", place, name: `${place}.png`, savedAt: Date.now() });
            transaction.objectStore("files").put(new File(["a"], "1.png"), ["closed", 1]);
            transaction.oncomplete = done;
          };
        })"""
    )
    page.reload()
    region = page.get_by_role("region", name="2 pictures were not sent")
    expect(region.get_by_role("button", name="Discard")).to_be_enabled()


def unkept(page: Page, _: CDPSession) -> None:
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };")
    page.reload()
    choose(page, file("two.png", PNG), file("three.png", LARGE))
    expect(page.get_by_role("button", name="Copy delete links")).to_be_visible()


def deleting(page: Page, line: CDPSession) -> None:
    with page.expect_response("**/uploads/complete") as answered:
        choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    page.goto(answered.value.json()["deleteURL"])
    expect(page.get_by_role("img", name="The picture that would be deleted")).to_be_visible()


@pytest.mark.parametrize(
    "state",
    [
        *(empty, under_way, paused, single, done, menu, grid, asked, qr_code, one_cause),
        *(no_history, history, selected, lost, unkept, deleting),
    ],
    ids=lambda it: it.__name__,
)
def test_page_has_no_barrier(
    page: Page, line: CDPSession, state: Callable[[Page, CDPSession], None], look: Callable[..., None]
) -> None:
    state(page, line)
    assert_no_barrier(page, look, state.__name__, (320, 1440))
