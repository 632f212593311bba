"""Sharing from a phone's gallery: the installed page receives the pictures, asks, and makes links."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.conftest import picture
from tests.e2e.test_accessibility import assert_no_barrier
from tests.e2e.test_page import choose, file, link, row
from tests.rigs.server import Server

# The service worker takes what is shared.
pytestmark = pytest.mark.browser_context_args(service_workers="allow")

PNG = picture("image/png")

#: What any site's page can do to its visitor.
POST = """([address, files]) => {
    const transfer = new DataTransfer();
    for (const [name, type, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
    const make = (tag, attributes) => Object.assign(document.createElement(tag), attributes);
    const form = make("form", { method: "POST", action: address, enctype: "multipart/form-data" });
    form.append(make("input", { type: "file", name: "pictures", multiple: true, files: transfer.files }));
    form.append(make("input", { name: "pictures", value: "no file" }));
    document.body.append(form);
    form.submit();
}"""


def share(page: Page, server: Server, *names: str, data: bytes = PNG) -> None:
    """Post pictures as the share sheet does, after this tab has left its page."""
    page.goto("about:blank")
    submit(page, server, *names, data=data)


def submit(page: Page, server: Server, *names: str, data: bytes = PNG) -> None:
    with page.expect_navigation(url=f"{server.url}/"):
        page.evaluate(POST, [f"{server.url}/share", [[name, "image/png", list(data)] for name in names]])


def question(page: Page, number: int) -> Locator:
    words = "1 picture was shared: upload it?" if number == 1 else f"{number} pictures were shared: upload them?"
    return page.get_by_role("region", name=words)


@pytest.fixture
def asked(context: BrowserContext) -> list[str]:
    """The requests to server and store that change something; the list grows as they are made."""
    calls: list[str] = []

    def note(request: Request) -> None:
        if request.method != "GET":
            calls.append(
                f"{request.method} {urlsplit(request.url).path.rpartition('/')[0 if request.method == 'PUT' else 2]}"
            )

    context.on("request", note)
    return calls


@pytest.fixture
def ready(page: Page) -> Page:
    """The page once it can receive shared pictures."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def test_other_site_that_posts_a_picture_is_asked_about_first(
    ready: Page, server: Server, stranger: str, asked: list[str]
) -> None:
    page = ready
    # Also with an access token, with which the page could upload without a question.
    page.evaluate("localStorage.setItem('settings', JSON.stringify({ accessToken: 'a-token-that-would-be-sent' }))")
    page.goto(stranger.replace("localhost", "127.0.0.1"))
    submit(page, server, "bait.png", "bait2.png")
    expect(question(page, 2)).to_be_visible()
    expect(question(page, 2).get_by_role("listitem")).to_have_count(2)
    expect(question(page, 2).get_by_role("img")).to_have_count(0)
    # A picture each to see.
    expect(question(page, 2).locator("img")).to_have_count(2)
    for shown in question(page, 2).locator("img").all():
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0

    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Discard").click()
    expect(question(page, 2)).to_have_count(0)
    # Anything that happens without a click would have happened by now.
    choose(page, file("mine.png", PNG))
    expect(row(page, "mine.png")).to_contain_text("Uploaded")
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert asked == ["POST share", "POST init", "PUT /images/incoming", "POST complete"]
    page.reload()
    expect(row(page, "mine.png")).to_be_visible()
    expect(question(page, 2)).to_have_count(0)


def test_shared_pictures_become_links_once(ready: Page, server: Server, look: Callable[..., None]) -> None:
    page = ready
    share(page, server, "été 東京.png", "two.png")
    page.get_by_role("button", name="Upload 2 pictures").click()
    expect(page.get_by_text("2 pictures uploaded", exact=True)).to_be_visible()
    look("shared")
    assert requests.get(link(page, "été 東京.png"), timeout=60).content == PNG
    links = [link(page, "été 東京.png"), link(page, "two.png")]
    page.reload()
    expect(row(page, "two.png")).to_contain_text("Uploaded")
    assert [link(page, "été 東京.png"), link(page, "two.png")] == links
    expect(page.get_by_role("listitem")).to_have_count(2)
    expect(question(page, 2)).to_have_count(0)


def test_question_outlives_a_reload_and_a_closed_tab(ready: Page, server: Server, asked: list[str]) -> None:
    page = ready
    names = [f"{number}.png" for number in range(12)]
    share(page, server, *names)
    expect(question(page, 12)).to_be_visible()
    page.reload()
    expect(question(page, 12)).to_be_visible()
    later = page.context.new_page()
    page.close()
    later.goto(server.url)
    expect(question(later, 12).get_by_role("listitem")).to_have_text(names)
    assert asked == ["POST share"]
    later.get_by_role("button", name="Upload 12 pictures").click()
    expect(later.get_by_text("12 pictures uploaded", exact=True)).to_be_visible()


def test_one_share_after_another_is_one_question_and_each_picture_goes_once(ready: Page, server: Server) -> None:
    page = ready
    share(page, server, "first.png")
    expect(question(page, 1)).to_be_visible()
    other = page.context.new_page()
    share(other, server, "second.png", "third.png")
    expect(question(other, 3).get_by_role("listitem")).to_have_text(["first.png", "second.png", "third.png"])
    page.get_by_role("button", name="Upload 1 picture").click()
    expect(row(page, "first.png")).to_contain_text("Uploaded")
    other.get_by_role("button", name="Upload 3 pictures").click()
    expect(other.get_by_text("2 pictures uploaded", exact=True)).to_be_visible()
    expect(other.get_by_role("listitem")).to_have_count(2)


def test_question_is_answered_by_keyboard_and_by_no_key_meant_for_something_else(ready: Page, server: Server) -> None:
    page = ready
    share(page, server, "a.png")
    expect(question(page, 1)).to_be_focused()
    expect(page.get_by_role("button", name="Discard")).to_be_enabled()
    for key in ("Enter", "Space", "y", "Escape"):
        page.keyboard.press(key)
    expect(question(page, 1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Upload 1 picture")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question(page, 1)).to_have_count(0)
    expect(page.get_by_label("Choose pictures")).to_be_focused()
    expect(page.get_by_text("1 picture discarded.")).to_be_attached()

    share(page, server, "b.png")
    expect(page.get_by_role("button", name="Discard")).to_be_enabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(row(page, "b.png")).to_contain_text("Uploaded")
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_second_half_of_a_double_click_is_no_answer(ready: Page, server: Server) -> None:
    page = ready
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    share(page, server, "a.png")
    for name in ("Upload 1 picture", "Discard"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.clock.run_for(499)
    expect(page.get_by_role("button", name="Upload 1 picture")).to_be_disabled()
    page.clock.run_for(2)
    expect(page.get_by_role("button", name="Upload 1 picture")).to_be_enabled()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_question_has_no_barrier(ready: Page, server: Server, look: Callable[..., None], locale: str) -> None:
    page = ready
    page.get_by_label("Language").select_option(locale)
    share(page, server, "IMG_20260714_181522.jpg", "a very long name of a picture.png", "x.png")
    upload = {"en": "Upload 3 pictures", "zh-CN": "上传 3 张图片"}[locale]
    expect(page.get_by_role("button", name=upload)).to_be_enabled()
    expect(page.locator("section img")).to_have_count(3)
    assert_no_barrier(page, look, f"shared-question-{locale}", (320, 360, 1440))


def test_question_is_answered_on_a_phone(phone: Page, server: Server) -> None:
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    names = [f"{number}.png" for number in range(40)]
    share(phone, server, *names)
    upload = phone.get_by_role("button", name="Upload 40 pictures")
    expect(upload).to_be_enabled()
    # A thumb can reach it, however long the list is.
    expect(upload).to_be_in_viewport()
    phone.get_by_role("button", name="Discard").tap()
    expect(question(phone, 40)).to_have_count(0)


def test_page_can_be_installed(page: Page, server: Server) -> None:
    href = page.locator("link[rel=manifest]").get_attribute("href")
    answer = requests.get(f"{server.url}{href}", timeout=60)
    assert answer.headers["Content-Type"] == "application/json"
    manifest = answer.json()
    for icon in manifest["icons"]:
        assert requests.get(f"{server.url}{icon['src']}", timeout=60).headers["Content-Type"] == icon["type"]
    accepted = {
        each["contentType"] for each in requests.get(f"{server.url}/uploads/limits", timeout=60).json()["contentTypes"]
    }
    assert accepted <= set(manifest["share_target"]["params"]["files"][0]["accept"])
    errors = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A test's context is a private window, and Chromium does not know a test's authority; nothing else keeps the page
    # from being installed.
    expected = {"in-incognito", "not-from-secure-origin"} if server.certificate else {"in-incognito"}
    assert {error["errorId"] for error in errors} <= expected
