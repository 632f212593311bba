"""The browser's history: search, copy, delete, export and import; and the page of a delete link."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.conftest import picture
from tests.e2e.test_page import choose, choose_entry, clipboard, copy_as, file, hide, limit, link, row, tab_to
from tests.rigs.server import Server

PNG = picture("image/png")


def upload(page: Page, *names: str, content: bytes = PNG) -> list[str]:
    choose(page, *(file(name, content) for name in names))
    for name in names:
        expect(row(page, name)).to_contain_text("Uploaded")
    return [link(page, name) for name in names]


#: Whether all these pictures of the history have a small copy.
DRAWN = """async all => {
  const opened = indexedDB.open("image-host");
  await new Promise(done => { opened.onsuccess = done; });
  const kept = opened.result.transaction("pictures").objectStore("pictures").getAll();
  await new Promise(done => { kept.onsuccess = done; });
  opened.result.close();
  return kept.result.filter(each => each.thumbnail).length >= all;
}"""
#: Wait for that.
ALL_DRAWN = f"async all => {{ while (!await ({DRAWN})(all)) await new Promise(done => setTimeout(done, 50)); }}"


def remember(page: Page) -> None:
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("heading", name="Uploaded from this browser")).to_be_focused()


def status(url: str) -> int:
    return requests.get(url, timeout=60).status_code


def take_in(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("Import").set_input_files(file(name, content, "application/json"))


def export(page: Page, folder: Path) -> dict[str, Any]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    assert download.value.suggested_filename.startswith("image-host-history-")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return dict(json.loads(path.read_text()))


@pytest.fixture
def expiring(page: Page) -> None:
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Delete automatically").select_option("After 7 days")


def test_history_outlives_the_list_and_is_searched(page: Page, look: Callable[..., None]) -> None:
    upload(page, "Été à la mer.png", "screenshot 12.png", "东京.png")
    for name in ("Été à la mer.png", "screenshot 12.png", "东京.png"):
        hide(page, name)
    remember(page)
    expect(page.get_by_role("listitem")).to_have_count(3)
    expect(page).to_have_title("Uploaded from this browser · Image Host")
    names = page.get_by_role("listitem").evaluate_all("rows => rows.map(row => row.querySelector('p').textContent)")
    assert sorted(names) == sorted(["Été à la mer.png", "screenshot 12.png", "东京.png"])
    # A small copy, kept on this device.
    thumbnail = row(page, "screenshot 12.png").locator("img")
    page.evaluate(ALL_DRAWN, 3)
    page.reload()
    expect(thumbnail).to_have_attribute("src", re.compile("^blob:"))
    assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") == 144
    look("history")
    for query, found in {
        "ete mer": "Été à la mer.png",
        "东京": "东京.png",
        "PNG 12": "screenshot 12.png",
    }.items():
        page.get_by_role("searchbox", name="Search by name").fill(query)
        expect(page.get_by_role("listitem")).to_have_count(1)
        expect(row(page, found)).to_be_visible()
    page.get_by_role("searchbox", name="Search by name").fill("nothing like it")
    expect(page.get_by_text("0 of 3 pictures")).to_be_visible()
    page.get_by_role("searchbox", name="Search by name").fill("")
    expect(page.get_by_role("listitem")).to_have_count(3)


def test_history_copies_again_and_tells_when_a_picture_goes(page: Page, expiring: None) -> None:
    (url,) = upload(page, "a.png")
    remember(page)
    expect(row(page, "a.png")).to_contain_text("Until ")
    copy_as(page, "a.png", "Markdown")
    expect(page.get_by_text("Markdown copied.")).to_be_attached()
    assert clipboard(page) == f"![a]({url})"
    # The format is remembered.
    copy = row(page, "a.png").get_by_role("button", name="Copy Markdown for a.png")
    page.evaluate("navigator.clipboard.writeText('')")
    copy.click()
    expect(copy).to_have_attribute("data-copied", "true")
    assert clipboard(page) == f"![a]({url})"


def test_history_gives_the_delete_link(page: Page) -> None:
    (url,) = upload(page, "a.png")
    remember(page)
    choose_entry(page, "a.png", "Copy delete link")
    expect(page.get_by_text("Delete link copied.")).to_be_attached()
    page.goto(clipboard(page))
    page.get_by_role("button", name="Delete the picture").click()
    expect(page.get_by_role("heading", name="The picture is deleted.")).to_be_visible()
    assert status(url) == 404


def test_history_grows_while_it_is_looked_at(page: Page, line: CDPSession) -> None:
    limit(line, 20_000)
    choose(page, file("slow.png", picture("image/png", (300, 300), compress_level=0)))
    remember(page)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    limit(line, -1)
    expect(row(page, "slow.png").last).to_contain_text("PNG")
    # After the browser's own Back button, the heading that had the focus is gone.
    page.go_back()
    expect(page.get_by_role("heading", name="Pictures in, links out.")).to_be_focused()


def test_more_of_a_long_history_is_shown_by_keyboard(page: Page) -> None:
    names = [f"{number:02}.png" for number in range(35)]
    upload(page, *names)
    remember(page)
    rows = page.get_by_role("list", name="Today").get_by_role("listitem")
    expect(rows).to_have_count(30)
    page.get_by_role("button", name="Show more").press("Enter")
    expect(rows).to_have_count(35)
    expect(rows.nth(30)).to_be_focused()


def test_history_deletes_for_good_after_asking(page: Page, tmp_path: Path) -> None:
    gone, stays = upload(page, "gone.png", "stays.png")
    remember(page)
    choose_entry(page, "gone.png", "Delete")
    expect(page.get_by_role("button", name="Yes, delete gone.png")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More for gone.png")).to_be_focused()
    assert status(gone) == 200
    choose_entry(page, "gone.png", "Delete")
    page.get_by_role("button", name="Yes, delete gone.png").click()
    expect(row(page, "gone.png")).to_contain_text("Deleted")
    expect(row(page, "gone.png")).to_be_focused()
    assert (status(gone), status(stays)) == (404, 200)
    expect(page.get_by_text("1 picture", exact=True)).to_be_visible()
    assert [entry["name"] for entry in export(page, tmp_path)["pictures"]] == ["stays.png"]
    # The picture is gone from here and from the list of uploads, now and after a reload.
    page.reload()
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Upload pictures", exact=True).click()
    expect(row(page, "stays.png")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_delete_in_the_list_of_uploads_reaches_the_history(page: Page) -> None:
    upload(page, "a.png", "b.png")
    page.reload()
    choose_entry(page, "a.png", "Delete")
    page.get_by_role("button", name="Yes, delete a.png").click()
    expect(row(page, "a.png")).to_contain_text("Deleted")
    remember(page)
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(row(page, "b.png")).to_be_visible()


def test_failed_delete_is_said_and_loses_nothing(page: Page, complaints: list[str]) -> None:
    (url,) = upload(page, "a.png")
    remember(page)
    page.route("**/uploads/delete", lambda route: route.abort())
    choose_entry(page, "a.png", "Delete")
    page.get_by_role("button", name="Yes, delete a.png").click()
    expect(row(page, "a.png")).to_contain_text("It could not be deleted. The server can’t be reached.")
    assert link(page, "a.png") == url
    complaints.clear()


def test_history_goes_to_another_browser_and_deletes_there(
    page: Page, browser: Browser, server: Server, tmp_path: Path
) -> None:
    urls = upload(page, "été.png", "b.png")
    remember(page)
    exported = export(page, tmp_path)
    assert sorted(entry["viewURL"] for entry in exported["pictures"]) == sorted(urls)
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(server.url + "/#history")
        expect(other.get_by_text("Nothing yet.")).to_be_visible()
        for outcome in ("2 pictures added.", "0 pictures added, 2 were here already."):
            take_in(other, "history.json", json.dumps(exported).encode())
            expect(other.get_by_text(outcome)).to_be_visible()
            expect(other.get_by_role("listitem")).to_have_count(2)
        choose_entry(other, "été.png", "Delete")
        other.get_by_role("button", name="Yes, delete été.png").click()
        expect(row(other, "été.png")).to_contain_text("Deleted")
    assert [status(url) for url in urls] == [404, 200]


def test_import_refuses_what_is_none_and_says_why(page: Page, tmp_path: Path) -> None:
    upload(page, "a.png")
    remember(page)
    exported = export(page, tmp_path)
    many = {**exported, "pictures": [None] * 100_001}
    for name, content, answer in (
        ("picture.png", PNG, "picture.png is not an exported history."),
        ("list.json", b"[]", "list.json is not an exported history."),
        ("many.json", json.dumps(many).encode(), "at most 64 MB and 100,000 pictures are imported at once."),
    ):
        take_in(page, name, content)
        expect(page.get_by_text(f"{answer} Nothing was imported.")).to_be_visible()
        expect(page.get_by_role("listitem")).to_have_count(1)


def test_import_leaves_out_what_is_wrong_and_takes_the_rest(page: Page, tmp_path: Path) -> None:
    upload(page, "a.png")
    remember(page)
    exported = export(page, tmp_path)
    (kept,) = exported["pictures"]
    wrong: list[dict[str, Any]] = [
        {"viewURL": "javascript:1"},
        {"viewURL": "https://a.test/".ljust(2049, "x")},
        {"name": 5},
    ]
    entries = [kept, *({**kept, "uploadId": f"wrong-{n}", **fields} for n, fields in enumerate(wrong))]
    good = [{**kept, "uploadId": f"good-{n}", "name": f"good-{n}.png"} for n in range(2)]
    take_in(page, "mixed.json", json.dumps({**exported, "pictures": [*entries, *good]}).encode())
    expect(page.get_by_text("2 pictures added, 1 were here already. 3 entries were left out.")).to_contain_text(
        "Entry 2: “viewURL” must be a web address of at most 2,048 characters."
    )
    expect(page.get_by_role("listitem")).to_have_count(3)


def test_link_that_no_qr_code_holds_leaves_the_page_as_it_is(page: Page, tmp_path: Path, complaints: list[str]) -> None:
    upload(page, "a.png")
    remember(page)
    exported = export(page, tmp_path)
    (kept,) = exported["pictures"]
    # The longest name that an import accepts, of letters with three bytes each.
    endless = {**kept, "uploadId": "endless", "name": "endless.png", "viewURL": "https://a.test/".ljust(2048, "京")}
    take_in(page, "endless.json", json.dumps({**exported, "pictures": [endless]}).encode())
    choose_entry(page, "endless.png", "QR code")
    expect(page.get_by_role("dialog")).to_contain_text("This link is too long for a QR code.")
    page.keyboard.press("Escape")
    choose_entry(page, "a.png", "QR code")
    expect(page.get_by_role("img", name="QR code of the link to a.png")).to_be_visible()
    # The page does not even fetch pictures of other sites.
    assert all("https://a.test/" in text and "img-src" in text for text in complaints)
    complaints.clear()


def test_list_is_cleared_after_asking_and_the_pictures_stay(page: Page) -> None:
    (url,) = upload(page, "a.png")
    remember(page)
    page.get_by_role("button", name="Clear the list").click()
    page.get_by_role("button", name="Keep the list").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Clear the list").click()
    page.get_by_role("button", name="Yes, forget them").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    assert status(url) == 200


def test_long_history_is_shown_in_parts(page: Page, tmp_path: Path) -> None:
    upload(page, "a.png")
    remember(page)
    (entry,) = export(page, tmp_path)["pictures"]
    many = [{**entry, "uploadId": f"id-{number}", "name": f"{number}.png"} for number in range(2_000)]
    content = json.dumps({"format": "image-host-history", "version": 1, "pictures": many}).encode()
    take_in(page, "many.json", content)
    expect(page.get_by_text("2,000 pictures added.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(30)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("listitem")).to_have_count(60)
    page.get_by_role("searchbox").fill("1999")
    expect(row(page, "1999.png")).to_be_visible()


def test_picture_dropped_on_the_history_is_uploaded(page: Page) -> None:
    remember(page)
    page.evaluate(
        """bytes => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
            for (const kind of ["dragenter", "dragover", "drop"])
                document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
        }""",
        list(PNG),
    )
    expect(row(page, "dropped.png")).to_contain_text("Uploaded")
    expect(page.get_by_role("heading", name="Pictures in, links out.")).to_be_visible()


def test_history_by_keyboard_alone(page: Page) -> None:
    (url,) = upload(page, "a.png", "b.png")[:1]
    tab_to(page, page.get_by_role("link", name="History", exact=True), steps=60)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Uploaded from this browser")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_be_visible()
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("a.png")
    expect(page.get_by_role("listitem")).to_have_count(1)
    tab_to(page, page.get_by_role("button", name="More for a.png"), steps=20)
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Delete", exact=True)).to_be_focused()
    # A held Enter key repeats; it must not answer the question that it caused.
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.get_by_role("button", name="Yes, delete a.png")).to_be_focused()
    assert status(url) == 200
    page.keyboard.press("Enter")
    expect(row(page, "a.png")).to_contain_text("Deleted")
    expect(row(page, "a.png")).to_be_focused()
    assert status(url) == 404


def entry_of(page: Page, folder: Path) -> dict[str, Any]:
    upload(page, "a.png")
    remember(page)
    return export(page, folder)


def test_history_is_grouped_by_day_in_the_readers_language(page: Page, tmp_path: Path) -> None:
    exported = entry_of(page, tmp_path)
    (entry,) = exported["pictures"]
    now = page.evaluate("new Date().setHours(12, 0, 0, 0)")
    published = {"yesterday.png": now - 86_400_000, "old.png": 1_700_000_000_000, "older.png": 1_699_990_000_000}
    old = [
        {**entry, "uploadId": name, "name": name, "publishedAt": datetime.fromtimestamp(time / 1000, UTC).isoformat()}
        for name, time in published.items()
    ]
    take_in(page, "old.json", json.dumps({**exported, "pictures": old}).encode())
    headings = page.get_by_role("heading", level=2)
    expect(headings).to_have_text(["Today", "Yesterday", re.compile("^Tuesday, November 14, 2023")])
    expect(page.get_by_role("list", name="Yesterday").get_by_role("listitem")).to_have_text([re.compile("yesterday")])
    expect(page.get_by_role("list", name="Tuesday, November 14, 2023").get_by_role("listitem")).to_have_count(2)
    page.get_by_label("Language").select_option("zh-CN")
    expect(headings).to_have_text(["今天", "昨天", re.compile("^2023年11月14日")])


def test_picture_of_yesterday_is_deleted_with_three_clicks(page: Page, tmp_path: Path) -> None:
    exported = entry_of(page, tmp_path)
    (entry,) = exported["pictures"]
    yesterday = page.evaluate("new Date(Date.now() - 86400000).toISOString()")
    old = {**entry, "uploadId": "old", "name": "old.png", "publishedAt": yesterday}
    take_in(page, "old.json", json.dumps({**exported, "pictures": [old]}).encode())
    expect(page.get_by_role("list", name="Yesterday").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="More for old.png").click()
    page.get_by_role("menuitem", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete old.png").click()
    expect(row(page, "old.png")).to_contain_text("Deleted")
    assert status(entry["viewURL"]) == 404


def test_several_are_selected_copied_exported_and_deleted(
    page: Page, tmp_path: Path, look: Callable[..., None]
) -> None:
    names = [f"{number}.png" for number in range(5)]
    urls = dict(zip(names, upload(page, *names), strict=True))
    remember(page)
    rows = page.get_by_role("list", name="Today").get_by_role("listitem")
    shown = rows.evaluate_all("rows => rows.map(row => row.querySelector('p').textContent)")
    page.get_by_role("checkbox", name=f"Select {shown[0]}").click()
    page.get_by_role("checkbox", name=f"Select {shown[2]}").click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="Selected pictures")
    expect(bar).to_contain_text("3 selected")
    look("history-selected")
    bar.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_text("3 links copied.")).to_be_attached()
    assert clipboard(page).split("\n") == [urls[name] for name in shown[:3]]
    bar.get_by_role("button", name="Copy delete links").click()
    expect(page.get_by_text("Delete links copied.")).to_be_attached()
    assert len(set(clipboard(page).split("\n"))) == 3
    with page.expect_download() as download:
        bar.get_by_role("button", name="Export").click()
    kept = json.loads(download.value.path().read_text())["pictures"]
    assert [entry["name"] for entry in kept] == shown[:3]
    bar.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete 3 pictures").click()
    expect(page.get_by_text("3 pictures deleted.")).to_be_attached()
    expect(bar).to_have_count(0)
    expect(page.get_by_text("2 pictures", exact=True)).to_be_visible()
    assert [status(urls[name]) for name in shown] == [404, 404, 404, 200, 200]
    page.reload()
    expect(rows).to_have_count(2)


def test_several_are_selected_and_deleted_by_keyboard(page: Page) -> None:
    urls = upload(page, "a.png", "b.png", "c.png")
    remember(page)
    first = page.get_by_role("checkbox").first
    tab_to(page, first, steps=20)
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    bar = page.get_by_role("group", name="Selected pictures")
    expect(bar).to_contain_text("2 selected")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)
    expect(page.get_by_role("checkbox").nth(1)).to_be_focused()
    page.keyboard.press("Control+a")
    expect(bar).to_contain_text("3 selected")
    page.keyboard.press("Control+c")
    expect(page.get_by_text("3 links copied.")).to_be_attached()
    assert sorted(clipboard(page).split("\n")) == sorted(urls)
    bar.get_by_role("button", name="Delete", exact=True).press("Enter")
    page.get_by_role("button", name="Yes, delete 3 pictures").press("Enter")
    expect(page.get_by_text("3 pictures deleted.")).to_be_attached()
    # The focus is where the list is, not at the top of the page.
    expect(page.locator("main section:focus, main section :focus")).to_have_count(1)
    assert [status(url) for url in urls] == [404] * 3
    # Nothing is left: the page invites to upload.
    page.reload()
    page.get_by_role("main").get_by_role("link", name="Upload pictures").click()
    expect(page.get_by_role("heading", name="Pictures in, links out.")).to_be_visible()


def test_picture_left_alone_in_the_list_is_not_fetched(page: Page) -> None:
    _, left = upload(page, "a.png", "b.png")
    page.evaluate(ALL_DRAWN, 2)
    remember(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose_entry(page, "a.png", "Delete")
    page.get_by_role("button", name="Yes, delete a.png").click()
    expect(row(page, "a.png")).to_contain_text("Deleted")
    # The list shows the last one large now, from the file that it has.
    page.go_back()
    expect(page.get_by_role("main").locator("img")).to_have_attribute("src", re.compile("^blob:"))
    assert left not in asked


def test_failed_deletion_of_several_is_said_at_each(page: Page, complaints: list[str]) -> None:
    upload(page, "a.png", "b.png")
    remember(page)
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Control+a")
    page.route("**/uploads/delete", lambda route: route.abort())
    page.get_by_role("group", name="Selected pictures").get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete 2 pictures").click()
    for name in ("a.png", "b.png"):
        expect(row(page, name)).to_contain_text("It could not be deleted.")
    expect(page.get_by_role("group", name="Selected pictures")).to_contain_text("2 selected")
    complaints.clear()


def test_one_line_warns_and_a_long_history_is_a_grid(page: Page, tmp_path: Path, look: Callable[..., None]) -> None:
    remember(page)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    expect(page.get_by_text("Export it before")).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="Upload pictures").click()
    exported = entry_of(page, tmp_path)
    expect(page.get_by_text("Export it before")).to_have_count(1)
    (entry,) = exported["pictures"]
    many = [{**entry, "uploadId": f"id-{number}", "name": f"{number}.png"} for number in range(20)]
    rows = page.get_by_role("listitem")
    box = rows.first.bounding_box()
    assert box
    assert box["height"] < 90
    take_in(page, "many.json", json.dumps({**exported, "pictures": many}).encode())
    expect(rows).to_have_count(21)
    tops = "rows => new Set(rows.map(row => row.getBoundingClientRect().top)).size"
    assert rows.evaluate_all(tops) < 12
    look("history-grid")
    page.get_by_role("button", name="List", exact=True).click()
    assert rows.evaluate_all(tops) == 21
    look("history-rows")
    # The choice is remembered.
    page.reload()
    expect(rows).to_have_count(21)
    assert rows.evaluate_all(tops) == 21


def test_part_of_the_page_that_can_not_be_loaded_says_so(page: Page, complaints: list[str]) -> None:
    page.route("**/HistoryPage-*.js", lambda route: route.abort())
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("could not be shown")
    page.unroute("**/HistoryPage-*.js")
    page.get_by_role("alert").get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Uploaded from this browser")).to_be_visible()
    complaints.clear()


# The page of a delete link


def test_delete_link_shows_the_picture_and_forgets_it(page: Page, look: Callable[..., None]) -> None:
    with page.expect_response("**/uploads/complete") as answered:
        (url,) = upload(page, "a.png", content=picture("image/png", (640, 400)))
    page.goto(answered.value.json()["deleteURL"])
    shown = page.get_by_role("img", name="The picture that would be deleted")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    look("delete")
    assert status(url) == 200
    page.get_by_role("button", name="Delete the picture").click()
    expect(page.get_by_role("heading", name="The picture is deleted.")).to_be_focused()
    assert status(url) == 404
    remember(page)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()


def test_delete_link_of_what_has_gone_says_so(page: Page, complaints: list[str]) -> None:
    with page.expect_response("**/uploads/complete") as answered:
        upload(page, "a.png")
    result = answered.value.json()
    requests.post(
        page.url + "uploads/delete", json={"deleteToken": result["deleteToken"]}, timeout=60
    ).raise_for_status()
    page.goto(result["deleteURL"])
    expect(page.get_by_text("The picture can’t be shown. It may be gone already.")).to_be_visible()
    page.get_by_role("button", name="Delete the picture").click()
    expect(page.get_by_role("heading", name="The picture is deleted.")).to_be_visible()
    complaints.clear()  # Chromium prints the picture's 404.


def test_forged_delete_link_is_not_valid(page: Page, server: Server, complaints: list[str]) -> None:
    page.goto(f"{server.url}/delete#forged")
    expect(page.get_by_text("This delete link is not valid")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    complaints.clear()
