"""Reloads and pauses half way: the page loses no picture, and sends none twice."""

from datetime import UTC, datetime

import requests
from playwright.sync_api import CDPSession, Page, expect

from tests.conftest import picture
from tests.e2e.test_page import choose, file, limit, link, row
from tests.rigs.server import until

TAB = "sessionStorage.getItem('tab')"
#: Whether every picture is published or has a copy on disk.
SAFE = """async all => {
  const opened = indexedDB.open("image-host");
  await new Promise(done => { opened.onsuccess = done; });
  const copies = opened.result.transaction("files").objectStore("files").count();
  await new Promise(done => { copies.onsuccess = done; });
  opened.result.close();
  return copies.result + document.querySelectorAll('[data-phase="done"]').length >= all;
}"""


def published(page: Page, names: list[str]) -> list[str]:
    links = [link(page, name) for name in names]
    assert all(requests.get(each, timeout=60).status_code == 200 for each in links)
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
    until(lambda: page.evaluate(SAFE, 20))
    early = [link(page, name) for name in names[:6]]
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    limit(line, -1)
    expect(page.get_by_text("20 pictures uploaded", exact=True)).to_be_visible()
    assert [item.get_attribute("data-phase") for item in page.locator("[data-phase]").all()] == ["done"] * 20
    links = published(page, names)
    assert links[:6] == early
    assert len(set(links)) == 20
    for name, data in zip(names, pictures, strict=True):
        assert requests.get(link(page, name), timeout=60).content == data
    complaints.clear()  # Chromium prints a 409 for each picture that had not arrived.


def test_pause_stops_the_sending_and_resume_ends_it(page: Page, line: CDPSession) -> None:
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
    expect(page.get_by_text("6 pictures uploaded", exact=True)).to_be_visible()
    published(page, names)


def test_focus_stays_where_pause_was_when_the_last_upload_ends(page: Page, line: CDPSession) -> None:
    limit(line, 20_000)
    choose(page, file("a.png", picture("image/png", (300, 300), compress_level=0)))
    page.get_by_role("button", name="Pause").focus()
    limit(line, -1)
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    expect(page.get_by_role("textbox", name="Link to a.png")).to_be_focused()


def test_double_click_on_cancel_leaves_the_row(page: Page, line: CDPSession) -> None:
    limit(line, 20_000)
    choose(page, file("a.png", picture("image/png", (300, 300), compress_level=0)))
    box = page.get_by_role("button", name="Cancel a.png").bounding_box()
    assert box
    x, y = box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"]
    page.clock.set_fixed_time(datetime.now(UTC))  # Both clicks happen at one moment, also on a slow machine.
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
          // What the page waits before it copies lasts until it is released, so that no slow machine is slower.
          const wait = setTimeout;
          window.held = [];
          window.setTimeout = (work, ms, ...given) =>
            ms === 500 ? window.held.push(work) : wait(work, ms, ...given);
        }"""
    )
    choose(page, file("a.png", picture("image/png")))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    assert page.evaluate("window.held.splice(0).map((work) => work()).length") > 0
    # A whole other upload takes long enough for the copy to begin.
    choose(page, file("b.png", picture("image/png")))
    expect(row(page, "b.png")).to_contain_text("Uploaded")
    kept = page.evaluate("window.kept")
    assert "uploads" in kept
    assert "files" not in kept


def test_duplicated_tab_sends_nothing_a_second_time(page: Page, line: CDPSession) -> None:
    limit(line, 20_000)
    choose(page, file("a.png", picture("image/png", (300, 300), compress_level=0)))
    expect(row(page, "a.png")).to_have_attribute("data-phase", "uploading")
    with page.expect_popup() as opened:
        page.evaluate("() => { window.open('/'); }")
    twin = opened.value
    twin.wait_for_function("before => sessionStorage.getItem('tab') !== before", arg=page.evaluate(TAB))
    choose(twin, file("b.png", picture("image/png")))
    expect(row(twin, "b.png")).to_contain_text("Uploaded")
    expect(twin.get_by_role("listitem")).to_have_count(1)
    limit(line, -1)
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    # Each tab has its own list after a reload, too.
    twin.reload()
    expect(row(twin, "b.png")).to_contain_text("Uploaded")
    expect(twin.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_copy_that_can_not_be_read_takes_no_other_along(page: Page) -> None:
    choose(page, file("a.png", picture("image/png")), file("b.png", picture("image/png")))
    expect(page.get_by_text("2 pictures uploaded", exact=True)).to_be_visible()
    links = published(page, ["a.png", "b.png"])
    # As if the tab had been closed before it sent a third picture, and the disk had lost its copy.
    page.evaluate(
        """() => new Promise(done => {
          const opened = indexedDB.open("image-host");
          opened.onsuccess = () => {
            const transaction = opened.result.transaction("uploads", "readwrite");
            transaction.objectStore("uploads").put(
              { owner: sessionStorage.getItem("tab"), place: Date.now(), name: "c.png", savedAt: Date.now() });
            transaction.oncomplete = done;
          };
        })"""
    )
    page.add_init_script(
        """const get = IDBObjectStore.prototype.get;
        IDBObjectStore.prototype.get = function (key) {
          if (this.name === "files") throw new DOMException("lost", "DataError");
          return get.call(this, key);
        };"""
    )
    page.reload()
    expect(row(page, "c.png")).to_contain_text("Choose it again")
    assert published(page, ["a.png", "b.png"]) == links
