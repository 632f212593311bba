"""The page in every language, chosen by the browser or by hand: at once, whole, and without losing an upload."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from config import ROOT
from tests.conftest import picture
from tests.e2e.conftest import PATIENCE, listen
from tests.e2e.test_accessibility import assert_no_barrier
from tests.rigs.server import Server

PNG: FilePayload = {"name": "一.png", "mimeType": "image/png", "buffer": picture("image/png")}
#: What browsers ask for, what the page is in, and what its first heading says.
READERS = [
    ("de-AT", "de", "Bilder rein, Links raus."),
    ("es-419", "es", "Entran imágenes, salen enlaces."),
    ("ar-EG", "ar", "ضع صورًا، وخذ روابط."),
    ("ja-JP", "ja", "画像を、リンクに。"),
    ("zh-TW", "zh-CN", "放进图片，拿走链接。"),
    ("en-GB", "en", "Pictures in, links out."),
    ("fr-FR", "en", "Pictures in, links out."),
]
#: A reader for each language but English.
LOCALES = [locale for locale, tag, _ in READERS if tag != "en"]


@contextmanager
def reader(browser: Browser, locale: str, width: int = 1440) -> Iterator[Page]:
    """Open a tab in a browser of that language; fail if its console says anything."""
    complaints: list[str] = []
    viewport: ViewportSize = {"width": width, "height": 740}
    with browser.new_context(locale=locale, viewport=viewport, service_workers="block") as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        listen(page, complaints)
        yield page
        assert complaints == []


def choose(page: Page, *files: FilePayload) -> None:
    page.locator("input[type=file][multiple]").set_input_files(files)


def chosen(page: Page, server: Server) -> None:
    """Bring a tab to the list: two published pictures, one that is refused."""
    page.goto(server.url)
    choose(page, PNG, {"name": "no.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}, {**PNG, "name": "صورة.png"})
    expect(page.locator("[data-phase=done]")).to_have_count(2)
    expect(page.locator("[data-phase=refused]")).to_have_count(1)


def empty(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.locator("main :is(summary, [aria-expanded])").filter(visible=True).first.click()
    expect(page.locator("main input[type=checkbox]").first).to_be_visible()


def remembered(page: Page, server: Server) -> None:
    chosen(page, server)
    page.locator("a[href='/#history']").click()
    expect(page.locator("main input[type=search]")).to_be_visible()


def ordered(page: Page, server: Server) -> None:
    """Bring a tab to an album that is being made."""
    chosen(page, server)
    page.locator(".ListHead-line + .ListHead-line > button").click()
    expect(page.locator("main [data-handle]")).to_have_count(2)


def bound(page: Page, server: Server) -> None:
    """Bring a tab to the history of an album."""
    ordered(page, server)
    page.locator("main [data-handle]").first.press("End")
    page.locator("main button:visible").last.click()
    expect(page.locator("main input[readonly]")).to_be_visible()
    page.goto(f"{server.url}/#history")
    expect(page.locator("main a[href^='/#album-']")).to_be_visible()


def unremembered(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#history")
    expect(page.locator("main label:has(input[type=file]):visible")).not_to_have_count(0)


def deleting(page: Page, server: Server) -> None:
    page.goto(server.url)
    with page.expect_response("**/uploads/complete") as answered:
        choose(page, PNG)
    page.goto(answered.value.json()["deleteURL"])
    expect(page.locator("main img")).to_be_visible()


def not_deleting(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/delete")
    expect(page.locator("main h1")).to_be_visible()


def apps(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/apps")
    expect(page.locator("summary").first).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()


STATES = [empty, chosen, ordered, bound, remembered, unremembered, deleting, not_deleting, apps]


def language_files(scripts: list[str]) -> set[str]:
    """Return the languages of the catalogues among some scripts."""
    names = [PurePosixPath(urlsplit(url).path).name for url in scripts]
    return {found[1] for name in names if (found := re.match(r"(ar|de|es|ja|zh)-", name))}


@pytest.mark.parametrize(("locale", "tag", "title"), READERS)
def test_reader_gets_one_language_and_no_other(
    browser: Browser, server: Server, locale: str, tag: str, title: str
) -> None:
    with reader(browser, locale) as page:
        scripts: list[str] = []
        page.on("request", lambda request: scripts.append(request.url) if request.resource_type == "script" else None)
        # What the page says first, and in which language and direction it is then.
        page.add_init_script(
            """new MutationObserver((_, observer) => {
                const heading = document.querySelector('h1')
                if (!heading) return
                observer.disconnect()
                const { lang, dir } = document.documentElement
                window.first = [lang, dir, heading.textContent]
            }).observe(document, { childList: true, subtree: true })"""
        )
        page.goto(server.url)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        assert page.evaluate("window.first") == [tag, "rtl" if tag == "ar" else "ltr", title]
        for state in (remembered, deleting, apps, empty):
            state(page, server)
        page.wait_for_load_state("networkidle")
        assert language_files(scripts) == ({tag.split("-")[0]} - {"en"}), scripts


def words(page: Page) -> set[str]:
    """Return every text of the page that a person or a screen reader comes across."""
    found: list[str] = page.evaluate(
        """() => {
            const texts = [document.title]
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
            while (walker.nextNode()) {
                const node = walker.currentNode
                if (node.nodeType === Node.TEXT_NODE) {
                    if (!node.parentElement.closest('noscript, script, header select')) texts.push(node.data)
                } else for (const name of ['aria-label', 'aria-description', 'title', 'placeholder', 'alt'])
                    if (node.hasAttribute(name)) texts.push(node.getAttribute(name))
            }
            return texts
        }"""
    )
    return {text.strip() for text in found}


#: What is the same in every language: addresses, the names of things, and figures.
NAMES = re.compile(
    r"https?://\S+|Image Host|Album|Links?|Markdown|HTML|BBCode|JPEG|PNG|GIF|WebP|AVIF|SVG|QR|"
    r"\S+\.(png|svg|jpg)|[kKMG]?B\b|bytes?|"
    r"ShareX|PicGo|PicList|Obsidian|uPic|ishare|Flameshot|ksnip|Spectacle|KDE|GNOME|VS Code|Img Fast|curl|Shortcuts|"
    r"Chevereto|Uppy|JavaScript|API|v1|Windows|macOS|Linux|Android|iOS|iPadOS|[·→←×()]|\d+"
)


def assert_nothing_is_cut_off(page: Page, width: int, said: tuple[object, ...]) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    assert (*said, page.evaluate("document.documentElement.scrollWidth")) == (*said, width)
    # One line: the mark, the link to the other view, and the languages.
    header = page.locator("header")
    tops = header.evaluate("it => [...it.querySelectorAll('a, nav')].map(e => e.getBoundingClientRect())")
    assert all(abs(box["y"] + box["height"] / 2 - tops[0]["y"] - tops[0]["height"] / 2) < 4 for box in tops)
    # No button has its text cut off or outside.
    cut = page.locator("button:visible, a:visible").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0"
        " && getComputedStyle(e).textOverflow !== 'ellipsis' && getComputedStyle(e).display !== 'inline')"
        ".map(e => e.textContent)"
    )
    assert (*said, cut) == (*said, [])


# Each state is reached once in each language: that takes longer than to look at it.
@pytest.mark.parametrize("state", STATES, ids=lambda it: it.__name__)
def test_nothing_is_english_cut_off_or_a_barrier(
    browser: Browser, server: Server, state: Callable[[Page, Server], None]
) -> None:
    def look(name: str) -> None:
        page.screenshot(path=ROOT / "test-results" / f"{name}.png", full_page=True)

    english: set[str] = set()
    for locale in ("en-US", *LOCALES):
        with reader(browser, locale, 320) as page:
            state(page, server)
            look(f"{locale}-{state.__name__}-320")
            for width in (320, 360):
                assert_nothing_is_cut_off(page, width, (locale, state.__name__, width))
            page.set_viewport_size({"width": 1440, "height": 740})
            said = words(page)
            # The names of fields are those of the programs.
            fields = set(page.locator("main [aria-hidden=true]").all_text_contents()) if state is apps else set()
            # From left to right with the longest words, and from right to left.
            if locale in ("de-AT", "ar-EG"):
                assert_no_barrier(page, look, f"{locale}-{state.__name__}", (360, 1440))
        if locale == "en-US":
            english = said
            assert len(english) > 8
            continue
        left = (english & said) - fields
        assert (locale, [text for text in left if re.search(r"[A-Za-z]{3}", NAMES.sub("", text))]) == (locale, [])


#: How far the end of a text is from the right of its element.
ROOM_BEFORE = """element => {
    const text = document.createRange();
    text.selectNodeContents(element);
    return element.getBoundingClientRect().right - text.getBoundingClientRect().right;
}"""


def test_page_starts_on_the_right_in_arabic(browser: Browser, server: Server) -> None:
    with reader(browser, "ar-EG", 360) as page:
        chosen(page, server)
        row = page.locator("[data-phase=done]").first
        thumbnail = row.locator("img").first.bounding_box()
        name = page.locator("[data-phase=done]").get_by_text("一.png", exact=True)
        box = name.bounding_box()
        assert thumbnail
        assert box
        assert thumbnail["x"] > box["x"]
        # A name from left to right stands beside its picture, too.
        assert name.evaluate(ROOM_BEFORE) < 2
        # Addresses go from left to right all the same.
        link = page.locator("[data-phase=done] :is(a, input)").filter(visible=True).first
        assert (
            page.locator("main input[readonly], main bdi[dir=ltr]").first.evaluate(
                "it => getComputedStyle(it).direction"
            )
            == "ltr"
        ), link
        # Numbers, sizes and days are written as in Egypt.
        assert re.search("[٠-٩]", page.locator("main").inner_text())
        page.locator("a[href='/#history']").click()
        expect(page.locator("main")).to_contain_text(re.compile("[٠-٩]+ كيلوبايت|[٠-٩]+ بايت|صورتان"))
        expect(page.locator("main")).to_contain_text(re.compile("[٠-٩]+:[٠-٩]{2}"))


@pytest.mark.parametrize(
    ("locale", "number", "either"),
    [("de-DE", "1.280", "AVIF oder HEIC"), ("ja-JP", "1,280", "AVIF、またはHEIC"), ("ar-EG", "١٬٢٨٠", "AVIF أو HEIC")],
)
def test_numbers_and_lists_are_written_as_the_reader_does(
    browser: Browser, server: Server, locale: str, number: str, either: str
) -> None:
    with reader(browser, locale) as page:
        empty(page, server)
        expect(page.locator("main option", has_text=number)).to_have_count(1)
        expect(page.locator("main")).to_contain_text(either)


def test_arrow_goes_forward_to_the_left_in_arabic(browser: Browser, server: Server) -> None:
    with reader(browser, "ar-EG") as page:
        chosen(page, server)
        boxes = page.get_by_role("checkbox")
        boxes.first.focus()
        page.keyboard.press("ArrowLeft")
        expect(boxes.nth(1)).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(boxes.first).to_be_focused()


def test_language_is_switched_at_once_and_kept(page: Page) -> None:
    page.get_by_label("Choose pictures").set_input_files(PNG)
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("Uploaded")
    page.get_by_label("Language").select_option("简体中文")
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("已上传")
    page.reload()
    expect(page.get_by_role("heading", name="放进图片，拿走链接。")).to_be_visible()
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("已上传")
    page.get_by_label("语言").select_option("العربية")
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("رُفعت")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.get_by_label("اللغة").select_option("English")
    expect(page.get_by_role("heading", name="Pictures in, links out.")).to_be_visible()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["en", "ltr"]


def test_parts_that_are_open_change_their_language_too(page: Page) -> None:
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.get_by_label("Language").select_option("Deutsch")
    expect(page.get_by_text("Noch nichts.")).to_be_visible()
    page.get_by_label("Sprache").select_option("日本語")
    expect(page.get_by_text("まだ何もありません。")).to_be_visible()
    # A part that comes later speaks the new language at once.
    page.get_by_role("link", name="ほかのアプリからアップロード").click()
    expect(page.get_by_role("heading", name="ほかのアプリからアップロード")).to_be_visible()


def test_language_that_can_not_be_loaded_leaves_the_page_as_it_is(page: Page, complaints: list[str]) -> None:
    page.route(re.compile(r"/assets/de-"), lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.get_by_label("Language").select_option("Deutsch")
    expect(page.get_by_role("heading", name="Pictures in, links out.")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    complaints.clear()
    page.unroute_all()
    page.reload()
    expect(page.get_by_role("heading", name="Bilder rein, Links raus.")).to_be_visible()
