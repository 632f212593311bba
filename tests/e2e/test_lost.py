"""Nothing is lost in silence: closed tabs, a browser that stores nothing, and a clock that is wrong."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.conftest import picture
from tests.e2e.test_history import remember
from tests.e2e.test_page import choose, clipboard, file, row
from tests.rigs.server import Server

PNG = picture("image/png")
OFFER = "not sent"
#: How many files the database holds for tabs, and how many entries.
KEPT = """async () => {
  const opened = indexedDB.open("image-host");
  await new Promise(done => { opened.onsuccess = done; });
  const counted = ["files", "uploads"].map(async store => {
    const count = opened.result.transaction(store).objectStore(store).count();
    await new Promise(done => { count.onsuccess = done; });
    return count.result;
  });
  const result = await Promise.all(counted);
  opened.result.close();
  return result;
}"""
#: Wait until so many files are saved, and so many entries are there.
SAVED = f"""async ([files, uploads]) => {{
  for (;;) {{
    const kept = await ({KEPT})();
    if (kept[0] >= files && kept[1] >= uploads) return;
    await new Promise(done => setTimeout(done, 50));
  }}
}}"""
#: A person comes back to the tab.
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"
LOCKS = f"async () => {{ await navigator.locks.query(); await ({KEPT})(); await ({KEPT})(); }}"
#: Wait until no other tab lives: a closed one holds its lock for a moment more.
ALONE = """async () => {
  while ((await navigator.locks.query()).held.length > 1) await new Promise(done => setTimeout(done, 50));
}"""


def hold(page: Page) -> None:
    """Let no PUT of this page arrive, and none fail."""
    page.route("**/*", lambda route: None if route.request.method == "PUT" else route.fallback())


def close_half_way(page: Page, *names: str) -> None:
    """Choose pictures, and close the tab once the browser has saved them, before any has arrived."""
    hold(page)
    choose(page, *(file(name, picture("image/png", (20 + index, 20))) for index, name in enumerate(names)))
    page.evaluate(SAVED, [len(names), len(names)])
    page.close()


def visit(context: BrowserContext, server: Server) -> Page:
    page = context.new_page()
    page.goto(server.url)
    return page


def offer(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title)


def test_what_a_closed_tab_had_not_sent_is_sent_by_the_next(
    page: Page, context: BrowserContext, server: Server
) -> None:
    close_half_way(page, "a.png", "b.png")
    next_tab = visit(context, server)
    offered = offer(next_tab, "2 pictures were not sent")
    expect(offered.get_by_role("listitem")).to_have_text(["a.png", "b.png"])
    offered.get_by_role("button", name="Upload 2 pictures").click()
    for name in ("a.png", "b.png"):
        expect(row(next_tab, name)).to_contain_text("Uploaded")
    links = next_tab.evaluate("() => [...document.querySelectorAll('[data-phase=done] a[href]')].map(a => a.href)")
    expect(offered).to_have_count(0)
    # Each is in this tab's list from now on, and its file is no longer on the disk.
    next_tab.reload()
    for name in ("a.png", "b.png"):
        expect(row(next_tab, name)).to_contain_text("Uploaded")
    expect(offered).to_have_count(0)
    assert next_tab.evaluate(KEPT) == [0, 2]
    assert all(requests.get(url, timeout=60).status_code == 200 for url in links)
    # Nor does a third tab offer them.
    third = visit(context, server)
    third.wait_for_load_state("networkidle")
    expect(offer(third, "2 pictures were not sent")).to_have_count(0)


def test_what_was_not_sent_is_discarded_for_good(page: Page, context: BrowserContext, server: Server) -> None:
    close_half_way(page, "a.png")
    next_tab = visit(context, server)
    discard = offer(next_tab, "1 picture was not sent").get_by_role("button", name="Discard")
    expect(discard).to_be_enabled()
    discard.focus()
    next_tab.keyboard.press("Enter")
    expect(next_tab.get_by_text("1 picture discarded.")).to_be_attached()
    expect(offer(next_tab, "1 picture was not sent")).to_have_count(0)
    expect(next_tab.get_by_role("heading", name="Pictures in, links out.")).to_be_focused()
    assert next_tab.evaluate(KEPT) == [0, 0]
    next_tab.reload()
    next_tab.wait_for_load_state("networkidle")
    expect(offer(next_tab, "1 picture was not sent")).to_have_count(0)


def test_tabs_that_live_offer_nothing_of_each_other(page: Page, context: BrowserContext, server: Server) -> None:
    hold(page)
    choose(page, file("a.png", PNG))
    page.evaluate(SAVED, [1, 1])
    second = visit(context, server)
    hold(second)
    choose(second, file("b.png", picture("image/png", (33, 20))))
    second.evaluate(SAVED, [2, 2])
    for tab, name in ((page, "a.png"), (second, "b.png")):
        tab.bring_to_front()
        tab.evaluate(COME_BACK)
        tab.evaluate(LOCKS)  # As long as the offer takes to look.
        expect(row(tab, name)).to_be_visible()
        expect(tab.get_by_text(OFFER)).to_have_count(0)
    # It offers what the other leaves behind as soon as a person comes back to it.
    page.close()
    second.evaluate(ALONE)
    second.evaluate(COME_BACK)
    expect(offer(second, "1 picture was not sent").get_by_role("listitem")).to_have_text(["a.png"])


def test_tab_that_comes_back_keeps_what_another_one_offers(
    page: Page, context: BrowserContext, server: Server, complaints: list[str]
) -> None:
    hold(page)
    choose(page, file("a.png", PNG))
    page.evaluate(SAVED, [1, 1])
    # The tab goes to another site, and its page with it.
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    other = visit(context, server)
    offered = offer(other, "1 picture was not sent")
    expect(offered).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    page.go_back()
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    offered.get_by_role("button", name="Upload 1 picture").click()
    expect(offered).to_have_count(0)
    expect(other.get_by_role("listitem")).to_have_count(0)
    # The tab asked whether its picture had arrived, before it sent the picture again.
    assert all("409" in each for each in complaints)
    complaints.clear()


def test_file_that_was_not_saved_in_time_is_named(page: Page, context: BrowserContext, server: Server) -> None:
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
          if (this.name === "files") throw new DOMException("full", "QuotaExceededError");
          return put.apply(this, given);
        };"""
    )
    page.reload()
    page.route("**/uploads/init", lambda route: None)
    choose(page, file("a.png", PNG))
    page.evaluate(SAVED, [0, 1])
    page.close()
    offered = offer(visit(context, server), "1 picture was not sent")
    expect(offered).to_contain_text("choose it again")
    expect(offered.get_by_role("listitem")).to_have_text(["a.png"])
    expect(offered.get_by_role("button", name="Upload")).to_have_count(0)


BLOCKED = {
    "the database is forbidden": """IDBFactory.prototype.open =
        () => { throw new DOMException('no', 'SecurityError'); };""",
    "the database fails": """IDBFactory.prototype.open = () => {
        const request = new EventTarget();
        setTimeout(() => request.dispatchEvent(new Event('error')));
        request.error = new DOMException('no', 'UnknownError');
        return request;
    };""",
    "cookies and all storage are blocked": """
        IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };
        for (const name of ['localStorage', 'sessionStorage', 'caches'])
            Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
        LockManager.prototype.request = LockManager.prototype.query =
            () => Promise.reject(new DOMException('no', 'SecurityError'));
    """,
    "the disk is full": """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); };""",
}


@pytest.mark.parametrize("script", BLOCKED.values(), ids=BLOCKED)
def test_browser_that_keeps_nothing_says_so_and_gives_the_delete_links(page: Page, script: str, tmp_path: Path) -> None:
    page.add_init_script(script)
    page.reload()
    choose(page, file("a.png", PNG), file("b.png", picture("image/png", (33, 20))))
    notice = page.get_by_role("region", name="This browser keeps no history")
    expect(notice).to_contain_text("Save the delete links")
    expect(notice).to_have_count(1)
    notice.get_by_role("button", name="Copy delete links").click()
    expect(page.get_by_text("Delete links copied.")).to_be_attached()
    links = clipboard(page).split("\n")
    with page.expect_download() as download:
        notice.get_by_role("button", name="Save as text").click()
    assert download.value.suggested_filename == "delete-links.txt"
    download.value.save_as(tmp_path / "links.txt")
    text = (tmp_path / "links.txt").read_text()
    assert all(link in text for link in links)
    assert {"a.png", "b.png"} <= set(text.splitlines())
    # The history claims nothing, shows what this tab still knows, and says it once.
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("heading", name="Uploaded from this browser")).to_be_focused()
    expect(row(page, "a.png").last).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_have_count(0)
    expect(page.get_by_text("history", exact=False).and_(page.get_by_role("heading"))).to_have_count(1)
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)
    # The links work.
    for link in links:
        token = link.partition("#")[2]
        answer = requests.post(re.sub("/delete#.*", "/uploads/delete", link), json={"deleteToken": token}, timeout=60)
        assert answer.status_code == 204


@pytest.mark.parametrize("script", BLOCKED.values(), ids=BLOCKED)
def test_browser_that_keeps_nothing_says_so_while_it_uploads(page: Page, script: str) -> None:
    page.add_init_script(script)
    page.reload()
    # Of a full disk the page learns by the first picture that it can't keep.
    first = [file("a.png", PNG)] if script == BLOCKED["the disk is full"] else []
    if first:
        choose(page, *first)
        expect(row(page, "a.png")).to_contain_text("Uploaded")
    hold(page)
    choose(page, *(file(name, picture("image/png", (33, 20))) for name in ("b.png", "c.png")))
    notice = page.get_by_role("region", name="This browser keeps no history")
    expect(notice).to_contain_text("Save the delete link" if first else "Its storage is full or blocked.")
    expect(row(page, "b.png")).to_have_attribute("data-phase", "uploading")


def test_picture_that_was_not_kept_is_deleted_from_the_history_and_the_notice(page: Page) -> None:
    page.add_init_script(BLOCKED["the database is forbidden"])
    page.reload()
    choose(page, file("a.png", PNG), file("b.png", picture("image/png", (33, 20))))
    notice = page.get_by_role("region", name="This browser keeps no history")
    expect(notice.get_by_role("button", name="Copy delete links")).to_be_visible()
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_role("list", name="Today").get_by_role("button", name="More for a.png").click()
    page.get_by_role("menuitem", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete a.png").click()
    expect(notice.get_by_role("button", name="Copy delete link", exact=True)).to_be_visible()
    expect(page.get_by_role("list", name="Today").get_by_role("listitem")).to_have_count(1)


def test_browser_that_keeps_nothing_and_has_nothing_says_why(page: Page) -> None:
    page.add_init_script(BLOCKED["cookies and all storage are blocked"])
    page.reload()
    remember(page)
    expect(page.get_by_text("This browser keeps no data for this page")).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_have_count(0)
    expect(page.get_by_label("Import")).to_have_count(0)


def test_history_that_can_not_be_read_does_not_say_nothing_yet(page: Page) -> None:
    page.add_init_script("IDBIndex.prototype.getAll = () => { throw new DOMException('damaged', 'UnknownError'); };")
    page.reload()
    remember(page)
    expect(page.get_by_text("could not be read")).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_have_count(0)


@pytest.mark.parametrize("days", [-400, 400], ids=["slow", "fast"])
def test_wrong_clock_decides_nothing(page: Page, days: int) -> None:
    page.clock.install(time=datetime.now(UTC) + timedelta(days=days))
    page.reload()
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Delete automatically").select_option("After 7 days")
    choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    remember(page)
    expect(row(page, "a.png")).to_contain_text("Until ")
    expect(page.get_by_text("Expired")).to_have_count(0)
    # It is of today, by the server's clock.
    expect(page.get_by_role("heading", level=2)).to_have_text(["Today"])


def test_picture_that_has_expired_by_the_server_is_marked(page: Page, tmp_path: Path) -> None:
    choose(page, file("a.png", PNG))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    remember(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    exported = json.loads(download.value.path().read_text())
    (entry,) = exported["pictures"]
    old = {**entry, "uploadId": "old", "name": "old.png", "expiresAt": "2020-01-01T00:00:00Z"}
    content = json.dumps({**exported, "pictures": [old]}).encode()
    page.get_by_label("Import").set_input_files(file("old.json", content, "application/json"))
    expect(row(page, "old.png")).to_contain_text("Expired")
