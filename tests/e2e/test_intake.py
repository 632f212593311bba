"""Ways to bring pictures in: a folder, a pasted screenshot, a phone's camera."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.conftest import picture
from tests.e2e.test_accessibility import violations
from tests.e2e.test_page import choose_entry, copy_as, expect_copied, file, link, row
from tests.rigs.server import Server

PNG = picture("image/png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trip = tmp_path / "trip"
    (trip / "day 2").mkdir(parents=True)
    (trip / ".cache").mkdir()
    for name in ("10.png", "9.png", "day 2/1.png", ".hidden.png", ".cache/small.png", "IMG_2041"):
        (trip / name).write_bytes(PNG)
    (trip / "notes.txt").write_text("at home")
    (trip / "broken.png").write_text("no picture")
    return trip


def expect_the_pictures_of_the_folder(page: Page) -> None:
    expect(page.get_by_text("3 of 4 pictures uploaded")).to_be_visible()
    names = page.get_by_role("listitem").evaluate_all("rows => rows.map(row => row.querySelector('p').textContent)")
    assert names == ["9.png", "10.png", "broken.png", "1.png"]
    expect(row(page, "broken.png")).to_contain_text("This is not a")
    note = page.get_by_role("status").filter(has_text="left out")
    expect(note).to_have_text("4 files in the folder were left out: 2 hidden, 1 without an extension, 1 not a picture.")
    note.get_by_role("button", name="Close this note").click()
    expect(page.get_by_text("left out")).to_have_count(0)
    expect(page.locator("body :focus")).to_have_count(1)
    assert requests.get(link(page, "1.png"), timeout=60).content == PNG


def test_dropped_folder_gives_its_pictures(page: Page, folder: Path, look: Callable[..., None]) -> None:
    # A drag from the desktop, sent to the browser itself.
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    look("drop")
    devtools.send("Input.dispatchDragEvent", {"type": "drop", "x": 300, "y": 300, "data": data})
    expect_the_pictures_of_the_folder(page)
    look("folder")


def test_chosen_folder_gives_its_pictures(page: Page, folder: Path) -> None:
    page.get_by_label("Choose a folder").set_input_files(folder)
    expect_the_pictures_of_the_folder(page)
    # One click gives the links to send to a friend.
    page.get_by_role("button", name="Copy all", exact=True).click()
    links = "\n".join(link(page, name) for name in ("9.png", "10.png", "1.png"))
    expect_copied(page, links)


def copy(page: Page, **kinds: str | bytes) -> None:
    """Put into the clipboard what a program leaves there: text by its kind, and a picture as PNG."""
    page.evaluate(
        """async kinds => {
            const blobs = Object.entries(kinds).map(([kind, data]) => {
                const type = kind === "png" ? "image/png" : `text/${kind}`;
                return [type, new Blob([kind === "png" ? new Uint8Array(data) : data], { type })];
            });
            await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
        }""",
        {kind: list(data) if isinstance(data, bytes) else data for kind, data in kinds.items()},
    )


def hand(page: Page, event: str, data: dict[str, str], *, target: str = "body", files: int = 0) -> bool:
    """Drop or paste what another program hands over; return whether the browser still does what it would do itself."""
    return bool(
        page.evaluate(
            """([event, data, target, files, bytes]) => {
                const transfer = new DataTransfer();
                for (const [type, text] of Object.entries(data)) transfer.setData(type, text);
                for (let n = 0; n < files; n++)
                    transfer.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
                const element = document.querySelector(target);
                const init = { bubbles: true, cancelable: true };
                if (event === "paste")
                    return element.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: transfer }));
                return ["dragenter", "dragover", "drop"]
                    .map(kind => element.dispatchEvent(new DragEvent(kind, { ...init, dataTransfer: transfer })))
                    .some(Boolean);
            }""",
            [event, data, target, files, list(PNG)],
        )
    )


def drag(page: Page, items: list[dict[str, str]]) -> None:
    """Drag something from another window onto the page, and drop it: through the browser, which may leave the page."""
    devtools = page.context.new_cdp_session(page)
    data = {"items": items, "files": [], "dragOperationsMask": 19}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def item(kind: str, data: str) -> dict[str, str]:
    return {"mimeType": kind, "data": data}


LINK = [item("text/uri-list", "https://other.test/"), item("text/html", '<a href="https://other.test/">there</a>')]
PICTURE = [
    item("text/uri-list", "https://other.test/cat.png"),
    item("text/html", '<meta charset="utf-8"><img src="https://other.test/cat.png" alt="a cat">'),
]
WRITTEN = "data:image/png;base64," + base64.b64encode(PNG).decode()
STAMP = re.compile(r"pasted-\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d(-\d+)?\.png")


def names_of(page: Page) -> list[str]:
    names: list[str] = page.get_by_role("listitem").evaluate_all(
        "rows => rows.map(row => row.querySelector('p').textContent)"
    )
    return names


def test_pasted_screenshots_become_links_under_names_that_differ(page: Page, look: Callable[..., None]) -> None:
    # A screenshot tool leaves pixels in the clipboard, and no file.
    copy(page, png=PNG)
    for _ in range(2):
        page.keyboard.press("ControlOrMeta+v")
    expect(page.get_by_text("2 pictures uploaded", exact=True)).to_be_visible()
    first, second = names_of(page)
    assert STAMP.fullmatch(first), first
    assert STAMP.fullmatch(second), second
    assert first != second
    seen = requests.get(link(page, first), timeout=60)
    assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/png")
    assert seen.headers["Content-Disposition"].endswith(first)
    look("paste")


@pytest.mark.parametrize("path", ["/", "/#history", "/delete#token", "/apps"])
@pytest.mark.parametrize("what", ["link", "picture", "file", "text"])
def test_no_drop_leaves_the_page(
    page: Page, server: Server, path: str, what: str, tmp_path: Path, complaints: list[str], stranger: str
) -> None:
    if path != "/":
        page.goto(server.url + path)
        page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    here = page.url
    page.evaluate("window.stayed = true")
    if what == "file":
        document = tmp_path / "page.html"
        document.write_text("<title>elsewhere</title>")
        devtools = page.context.new_cdp_session(page)
        data = {"items": [], "files": [str(document)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    else:
        drag(page, {"link": LINK, "picture": PICTURE, "text": [item("text/plain", "https://other.test/")]}[what])
    if path in ("/", "/#history"):
        says = {
            "link": "What you dropped is not a picture.",
            "picture": "Save the picture first, or copy it, then paste it here.",
            "file": "page.html was not uploaded.",
            "text": "What you dropped is not a picture.",
        }[what]
        expect(page.get_by_text(says)).to_be_visible()
    # A page that does not look after itself: the browser opens the link, after whatever the first drop made it open.
    careless = page.context.new_page()
    careless.goto("data:text/html,<title>careless</title>")
    with page.context.expect_page() as opened:
        drag(careless, [item("text/uri-list", f"{stranger}/")])
    # Not `wait_for_load_state`: Playwright may miss the events of a page that a drop opens.
    expect(opened.value).to_have_url(f"{stranger}/")
    assert set(page.context.pages) == {page, careless, opened.value}
    if what != "file":
        assert page.url == here
    assert page.evaluate("window.stayed")
    complaints.clear()  # The server does not know this token.


def test_picture_written_out_in_a_drag_is_taken(page: Page) -> None:
    assert not hand(page, "drop", {"text/html": f'<a href="https://other.test/"><img src="{WRITTEN}"></a>'})
    expect(page.get_by_role("region", name="Your pictures").get_by_role("listitem")).to_contain_text("Uploaded")
    [name] = names_of(page)
    assert STAMP.fullmatch(name), name
    assert requests.get(link(page, name), timeout=60).content == PNG


def test_text_field_still_takes_dropped_text(page: Page) -> None:
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'field' }))")
    assert hand(page, "drop", {"text/plain": "a token"}, target="#field")
    # But a file would be opened in place of the page.
    assert not hand(page, "drop", {}, target="#field", files=1)
    expect(page.get_by_role("region", name="Your pictures").get_by_role("listitem")).to_contain_text("Uploaded")


@pytest.mark.parametrize("view", ["upload", "history"])
def test_text_that_is_pasted_is_no_picture(page: Page, view: str, look: Callable[..., None]) -> None:
    if view == "history":
        page.get_by_role("link", name="History").click()
        expect(page.get_by_role("heading", name="Uploaded from this browser")).to_be_visible()
    copy(page, plain="https://other.test/cat.png")
    page.keyboard.press("ControlOrMeta+v")
    note = page.get_by_role("status").filter(has_text="The clipboard holds no picture.")
    expect(note).to_be_visible()
    look(f"note-{view}", whole=False)
    assert violations(page) == []
    page.get_by_role("button", name="Close this note").press("Enter")
    expect(page.get_by_text("The clipboard holds no picture.")).to_have_count(0)


def test_text_with_its_picture_is_asked_about(page: Page, look: Callable[..., None]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method in ("POST", "PUT") else None)
    copy(page, png=PNG, html="<table><tr><td>Salaries</td><td>1</td></tr></table>", plain="Salaries 1")
    question = page.get_by_role("region", name="Upload the picture of what you copied?")
    page.keyboard.press("ControlOrMeta+v")
    expect(question).to_be_focused()
    look("pasted-question")
    assert violations(page) == []
    # A key that was meant for something else is no answer.
    page.keyboard.press("Enter")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.locator("body :focus")).to_have_count(1)
    page.keyboard.press("ControlOrMeta+v")
    page.get_by_role("button", name="Don’t upload").click()
    expect(question).to_have_count(0)
    assert asked == []
    page.keyboard.press("ControlOrMeta+v")
    page.get_by_role("button", name="Upload the picture").click()
    expect(page.get_by_role("region", name="Your pictures").get_by_role("listitem")).to_contain_text("Uploaded")


def test_picture_copied_from_a_web_page_is_not_asked_about(page: Page) -> None:
    copy(page, png=PNG, html='<img src="https://other.test/cat.png" alt="a cat">')
    page.keyboard.press("ControlOrMeta+v")
    expect(page.get_by_role("region", name="Your pictures").get_by_role("listitem")).to_contain_text("Uploaded")


def test_name_that_turns_the_text_around_it_is_shown_and_copied_straight(page: Page) -> None:
    page.get_by_label("Choose pictures").set_input_files(file("holiday\u202egpj.\u2066exe.png", PNG))
    expect(row(page, "holidaygpj.exe.png")).to_contain_text("Uploaded")
    assert not set("\u202e\u2066") & set(page.content())
    url = link(page, "holidaygpj.exe.png")
    for form, says in {
        "Markdown": f"![holidaygpj.exe]({url})",
        "HTML": f'<img src="{url}" width="64" height="48" alt="holidaygpj.exe">',
        "BBCode": f"[img]{url}[/img]",
    }.items():
        copy_as(page, "holidaygpj.exe.png", form)
        expect_copied(page, says)


def test_picture_that_is_really_another_type_is_named_after_what_it_is(page: Page) -> None:
    page.get_by_label("Choose pictures").set_input_files(file("cat.jpg", PNG, "image/jpeg"))
    expect(row(page, "cat.png")).to_contain_text("Uploaded")
    url = link(page, "cat.png")
    assert requests.get(url, timeout=60).headers["Content-Disposition"] == "inline; filename*=UTF-8''cat.png"
    copy_as(page, "cat.png", "Markdown")
    expect_copied(page, f"![cat]({url})")


def test_words_for_paste_fit_the_device(page: Page, phone: Page, server: Server) -> None:
    expect(page.get_by_text("or paste them (Ctrl+V).")).to_be_visible()
    expect(phone.get_by_text("Choose pictures, and share their links.")).to_be_visible()
    expect(phone.get_by_text("paste")).to_have_count(0)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'MacIntel' })")
    page.goto(server.url)
    expect(page.get_by_text("or paste them (⌘V).")).to_be_visible()


def test_phone_offers_its_camera_and_a_desk_its_folders(page: Page, phone: Page, server: Server) -> None:
    # This Chromium is none of a phone: only those have the property, for only they open a camera.
    expect(phone.get_by_text("Take a photo")).to_have_count(0)
    phone.add_init_script("HTMLInputElement.prototype.capture = ''")
    phone.goto(server.url)
    expect(page.get_by_text("Choose a folder")).to_be_visible()
    expect(page.get_by_text("Take a photo")).to_be_hidden()
    expect(phone.get_by_text("Choose a folder")).to_be_hidden()
    expect(phone.get_by_text("Take a photo")).to_be_visible()
    camera = phone.get_by_label("Take a photo")
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files({"name": "image.jpg", "mimeType": "image/jpeg", "buffer": picture("image/jpeg")})
    expect(row(phone, "image.jpg")).to_contain_text("Uploaded")


def test_phone_shares_the_link_with_its_own_sheet(phone: Page, server: Server, look: Callable[..., None]) -> None:
    phone.add_init_script("navigator.share = async data => { window.shared = data; }")
    phone.goto(server.url)
    phone.get_by_label("Choose pictures").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    phone.get_by_role("button", name="Share a.png").tap()
    phone.wait_for_function("window.shared")
    assert phone.evaluate("window.shared") == {"url": link(phone, "a.png")}
    look("phone", phone)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("how", ["zoom 2", "zoom 4", "large letters"])
def test_larger_is_no_loss(page: Page, how: str, look: Callable[..., None]) -> None:
    if how.startswith("zoom"):
        # 200 and 400 % on a screen of 1280 × 800.
        by = int(how[-1])
        page.set_viewport_size({"width": 1280 // by, "height": 800 // by})
    else:
        devtools = page.context.new_cdp_session(page)
        devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
        page.set_viewport_size({"width": 640, "height": 800})
        page.reload()
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "32px"
    page.get_by_label("Choose pictures").set_input_files(
        [
            file("a rather long name of a picture.png", PNG),
            file("b.svg", b"<svg/>", "image/svg+xml"),
        ]
    )
    name = "a rather long name of a picture.png"
    expect(row(page, name)).to_contain_text("Uploaded")
    # Chromium sets the letters back to photograph more than it shows.
    look(how, whole=False)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name=f"Copy link to {name}", exact=True).click()
    copy_as(page, name, "BBCode")
    choose_entry(page, name, "Delete")
    page.get_by_role("button", name=f"Yes, delete {name}").click()
    expect(row(page, name)).to_contain_text("Deleted")
