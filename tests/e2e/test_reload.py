"""Reloading the page half way, pausing: no picture is lost, none is sent twice."""

import requests
from playwright.sync_api import CDPSession, Page, expect

from tests.conftest import picture
from tests.e2e.test_page import choose, file, limit, link, row


def published(page: Page, names: list[str]) -> list[str]:
    links = [link(page, name) for name in names]
    assert all(requests.get(each, timeout=10).status_code == 200 for each in links)
    return links


def test_reload_half_way_loses_nothing_and_sends_nothing_twice(
    page: Page, line: CDPSession, complaints: list[str]
) -> None:
    pictures = [picture("image/png", (64 + number, 48)) + bytes(30_000) for number in range(20)]
    names = [f"{number:02}.png" for number in range(20)]
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Remove location").uncheck()
    limit(line, 200_000)
    choose(page, *(file(name, data) for name, data in zip(names, pictures, strict=True)))
    expect(row(page, names[5])).to_contain_text("Uploaded")
    early = [link(page, name) for name in names[:6]]
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    limit(line, -1)
    expect(page.get_by_text("20 pictures uploaded", exact=True)).to_be_visible(timeout=30_000)
    assert [item.get_attribute("data-phase") for item in page.get_by_role("listitem").all()] == ["done"] * 20
    links = published(page, names)
    assert links[:6] == early
    assert len(set(links)) == 20
    for name, data in zip(names, pictures, strict=True):
        assert requests.get(link(page, name), timeout=10).content == data
    complaints.clear()  # Chromium prints by itself that some had not arrived (409).


def test_pause_stops_the_sending_and_go_on_ends_it(page: Page, line: CDPSession) -> None:
    names = [f"{number}.png" for number in range(6)]
    limit(line, 20_000)
    choose(
        page,
        *(file(name, picture("image/png", (200, 200 + number), compress_level=0)) for number, name in enumerate(names)),
    )
    expect(row(page, names[0])).to_have_attribute("data-phase", "uploading")
    page.get_by_role("button", name="Pause").click()
    for name in names:
        expect(row(page, name)).to_have_attribute("data-phase", "queued")
    limit(line, -1)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("6 pictures uploaded", exact=True)).to_be_visible(timeout=30_000)
    published(page, names)


def test_focus_stays_where_pause_was_when_the_last_upload_ends(page: Page, line: CDPSession) -> None:
    limit(line, 200_000)
    choose(page, file("a.png", picture("image/png", (300, 300), compress_level=0)))
    page.get_by_role("button", name="Pause").focus()
    limit(line, -1)
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    expect(page.get_by_role("region", name="Your pictures")).to_be_focused()


def test_double_click_on_cancel_leaves_the_row(page: Page, line: CDPSession) -> None:
    limit(line, 20_000)
    choose(page, file("a.png", picture("image/png", (300, 300), compress_level=0)))
    box = page.get_by_role("button", name="Cancel a.png").bounding_box()
    assert box
    x, y = box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"]
    page.mouse.click(x, y)
    expect(row(page, "a.png")).to_have_attribute("data-phase", "cancelled")
    page.mouse.click(x, y)
    page.get_by_role("button", name="Try again: a.png").click()
    expect(row(page, "a.png")).to_have_attribute("data-phase", "uploading")


def test_picture_that_is_published_at_once_is_not_copied_to_disk(page: Page) -> None:
    page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          window.kept = [];
          IDBObjectStore.prototype.put = function (...given) {
            window.kept.push(this.name);
            return put.apply(this, given);
          };
        }"""
    )
    choose(page, file("a.png", picture("image/png")))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    page.wait_for_timeout(1_500)  # Longer than the page waits before it copies.
    kept = page.evaluate("window.kept")
    assert "uploads" in kept
    assert "files" not in kept
