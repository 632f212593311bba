"""WCAG 2.2 AA by axe, in every state of the page: light, dark, in forced colours, on a phone and on a desk."""

import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import CDPSession, Page, expect

from config import ROOT
from tests.conftest import PICTURES, picture
from tests.e2e.test_page import choose, choose_entry, file, limit, row

AXE = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES: dict[str, Any] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: axe takes the page's own colours for those that a person has chosen.
FORCED = RULES | {"rules": {"color-contrast": {"enabled": False}}}
PNG = picture("image/png")
LARGE = picture("image/png", (200, 200), compress_level=0)


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[tuple[str, list[str]]]:
    # In a world of its own, where the page's policy allows it.
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", rules)
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
    page.emulate_media(forced_colors="active")
    look(f"{name}-forced")
    assert ("forced colours", violations(page, FORCED)) == ("forced colours", [])
    page.emulate_media(forced_colors="none")


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


def offline(page: Page) -> None:
    # The list is loaded once the page can be used.
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    choose(page, file("a.png", PNG), file("b.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Waiting for the connection")


def failed(page: Page) -> None:
    answer = {"code": "refused_for_now", "detail": "Not now."}
    page.route("**/uploads/init", lambda route: route.fulfill(status=403, json=answer))
    choose(page, file("a.png", PNG), file("no.svg", b"<svg/>"))
    expect(row(page, "a.png")).to_contain_text("Not now.")


def failed_alone(page: Page) -> None:
    failed(page)
    page.get_by_role("button", name="Hide no.svg").click()
    expect(page.get_by_role("listitem")).to_have_count(1)


@pytest.mark.parametrize("state", [offline, failed, failed_alone], ids=lambda it: it.__name__)
def test_page_in_trouble_has_no_barrier(
    page: Page, state: Callable[[Page], None], look: Callable[..., None], complaints: list[str]
) -> None:
    state(page)
    assert_no_barrier(page, look, state.__name__, (320, 1440))
    complaints.clear()  # Chromium prints what does not arrive, and each 403.


#: The colours of each control's border and of what lies behind it, and what the control is.
BORDERS = """() => {
    const controls = [...document.querySelectorAll("button, a, label, input, select, textarea")];
    const painted = color => !/^(transparent|rgba\\(.*, 0\\))$/.test(color);
    const behind = element => {
        for (let each = element.parentElement; each; each = each.parentElement) {
            const { backgroundColor } = getComputedStyle(each);
            if (painted(backgroundColor)) return backgroundColor;
        }
    };
    return controls
        .filter(each => each.checkVisibility({ opacityProperty: true }) && !each.closest(".visually-hidden"))
        .map(each => [getComputedStyle(each), each])
        .filter(([style]) => parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none")
        .filter(([style]) => painted(style.borderTopColor))
        .map(([style, each]) => [style.borderTopColor, behind(each), each.ariaLabel || each.textContent || each.id]);
}"""


def brightness(color: str) -> float:
    """Return the relative luminance of `rgb(…)`, as WCAG defines it."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", color)[:3]]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_borders_of_controls_can_be_seen(page: Page, line: CDPSession, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    empty(page, line)
    done(page, line)
    borders = page.evaluate(BORDERS)
    assert len(borders) > 10
    for border, ground, name in borders:
        dark, light = sorted((brightness(border), brightness(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 3, (name, border, ground)


def test_forced_colours_show_what_is_chosen(page: Page, line: CDPSession) -> None:
    page.emulate_media(forced_colors="active")
    done(page, line)
    page.get_by_role("checkbox", name="Select photo.jpg").check()
    page.mouse.move(0, 0)
    box = page.get_by_role("checkbox", name="Select two.png")
    before = box.screenshot()
    box.press("Space")
    page.evaluate("document.activeElement.blur()")
    assert box.screenshot() != before
    page.get_by_role("button", name="Select none").click()
    rows, grid = (page.get_by_role("button", name=name, exact=True) for name in ("List", "Grid"))
    border = "button => getComputedStyle(button).border"
    assert rows.evaluate(border) != grid.evaluate(border)


MOVING = """() => [...document.querySelectorAll("*")].filter(element => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== "none" || /[1-9]/.test(transitionDuration);
}).map(element => element.outerHTML)"""


def test_motion_is_reduced_on_wish(page: Page) -> None:
    page.route("**/uploads/complete", lambda route: None)
    choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_have_attribute("data-phase", "finishing")
    assert any(each.startswith("<progress") for each in page.evaluate(MOVING))
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []
