"""A picture's page in Chromium: nothing in anybody's way, with a script and without."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import picture
from tests.contract.conftest import User
from tests.e2e.conftest import PATIENCE
from tests.e2e.test_accessibility import assert_no_barrier
from tests.e2e.test_page import choose, file, row
from tests.rigs.server import Server

PHOTO = picture("image/jpeg", (2400, 1600))
HOSTILE = "\"><script>document.title='x'</script>' onerror='document.title=`y`.jpg"


def publish(server: Server, data: bytes = PHOTO, **fields: Any) -> dict[str, Any]:
    return User(server.post).publish(data, "image/jpeg", **fields)


def page_of(result: dict[str, Any]) -> str:
    """Return the address of a picture's page."""
    head, _, extension = result["viewURL"].replace("/i/", "/p/").rpartition(".")
    return f"{head}-{extension}"


@pytest.fixture
def without_script(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context(java_script_enabled=False) as context:
        context.set_default_timeout(PATIENCE)
        yield context.new_page()


@pytest.mark.parametrize("state", ["public", "large", "deleted", "never"])
def test_page_of_a_picture_has_no_barrier(
    page: Page, server: Server, complaints: list[str], look: Callable[..., None], state: str
) -> None:
    result = publish(server, filename="Sunset over the harbour, été 東京.jpg", expiresIn="7d")
    if state == "deleted":
        assert User(server.post).delete(result["deleteToken"]).status_code == 204
    address = f"{server.url}/p/x" if state == "never" else page_of(result)
    page.goto(f"{address}#large" if state == "large" else address)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        {"deleted": "This picture is gone", "never": "There is no picture here"}.get(
            state, "Sunset over the harbour, été 東京.jpg"
        )
    )
    assert_no_barrier(page, look, f"picture-{state}", (320, 360, 1440))
    # Chromium says of each answer that it is an error.
    if state in ("deleted", "never"):
        assert all("status of 4" in each for each in complaints)
        complaints.clear()


def test_fields_are_copied_from(page: Page, server: Server) -> None:
    result = publish(server, filename="holiday.jpg")
    page.goto(page_of(result))
    for label, text in (
        ("Link", result["viewURL"]),
        ("Link to this page", page_of(result)),
        ("Markdown", f"![holiday]({result['viewURL']})"),
        ("HTML", f'<img src="{result["viewURL"]}" width="2400" height="1600" alt="holiday">'),
        ("BBCode", f"[img]{result['viewURL']}[/img]"),
    ):
        page.get_by_role("button", name=f"Copy {label}", exact=True).click()
        expect(page.get_by_role("status")).to_have_text(f"{label} copied.")
        assert page.evaluate("navigator.clipboard.readText()") == text


def test_page_is_whole_without_a_script(without_script: Page, server: Server, look: Callable[..., None]) -> None:
    result = publish(server, filename="holiday.jpg")
    page = without_script
    page.goto(page_of(result))
    expect(page.get_by_role("textbox", name="Link", exact=True)).to_have_value(result["viewURL"])
    expect(page.get_by_role("button")).to_have_count(0)
    look("picture-without-script", page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "holiday.jpg"
    assert download.value.path().read_bytes() == PHOTO
    page.get_by_role("link", name="Upload your own").click()
    expect(page).to_have_url(f"{server.url}/")


def test_picture_is_enlarged_and_reduced(without_script: Page, server: Server) -> None:
    page = without_script
    page.set_viewport_size({"width": 800, "height": 600})
    page.goto(page_of(publish(server)))
    image = page.get_by_role("img")
    expect(image).to_have_count(1)

    def width() -> float:
        box = image.bounding_box()
        assert box
        return box["width"]

    assert width() < 800
    page.get_by_role("link", name="Enlarge").click()
    expect(page.get_by_role("link", name="Reduce")).to_be_visible()
    assert width() == 2400
    page.get_by_role("link", name="Reduce").click()
    expect(page.get_by_role("link", name="Enlarge")).to_be_visible()
    assert width() < 800


def test_name_runs_nothing(page: Page, server: Server) -> None:
    result = publish(server, filename=HOSTILE)
    page.goto(page_of(result))
    expect(page.get_by_role("heading", level=1)).to_have_text(result["filename"])
    expect(page).to_have_title(f"{result['filename']} – Image Host")


def test_link_to_the_page_is_offered_where_pictures_are_uploaded(page: Page, server: Server) -> None:
    choose(page, file("a.jpg", PHOTO), file("b.jpg", picture("image/jpeg")))
    expect(row(page, "a.jpg")).to_contain_text("Uploaded")
    # What a person gets unasked is the link to the file.
    page.get_by_role("button", name="Copy link to a.jpg").click()
    assert "/i/" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Format for a.jpg: Link").click()
    page.get_by_role("menuitemradio", name="Link to page").click()
    address = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(re.escape(server.url) + r"/p/[0-9a-f-]{36}-jpg", address)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("a.jpg")
