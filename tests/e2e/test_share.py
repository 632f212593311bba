"""Sharing from a phone's gallery: the installed page takes the pictures and makes links of them."""

from collections.abc import Callable

import requests
from playwright.sync_api import Page, expect

from tests.conftest import picture
from tests.e2e.test_page import link, row
from tests.server import Server

PNG = picture("image/png")

# As the browser hands it over; a form of the page's own is barred by its policy.
SHARE = """async ([bytes, names]) => {
    await navigator.serviceWorker.ready;
    const body = new FormData();
    for (const name of names) body.append("pictures", new File([new Uint8Array(bytes)], name, { type: "image/png" }));
    return (await fetch("/share", { method: "POST", body })).url;
}"""


def test_shared_pictures_become_links_once(page: Page, server: Server, look: Callable[..., None]) -> None:
    assert page.evaluate(SHARE, [list(PNG), ["été 東京.png", "two.png"]]) == f"{server.url}/"
    page.goto(server.url)
    expect(page.get_by_text("2 pictures uploaded", exact=True)).to_be_visible()
    look("shared")
    assert requests.get(link(page, "été 東京.png"), timeout=10).content == PNG
    links = [link(page, "été 東京.png"), link(page, "two.png")]
    page.reload()
    expect(row(page, "two.png")).to_contain_text("Uploaded")
    assert [link(page, "été 東京.png"), link(page, "two.png")] == links
    expect(page.get_by_role("listitem")).to_have_count(2)


def test_page_can_be_installed(page: Page, server: Server) -> None:
    href = page.locator("link[rel=manifest]").get_attribute("href")
    answer = requests.get(f"{server.url}{href}", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    manifest = answer.json()
    for icon in manifest["icons"]:
        assert requests.get(f"{server.url}{icon['src']}", timeout=10).headers["Content-Type"] == icon["type"]
    accepted = {
        each["contentType"] for each in requests.get(f"{server.url}/uploads/limits", timeout=10).json()["contentTypes"]
    }
    assert accepted <= set(manifest["share_target"]["params"]["files"][0]["accept"])
    errors = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A context of a test is a private window; but for that it could be installed.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
