"""The page of other programs: what it downloads, with and without an access token, and what it looks like."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, Route, expect

from app.clients import FILES, MARK
from tests.e2e.conftest import PATIENCE
from tests.e2e.test_accessibility import assert_no_barrier
from tests.rigs.server import Server

TOKEN = "it's-$(touch)-\"&5=`id`"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance"), UPLOAD_TOKENS="a-token-that-nobody-guesses")
    server.start()
    yield server
    server.end()


@pytest.fixture
def apps(page: Page, server: Server) -> Page:
    page.get_by_role("link", name="Upload from other apps").click()
    page.wait_for_url(f"{server.url}/apps")
    expect(page.get_by_role("heading", name="Upload from other apps")).to_be_visible()
    return page


@pytest.fixture
def locked(page: Page, private: Server, complaints: list[str]) -> Iterator[Page]:
    page.goto(f"{private.url}/apps")
    yield page
    # Chromium would rather see a form around a password; ours sends nothing.
    complaints[:] = [text for text in complaints if "not contained in a form" not in text]


def download(page: Page, name: str) -> tuple[str, str]:
    """Press a program's button, and return the name and the content of the file that comes."""
    with page.expect_download() as downloaded:
        page.get_by_role("button", name=f"Download settings for {name}", exact=True).click()
    return downloaded.value.suggested_filename, Path(downloaded.value.path()).read_text()


PROGRAMS = {
    "ShareX": "sharex.sxcu",
    "PicGo": "picgo.json",
    "PicList": "piclist.json",
    "uPic": "upic.json",
    "ishare": "ishare.iscu",
    "Flameshot": "flameshot.sh",
    "ksnip": "ksnip.sh",
    "Spectacle (KDE)": "spectacle.sh",
    "GNOME": "gnome.sh",
    "VS Code, Img Fast": "vscode-img-fast.json",
    "curl": "curl.sh",
    "Uppy 6": "uppy.js",
}


def test_page_offers_every_file_that_there_is(apps: Page, server: Server) -> None:
    assert set(PROGRAMS.values()) <= set(FILES)
    buttons = apps.get_by_role("button", name="Download settings for")
    expect(buttons).to_have_count(len(PROGRAMS))
    for name, file in PROGRAMS.items():
        # Chromium lets no script download more than ten files of one page.
        apps.reload()
        assert download(apps, name) == (file, apps.request.get(f"{server.url}/clients/{file}").text())
    expect(apps.get_by_label("Access token")).to_have_count(0)


def test_token_goes_into_the_file_and_nowhere_else(locked: Page, private: Server) -> None:
    asked: list[Request] = []
    locked.on("request", lambda request: asked.append(request))
    locked.get_by_label("Access token").fill(TOKEN)
    for name, file in PROGRAMS.items():
        locked.reload()
        got, text = download(locked, name)
        assert got == file
        assert MARK not in text, name
        if file.endswith(".sh"):
            line = next(line for line in text.splitlines() if line.startswith("token="))
            read = subprocess.run(["/bin/sh", "-c", f'{line}; printf %s "$token"'], capture_output=True, text=True)
            assert read.stdout == TOKEN, name
    # Calls of the API carry it, as on every page; what is fetched here does not, and no address does.
    fetched = [request for request in asked if "/clients/" in request.url]
    assert len(fetched) == len(PROGRAMS)
    for request in fetched:
        assert "touch" not in f"{request.all_headers()} {request.post_data}"
    assert not [request.url for request in asked if "touch" in request.url]


def test_whoever_is_quicker_than_the_server_gets_the_token_too(locked: Page) -> None:
    locked.get_by_label("Access token").fill(TOKEN)
    held: list[Route] = []
    locked.route("**/uploads/limits", lambda route: held.append(route))
    with locked.expect_request("**/uploads/limits"):
        locked.reload()
    with locked.expect_download() as downloaded:
        locked.get_by_role("button", name="Download settings for ShareX", exact=True).click()
        for route in held:
            route.continue_()
    headers = json.loads(Path(downloaded.value.path()).read_text())["Headers"]
    assert headers == {"Authorization": f"Bearer {TOKEN}"}


def test_token_is_put_into_json_as_json(locked: Page) -> None:
    locked.get_by_label("Access token").fill(TOKEN)
    picgo = json.loads(download(locked, "PicGo")[1])["picBed"]["web-uploader"]
    assert json.loads(picgo["customHeader"]) == {"Connection": "close", "Authorization": f"Bearer {TOKEN}"}
    [host] = json.loads(download(locked, "uPic")[1])
    headers = json.loads(json.loads(json.loads(host)["data"])["headers"])
    assert headers == [{"key": "Authorization", "value": f"Bearer {TOKEN}"}]
    ishare = json.loads(download(locked, "ishare")[1])
    assert ishare["headers"] == {"Authorization": f"Bearer {TOKEN}"}


def test_without_a_token_the_file_says_where_to_write_it(locked: Page) -> None:
    expect(locked.get_by_text(f"the files have {MARK} in its place")).to_be_visible()
    assert json.loads(download(locked, "ShareX")[1])["Headers"] == {"Authorization": f"Bearer {MARK}"}
    assert f"token='{MARK}'" in download(locked, "curl")[1]


def test_token_that_sharex_can_not_send_is_refused(locked: Page) -> None:
    locked.get_by_label("Access token").fill("100%sure")
    locked.get_by_role("button", name="Download settings for ShareX").click()
    expect(locked.get_by_role("alert")).to_contain_text("ShareX can’t send a token")
    locked.get_by_label("Access token").fill("sure")
    assert json.loads(download(locked, "ShareX")[1])["Headers"] == {"Authorization": "Bearer sure"}
    expect(locked.get_by_role("alert")).to_have_count(0)


def test_value_is_shown_without_the_token_and_copied_with_it(locked: Page, private: Server) -> None:
    locked.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=private.url)
    locked.get_by_label("Access token").fill(TOKEN)
    locked.get_by_text("Set up curl").click()
    expect(locked.get_by_role("textbox", name="curl for curl")).to_have_value(
        f"curl -H 'Authorization: Bearer {MARK}' -F file=@picture.png {private.url}"
    )
    locked.get_by_role("button", name="Copy curl for curl").click()
    expect(locked.get_by_role("button", name="Copy curl for curl")).to_have_attribute("data-copied", "true")
    words = locked.evaluate("navigator.clipboard.readText()").replace("curl", "printf '%s\\n'", 1)
    read = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, check=True)
    assert read.stdout.splitlines()[1] == f"Authorization: Bearer {TOKEN}"


def test_program_that_can_not_send_a_token_says_so(locked: Page, server: Server) -> None:
    locked.get_by_text("Set up Obsidian").click()
    expect(locked.get_by_text("can’t send an access token")).to_be_visible()
    locked.goto(f"{server.url}/apps")
    locked.get_by_text("Set up Obsidian").click()
    address = locked.get_by_role("textbox", name="PicGo server upload route for Obsidian")
    expect(address).to_have_value(f"{server.url}/upload")
    expect(locked.get_by_text("can’t send an access token")).to_have_count(0)


def test_file_that_does_not_come_says_why(apps: Page, complaints: list[str]) -> None:
    apps.route("**/clients/*", lambda route: route.fulfill(status=410, json={"code": "gone"}))
    apps.get_by_role("button", name="Download settings for ksnip").click()
    expect(apps.get_by_role("alert")).to_contain_text("The file could not be downloaded.")
    apps.unroute("**/clients/*")
    assert download(apps, "ksnip")[0] == "ksnip.sh"
    complaints.clear()


def test_server_that_relays_nothing_offers_no_files(page: Page, server: Server) -> None:
    def without(route: Any) -> None:
        route.fulfill(json=route.fetch().json() | {"relaysUploads": False})

    page.route("**/uploads/limits", without)
    page.goto(f"{server.url}/apps")
    expect(page.get_by_text("takes no pictures from other programs")).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_have_count(0)


def test_keyboard_alone_reaches_and_downloads(apps: Page) -> None:
    button = apps.get_by_role("button", name="Download settings for ShareX")
    for _ in range(10):
        if button.evaluate("element => element === document.activeElement"):
            break
        apps.keyboard.press("Tab")
    expect(button).to_be_focused()
    with apps.expect_download() as downloaded:
        apps.keyboard.press("Enter")
    assert downloaded.value.suggested_filename == "sharex.sxcu"
    expect(button).to_be_focused()
    apps.keyboard.press("Tab")
    apps.keyboard.press("Enter")
    expect(apps.get_by_text("Open the downloaded file with ShareX")).to_be_visible()


def test_page_has_no_barrier(locked: Page, look: Callable[..., None]) -> None:
    expect(locked.get_by_label("Access token")).to_be_visible()
    locked.get_by_label("Access token").fill("100%sure")
    locked.get_by_role("button", name="Download settings for ShareX").click()
    for summary in locked.locator("summary").all():
        summary.click()
    assert_no_barrier(locked, look, "apps", (320, 360, 1440))


def test_page_is_chinese_for_who_reads_chinese(locked: Page, look: Callable[..., None]) -> None:
    locked.get_by_label("Language").select_option("简体中文")
    expect(locked.get_by_role("heading", name="从其他应用上传")).to_be_visible()
    for summary in locked.locator("summary").all():
        summary.click()
    assert_no_barrier(locked, look, "apps-chinese", (360,))
    locked.get_by_label("语言").select_option("English")


def test_phone_shows_it_whole(
    browser: Browser, playwright: Playwright, server: Server, look: Callable[..., None]
) -> None:
    with browser.new_context(**playwright.devices["Pixel 7"]) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{server.url}/apps")
        expect(page.get_by_role("heading", name="ShareX")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
        look("apps-phone", page)
