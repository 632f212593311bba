"""Ways to bring pictures in: a folder, a pasted screenshot, a phone's camera."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.conftest import picture
from tests.e2e.test_page import file, link, row
from tests.rigs.server import Server

PNG = picture("image/png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trip = tmp_path / "trip"
    (trip / "day 2").mkdir(parents=True)
    for name in ("10.png", "9.png", "day 2/1.png", ".hidden.png"):
        (trip / name).write_bytes(PNG)
    (trip / "notes.txt").write_text("at home")
    (trip / "broken.png").write_text("no picture")
    return trip


def expect_the_pictures_of_the_folder(page: Page) -> None:
    expect(page.get_by_text("3 of 4 pictures uploaded")).to_be_visible()
    names = page.get_by_role("listitem").evaluate_all("rows => rows.map(row => row.querySelector('p').textContent)")
    assert names == ["9.png", "10.png", "broken.png", "1.png"]
    expect(row(page, "broken.png")).to_contain_text("This is not a")
    expect(page.get_by_text("2 files in the folder are not pictures, and were left out.")).to_be_visible()
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


def test_pasted_screenshot_becomes_a_link(page: Page, look: Callable[..., None]) -> None:
    # A screenshot tool leaves pixels in the clipboard, and no file.
    page.evaluate(
        """async bytes => {
            const png = new Blob([new Uint8Array(bytes)], { type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
        }""",
        list(PNG),
    )
    page.keyboard.press("ControlOrMeta+v")
    expect(page.get_by_text("1 picture uploaded", exact=True)).to_be_visible()
    (url,) = page.get_by_role("textbox").evaluate_all("fields => fields.map(field => field.value)")
    seen = requests.get(url, timeout=60)
    assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/png")
    look("paste")


def test_phone_offers_its_camera_and_a_desk_its_folders(page: Page, phone: Page) -> None:
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


@pytest.mark.parametrize("how", ["zoom", "large letters"])
def test_twice_as_large_is_no_loss(page: Page, how: str, look: Callable[..., None]) -> None:
    devtools = page.context.new_cdp_session(page)
    if how == "zoom":
        # 200 % on a screen of 1280 × 800.
        metrics = {"width": 640, "height": 400, "deviceScaleFactor": 2, "mobile": False}
        devtools.send("Emulation.setDeviceMetricsOverride", metrics)
    else:
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
    for button in (f"Copy link to {name}", f"Copy BBCode for {name}", f"Delete {name}"):
        page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("button", name=f"Yes, delete {name}").click()
    expect(row(page, name)).to_contain_text("Deleted")
