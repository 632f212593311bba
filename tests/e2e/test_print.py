"""The page on paper: the pictures with their names and whole links, black on white."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config import ROOT
from tests.conftest import picture
from tests.e2e.test_page import choose, file

PNG = picture("image/png")
LONG = "a name that is a good deal longer than what a row on a phone has room for.png"


@pytest.mark.parametrize("names", [[LONG], [LONG, "two.png"]], ids=["one", "two"])
def test_paper_shows_whole_links_and_no_controls(page: Page, names: list[str]) -> None:
    answers: list[Any] = []
    page.on("response", lambda it: answers.append(it) if it.url.endswith("/uploads/complete") else None)
    page.set_viewport_size({"width": 360, "height": 740})
    choose(page, *(file(name, PNG) for name in names), file("no.svg", b"<svg/>"))
    expect(page.locator("[data-phase=done]")).to_have_count(len(names))
    if len(names) == 1:
        # Alone, it is shown large.
        page.get_by_role("button", name="Hide no.svg").click()
    page.emulate_media(media="print", color_scheme="dark")
    main = page.locator("main")
    page.screenshot(path=ROOT / "test-results" / f"print-{len(names)}.png", full_page=True)
    for name in names:
        expect(main.get_by_text(name, exact=True)).to_be_visible()
    for answer in answers:
        link = main.get_by_text(answer.json()["viewURL"], exact=True)
        expect(link).to_be_visible()
        # All of it is inside what it stands in, and inside the page.
        boxes = link.evaluate(
            "it => { const clip = it.closest('li').getBoundingClientRect(), box = it.getBoundingClientRect();"
            " return [box.left >= clip.left - 1, box.right <= clip.right + 1, box.right <= innerWidth] }"
        )
        assert boxes == [True] * 3
        assert link.evaluate("it => getComputedStyle(it).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("button:visible, select:visible, input:visible, header:visible, footer:visible").count() == 0
    expect(main.get_by_text("no.svg", exact=True)).not_to_be_visible()
