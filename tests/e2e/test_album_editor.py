"""Many pictures become one link: chosen, ordered, described, changed from two browsers, and taken off again."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, CDPSession, FilePayload, Locator, Page, Playwright, expect

from tests.conftest import picture
from tests.contract.conftest import User
from tests.e2e.conftest import PATIENCE
from tests.e2e.test_accessibility import assert_no_barrier, violations
from tests.e2e.test_history import export, remember, take_in
from tests.e2e.test_page import choose, clipboard, file
from tests.rigs.server import Server

#: Forty photographs of a walk, upright and across.
FORTY = [(f"{place:02}.png", (90, 60) if place % 3 else (60, 90)) for place in range(1, 41)]


def upload(page: Page, names: list[tuple[str, tuple[int, int]]] = FORTY) -> None:
    choose(page, *(file(name, picture("image/png", size)) for name, size in names))
    expect(page.get_by_text(f"{len(names)} pictures uploaded", exact=True)).to_be_visible()


def begin(page: Page, names: list[tuple[str, tuple[int, int]]] = FORTY) -> None:
    """Upload pictures and ask for one link."""
    upload(page, names)
    page.get_by_role("button", name="One link for all").click()
    expect(page.get_by_role("heading", name="One link for all")).to_be_focused()


def order(page: Page) -> list[str]:
    cards = page.get_by_role("list", name="Pictures of the album").get_by_role("listitem")
    return [str(name) for name in cards.evaluate_all("cards => cards.map(card => card.ariaLabel)")]


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Pictures of the album").get_by_role("listitem", name=name, exact=True)


def handle(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"Move {name}", exact=True)


def choose_for(page: Page, name: str, entry: str) -> None:
    card(page, name).get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def create(page: Page) -> str:
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_text("The album is ready.")).to_be_visible()
    return page.get_by_role("textbox", name="Link to the album").input_value()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()


def album(link: str) -> dict[str, Any]:
    return dict(requests.get(link.replace("/a/", "/albums/"), timeout=60).json())


def names_in(link: str) -> list[str]:
    return [each["filename"] for each in album(link)["pictures"]]


def show_cards(page: Page) -> None:
    page.get_by_role("list", name="Pictures of the album").evaluate("list => list.scrollIntoView()")


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def devtools(phone: Page) -> CDPSession:
    return phone.context.new_cdp_session(phone)


def test_forty_pictures_become_one_link(page: Page, look: Callable[..., None]) -> None:
    begin(page)
    names = [name for name, _ in FORTY]
    assert order(page) == names
    page.get_by_label("Title").fill("A walk <in> the hills")

    # By keys: the focus stays where it is.
    handle(page, "05.png").press("Home")
    expect(handle(page, "05.png")).to_be_focused()
    page.keyboard.press("ArrowRight")
    names.insert(1, names.pop(4))
    assert order(page) == names
    expect(page.get_by_role("status").get_by_text("05.png: place 2 of 40.")).to_be_attached()

    # By mouse, at the handle and at the picture.
    show_cards(page)
    for grip in (handle(page, "07.png"), card(page, "02.png").locator("img")):
        page.mouse.move(*middle(grip))
        page.mouse.down()
        page.mouse.move(*middle(card(page, "01.png")), steps=12)
        page.mouse.up()
        name = "07.png" if names[0] != "07.png" else "02.png"
        at = names.index("01.png")
        names.remove(name)
        names.insert(at, name)
        assert order(page) == names

    page.get_by_label("Caption of 03.png").fill("The first bench.\nIt was wet.")
    choose_for(page, "10.png", "Make it the cover")
    expect(card(page, "10.png").get_by_text("Cover", exact=True)).to_be_visible()
    choose_for(page, "40.png", "Leave out of the album")
    names.remove("40.png")
    look("album-editor")
    link = create(page)
    look("album-made")
    made = album(link)
    assert made["title"] == "A walk <in> the hills"
    assert [each["filename"] for each in made["pictures"]] == names
    assert {each["filename"]: each["caption"] for each in made["pictures"] if each["caption"]} == {
        "03.png": "The first bench.\nIt was wet."
    }
    assert made["cover"] == next(each["key"] for each in made["pictures"] if each["filename"] == "10.png")
    page.get_by_role("button", name="Copy link", exact=True).click()
    expect(page.get_by_role("status").get_by_text("1 link copied.")).to_be_attached()
    assert clipboard(page) == link

    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("A walk <in> the hills")
    assert (
        page.locator("li a").evaluate_all("links => links.map(link => link.dataset.name ?? link.firstChild.alt)")
        == names
    )


def test_deleted_picture_leaves_a_gap(page: Page, server: Server, complaints: list[str]) -> None:
    with page.expect_response("**/uploads/complete") as answered:
        begin(page, FORTY[:3])
    gone = answered.value.json()
    link = create(page)
    assert User(server.post).delete(gone["deleteToken"]).status_code == 204
    page.goto(link)
    expect(page.locator("li")).to_have_count(3)
    expect(page.locator("li.gone")).to_have_count(1)
    # Nothing that a key comes to, or a screen reader.
    expect(page.get_by_role("link", name=gone["filename"])).to_have_count(0)
    assert all("404" in each for each in complaints)
    complaints.clear()


@pytest.fixture
def other(browser: Browser, server: Server) -> Iterator[Page]:
    """Another browser."""
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(server.url)
        yield page


def test_edit_from_two_browsers_loses_nothing_silently(
    page: Page, other: Page, complaints: list[str], tmp_path: Any, look: Callable[..., None]
) -> None:
    begin(page, FORTY[:3])
    page.get_by_label("Title").fill("First")
    link = create(page)
    remember(page)
    export(page, tmp_path)
    [history] = tmp_path.glob("*.json")

    remember(other)
    take_in(other, "history.json", history.read_bytes())
    other.get_by_role("link", name="Change First").click()
    expect(other.get_by_label("Title")).to_have_value("First")

    page.get_by_role("link", name="Change First").click()
    expect(page.get_by_role("heading", name="Change the album")).to_be_focused()
    page.get_by_label("Title").fill("Second")
    save(page)

    other.get_by_label("Caption of 02.png").fill("Mine")
    other.get_by_role("button", name="Save changes").click()
    alert = other.get_by_role("alert")
    expect(alert).to_contain_text("Somebody else has changed this album meanwhile.")
    expect(other.get_by_label("Caption of 02.png")).to_have_value("Mine")
    assert album(link)["title"] == "Second"
    look("album-changed", other)
    assert violations(other) == []

    # Theirs in place of mine.
    alert.get_by_role("button", name="Load the other version").click()
    expect(other.get_by_label("Title")).to_have_value("Second")
    expect(other.get_by_label("Caption of 02.png")).to_have_value("")

    # Mine in place of theirs, because I say so.
    other.get_by_label("Title").fill("Third")
    save(other)
    page.get_by_label("Title").fill("Fourth")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_role("alert").get_by_role("button", name="Save mine in its place").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert album(link)["title"] == "Fourth"
    assert album(link)["version"] == 4
    # Chromium says of a 409 that it is an error.
    assert all("409" in each for each in complaints)
    complaints.clear()


def test_picture_that_is_gone_is_named_and_left_out(page: Page, server: Server, complaints: list[str]) -> None:
    with page.expect_response("**/uploads/complete") as answered:
        begin(page, FORTY[:3])
    gone = answered.value.json()
    assert User(server.post).delete(gone["deleteToken"]).status_code == 204
    page.get_by_role("button", name="Create link").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Some of these pictures are no longer on the server.")
    expect(card(page, gone["filename"])).to_contain_text("Not on the server")
    alert.get_by_role("button", name="Leave it out").click()
    link = create(page)
    assert gone["filename"] not in names_in(link)
    assert len(names_in(link)) == 2
    assert all("422" in each for each in complaints)
    complaints.clear()


def test_history_copies_and_deletes_albums(page: Page, complaints: list[str]) -> None:
    begin(page, FORTY[:2])
    page.get_by_label("Title").fill("Trip")
    link = create(page)
    remember(page)
    page.reload()
    albums = page.get_by_role("region", name="Albums")
    expect(albums.get_by_role("listitem", name="Trip")).to_contain_text("2 pictures")
    albums.get_by_role("button", name="Copy link to Trip").click()
    expect(page.get_by_role("status").get_by_text("1 link copied.")).to_be_attached()
    assert clipboard(page) == link
    albums.get_by_role("button", name="More for Trip").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Yes, delete Trip").click()
    expect(albums).to_have_count(0)
    assert requests.get(link.replace("/a/", "/albums/"), timeout=60).status_code == 410
    # The pictures stay.
    expect(page.get_by_role("listitem")).to_have_count(2)


def test_selected_pictures_of_the_history_become_an_album(page: Page) -> None:
    upload(page, FORTY[:4])
    remember(page)
    for name in ("02.png", "04.png"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="One link for all").click()
    expect(page.get_by_role("heading", name="One link for all")).to_be_focused()
    assert sorted(order(page)) == ["02.png", "04.png"]
    # What was done stays, while a person looks at something else.
    page.get_by_label("Title").fill("Two")
    page.get_by_role("link", name="Upload pictures").click()
    page.go_back()
    expect(page.get_by_label("Title")).to_have_value("Two")
    create(page)


def test_more_than_an_album_holds_is_said_before_it_is_sent(page: Page) -> None:
    page.evaluate(
        """() => new Promise(done => {
          const opened = indexedDB.open("image-host");
          opened.onsuccess = () => {
            const transaction = opened.result.transaction("pictures", "readwrite");
            for (let n = 1; n <= 502; n++) transaction.objectStore("pictures").put({
              uploadId: `u${n}`, name: `${n}.png`, filename: `${n}.png`, publishedAt: n, contentType: "image/png",
              viewURL: `${location.origin}/i/${n}.png`, deleteURL: location.origin, deleteToken: "t",
              size: 1, width: 1, height: 1, expiresAt: null, thumbnail: new Blob() });
            transaction.oncomplete = () => { opened.result.close(); done(); };
          };
        })"""
    )
    remember(page)
    page.get_by_role("checkbox", name="Select 502.png").check()
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="One link for all").click()
    expect(page.get_by_text("An album has at most 500 pictures. Leave 2 of them out.")).to_be_visible()
    expect(page.get_by_role("button", name="Create link")).to_be_disabled()
    for name in ("502.png", "501.png"):
        choose_for(page, name, "Leave out of the album")
    expect(page.get_by_role("button", name="Create link")).to_be_enabled()


def test_finger_drags_by_the_handle_and_scrolls_elsewhere(
    phone: Page, devtools: CDPSession, look: Callable[..., None]
) -> None:
    begin(phone, FORTY[:12])
    look("album-editor-phone", phone)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        touch("touchStart", start)
        for step in range(1, 11):
            touch("touchMove", (start[0] + (end[0] - start[0]) * step / 10, start[1] + (end[1] - start[1]) * step / 10))
        touch("touchEnd")

    show_cards(phone)
    first = middle(card(phone, "01.png"))
    drag(middle(handle(phone, "04.png")), middle(card(phone, "01.png")))
    assert order(phone)[:4] == ["04.png", "01.png", "02.png", "03.png"]
    before = phone.evaluate("scrollY")
    drag((first[0], 600), (first[0], 300))
    phone.wait_for_function("before => scrollY > before", arg=before)
    assert order(phone)[:4] == ["04.png", "01.png", "02.png", "03.png"]


@pytest.mark.parametrize("made", [False, True], ids=["new", "made"])
def test_editor_has_no_barrier(page: Page, look: Callable[..., None], made: bool) -> None:
    begin(page, FORTY[:3])
    if made:
        create(page)
    page.emulate_media(forced_colors="active")
    look(f"album-editor-{made}-forced")
    assert violations(page) == []
    page.emulate_media(forced_colors="none")
    assert_no_barrier(page, look, f"album-editor-{made}", (320, 360, 1440))


def test_albums_of_the_history_have_no_barrier(page: Page, look: Callable[..., None]) -> None:
    begin(page, FORTY[:2])
    create(page)
    remember(page)
    expect(page.get_by_role("region", name="Albums").get_by_role("listitem", name="Album")).to_be_visible()
    assert_no_barrier(page, look, "album-history", (320, 1440))


@pytest.fixture
def arabic(browser: Browser, playwright: Playwright, server: Server) -> Iterator[Page]:
    with browser.new_context(locale="ar-EG") as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(server.url)
        yield page


def test_album_is_made_in_arabic(arabic: Page, look: Callable[..., None]) -> None:
    pictures: list[FilePayload] = [
        {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture("image/png")} for name in ("أ", "ب", "ج")
    ]
    arabic.locator("input[type=file][multiple]").set_input_files(pictures)
    expect(arabic.locator("[data-phase=done]")).to_have_count(3)
    arabic.get_by_role("button", name="رابط واحد لكل الصور").click()
    cards = arabic.get_by_role("list", name="صور الألبوم")
    assert cards.evaluate("list => getComputedStyle(list).direction") == "rtl"
    # The next one is on the left.
    cards.locator("[data-handle]").first.press("ArrowLeft")
    assert cards.get_by_role("listitem").evaluate_all("cards => cards.map(card => card.ariaLabel)") == [
        *("ب.png", "أ.png", "ج.png")
    ]
    assert_no_barrier(arabic, lambda name: look(name, arabic), "album-arabic", (320, 1440))
    arabic.get_by_role("button", name="إنشاء الرابط").click()
    expect(arabic.get_by_text("الألبوم جاهز.")).to_be_visible()


def test_private_server_asks_for_its_token(tmp_path: Any, context: BrowserContext) -> None:
    server = Server(tmp_path, UPLOAD_TOKENS="a-token-of-some-length-0123456789")
    server.start()
    try:
        page = context.new_page()
        page.goto(server.url)
        page.get_by_text("Options", exact=True).click()
        page.get_by_label("Access token").fill("a-token-of-some-length-0123456789")
        begin(page, FORTY[:2])
        page.evaluate("localStorage.setItem('settings', '{}'); window.dispatchEvent(new StorageEvent('storage'))")
        page.get_by_role("button", name="Create link").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(re.compile("token"))
        alert.get_by_label("Access token").fill("a-token-of-some-length-0123456789")
        create(page)
    finally:
        server.end()
