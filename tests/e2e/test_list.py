"""The list of pictures: one, a few, many; what is selected; what holds for all; how fast it goes, or why not."""

import io
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import requests
from PIL import Image, ImageOps
from playwright.sync_api import CDPSession, FilePayload, FloatRect, Locator, Page, Route, expect

from tests.conftest import picture
from tests.e2e.test_page import choose, choose_entry, clipboard, copy_as, expect_copied, file, limit, link, row
from tests.rigs.server import until

PNG = picture("image/png")
#: What "hundreds" means here.
MANY = 320
#: Rows and tiles in and near a window of 800 px, generously.
NEAR = 80
#: Points of a picture of 8 × 8, one in each quarter; and what an <img> shows there: whether it has red, green and blue.
CORNERS = [(1, 1), (6, 1), (1, 6), (6, 6)]
LOOK = """async (image, points) => {
  await image.decode();
  const context = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, 8, 8);
  return points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3).map((channel) => channel > 127));
}"""


def several(page: Page, count: int) -> list[str]:
    names = [f"{number:03}.png" for number in range(count)]
    choose(page, *(file(name, PNG) for name in names))
    expect(page.get_by_text(f"{count} pictures uploaded", exact=True)).to_be_visible()
    return names


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


def in_view(shown: Locator) -> bool:
    """Say whether all of an element lies in the window."""
    script = (
        "element => { const { top, bottom } = element.getBoundingClientRect(); return [top, bottom, innerHeight]; }"
    )
    top, bottom, height = shown.evaluate(script)
    return bool(top >= 0 and bottom <= height)


def place(shown: Locator) -> FloatRect:
    found = shown.bounding_box()
    assert found
    return found


# One


@pytest.mark.parametrize("size", [(1440, 800), (360, 740)])
def test_one_picture_is_large_and_its_link_is_selected(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    choose(page, file("a.png", picture("image/png", (1600, 1200))))
    field = page.get_by_role("textbox", name="Link to a.png")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == link(page, "a.png")
    # It shows the end of the link, which tells one from another.
    assert field.evaluate("field => field.scrollLeft + field.clientWidth >= field.scrollWidth - 1")
    shown = place(row(page, "a.png").locator("img"))
    assert shown["height"] > 0.25 * size[1]
    assert abs(shown["x"] + shown["width"] / 2 - size[0] / 2) < 10
    # Nothing needs scrolling.
    assert in_view(page.get_by_role("button", name="Copy link to a.png"))


def test_one_picture_has_a_big_copy_and_the_rest_quietly_below(page: Page) -> None:
    choose(page, file("a.png", PNG))
    expect(page.get_by_role("textbox", name="Link to a.png")).to_be_focused()
    copy, rest = page.get_by_role("button", name="Copy link to a.png"), page.get_by_role("button", name="QR code of")
    order = [row(page, "a.png").locator("img"), page.get_by_role("textbox", name="Link to a.png"), copy, rest]
    for above, below in pairwise(map(place, order)):
        assert above["y"] + above["height"] <= below["y"]
    beside = place(page.get_by_role("button", name="Format for a.png: Link"))
    assert beside["y"] == place(copy)["y"]
    assert place(copy)["height"] > 1.25 * place(rest)["height"]
    buttons = [page.get_by_role("button", name=f"{name} a.png") for name in ("Hide", "Delete")]
    for quiet in (page.get_by_role("link", name="Open a.png in a new tab"), *buttons):
        assert place(quiet)["y"] >= place(copy)["y"] + place(copy)["height"]
    code = page.get_by_role("img", name="QR code of the link to a.png")
    rest.click()
    expect(code).to_be_visible()
    rest.click()
    expect(code).to_have_count(0)
    page.get_by_role("button", name="Copy delete link").click()
    until(lambda: "/delete#" in clipboard(page))


def test_key_copies_the_link_of_one_picture(page: Page) -> None:
    choose(page, file("a.png", PNG))
    expect(page.get_by_role("textbox", name="Link to a.png")).to_be_focused()
    for where in ("the selected link", "nowhere"):
        page.evaluate("navigator.clipboard.writeText('')")
        if where == "nowhere":
            page.evaluate("document.activeElement.blur()")
        page.keyboard.press("ControlOrMeta+c")
        expect_copied(page, link(page, "a.png"))
    # What a person has selected is copied as ever.
    page.get_by_role("heading", level=1).click(click_count=3)
    page.keyboard.press("ControlOrMeta+c")
    assert clipboard(page).strip() == "Pictures in, links out."


# A few


def test_rows_are_low_and_keep_the_rest_behind_a_menu(page: Page) -> None:
    names = several(page, 3)
    for name in names:
        assert 60 <= place(row(page, name))["height"] <= 88
        for said in ("Uploaded", "1 kB", "PNG", "64 × 48"):
            expect(row(page, name)).to_contain_text(said)
        thumbnail = row(page, name).locator("img")
        assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_role("button", name="More for 001.png").press("Enter")
    entries = page.get_by_role("menuitem")
    assert entries.all_inner_texts() == ["Open", "QR code", "Copy delete link", "Hide", "Delete"]
    expect(entries.first).to_be_focused()
    assert entries.first.get_attribute("href") == link(page, "001.png")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.get_by_role("button", name="More for 001.png")).to_be_focused()


def test_thumbnails_of_photographs_are_upright_and_show_the_middle(page: Page) -> None:
    # As large as browsers decode at a fraction of their size. The white margins are no part of the middle.
    photo = Image.new("RGB", (2400, 1600), "white")
    for colour, box in (("red", (400, 0, 2000, 1600)), ("blue", (400, 0, 1200, 800)), ("lime", (1200, 0, 2000, 800))):
        photo.paste(colour, box)
    files: list[FilePayload] = []
    upright = {}
    for orientation in range(1, 9):
        exif, data = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        photo.save(data, "JPEG", exif=exif)
        name = f"{orientation}.jpg"
        files.append(file(name, data.getvalue(), "image/jpeg"))
        with Image.open(data) as turned:
            small = ImageOps.fit(ImageOps.exif_transpose(turned), (8, 8))
        upright[name] = [[channel > 127 for channel in small.getpixel(at)] for at in CORNERS]
    choose(page, *files)
    for name in upright:
        assert row(page, name).locator("img").evaluate(LOOK, CORNERS) == upright[name], name


def test_menu_lies_over_the_page_and_goes_when_the_page_scrolls(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 500})
    names = several(page, 10)
    last = page.get_by_role("button", name=f"More for {names[-1]}")
    last.click()
    assert in_view(page.get_by_role("menu"))
    # A browser tells of a scroll in its next frame; the menu may have opened since.
    page.evaluate("dispatchEvent(new Event('scroll'))")
    expect(page.get_by_role("menu")).to_have_count(1)
    last.click()
    expect(page.get_by_role("menu")).to_have_count(0)
    last.click()
    page.mouse.click(5, 5)
    expect(page.get_by_role("menu")).to_have_count(0)
    last.click()
    page.mouse.wheel(0, -300)
    expect(page.get_by_role("menu")).to_have_count(0)


def test_markdown_of_the_third_of_ten_is_two_clicks(page: Page) -> None:
    several(page, 10)
    copy_as(page, "002.png", "Markdown")
    copy = page.get_by_role("button", name="Copy Markdown for 002.png")
    expect(copy).to_have_attribute("data-copied", "true")
    # A tick says so; no word is replaced.
    assert copy.inner_text() == "Copy"
    assert page.get_by_role("button", name="Format for 002.png").inner_text() == "Markdown"
    ticked, plain = copy.locator("svg"), page.get_by_role("button", name="Copy Markdown for 003.png").locator("svg")
    assert ticked.inner_html() != plain.inner_html()
    assert clipboard(page) == f"![002]({link(page, '002.png')})"
    # The others copy Markdown, too, from now on.
    page.get_by_role("button", name="Copy Markdown for 007.png").click()
    expect(page.get_by_role("button", name="Copy Markdown for 007.png")).to_have_attribute("data-copied", "true")
    assert clipboard(page) == f"![007]({link(page, '007.png')})"


#: Where a link, its first and its last letter begin and end.
ENDS = """link => {
    const text = link.querySelector("bdi").firstChild;
    const letter = index => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + 1);
        return range;
    };
    return [link, letter(0), letter(text.length - 1)]
        .map(each => each.getBoundingClientRect())
        .map(({ left, right }) => [left, right]);
}"""


def test_row_shows_the_end_of_its_link(page: Page) -> None:
    several(page, 2)
    page.set_viewport_size({"width": 360, "height": 740})
    shown, first, last = row(page, "000.png").locator("a[target=_blank]").evaluate(ENDS)
    assert shown[0] <= last[0]
    assert last[1] <= shown[1] + 1
    # There is no room for all of it.
    assert first[0] < shown[0]


def test_delete_link_is_copied_and_works(page: Page, complaints: list[str]) -> None:
    several(page, 2)
    url = link(page, "000.png")
    choose_entry(page, "000.png", "Copy delete link")
    until(lambda: "/delete#" in clipboard(page))
    page.goto(clipboard(page))
    page.get_by_role("button", name="Delete the picture").click()
    expect(page.get_by_role("heading", name="The picture is deleted.")).to_be_visible()
    assert requests.get(url, timeout=60).status_code == 404
    complaints.clear()  # Chromium prints the 404 of the page that it leaves.


# Many


def test_more_than_a_dozen_are_a_grid_unless_a_person_chooses_otherwise(page: Page) -> None:
    several(page, 12)
    across = "rows => new Set(rows.map(row => row.getBoundingClientRect().left)).size"
    rows = page.get_by_role("listitem")
    assert rows.evaluate_all(across) == 1
    choose(page, file("one more.png", PNG))
    expect(row(page, "one more.png")).to_contain_text("Uploaded")
    assert rows.evaluate_all(across) > 3
    page.get_by_role("button", name="List", exact=True).click()
    assert rows.evaluate_all(across) == 1
    page.reload()
    expect(row(page, "one more.png")).to_contain_text("Uploaded")
    assert rows.evaluate_all(across) == 1


def test_selection_by_click_shift_and_keys_is_copied_by_key(page: Page) -> None:
    names = several(page, 20)
    box(page, names[2]).click()
    box(page, names[5]).click(modifiers=["Shift"])
    expect(page.get_by_text("4 selected", exact=True)).to_be_visible()
    page.keyboard.press("ControlOrMeta+c")
    expect_copied(page, "\n".join(link(page, name) for name in names[2:6]))
    page.keyboard.press("ArrowRight")
    expect(box(page, names[6])).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("6 selected", exact=True)).to_be_visible()
    # Down is the tile below.
    page.keyboard.press("ArrowDown")
    above, below = box(page, names[7]).bounding_box(), page.locator("input[type=checkbox]:focus").bounding_box()
    assert above
    assert below
    assert abs(below["x"] - above["x"]) < 2
    assert below["y"] > above["y"] + above["height"]
    page.keyboard.press("ControlOrMeta+a")
    expect(page.get_by_text("20 selected", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Selected pictures")).to_have_count(0)


def test_selection_by_touch(phone: Page) -> None:
    several(phone, 3)
    # The whole thumbnail is the target.
    shown = box(phone, "001.png").bounding_box()
    assert shown
    assert min(shown["width"], shown["height"]) >= 44
    box(phone, "001.png").tap()
    box(phone, "002.png").tap()
    expect(phone.get_by_text("2 selected", exact=True)).to_be_visible()
    phone.get_by_role("group", name="Selected pictures").get_by_role("button", name="Hide").tap()
    expect(phone.get_by_role("listitem")).to_have_count(1)


def test_selected_failures_are_tried_again(page: Page, complaints: list[str]) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=403, json={"code": "refused_for_now", "detail": "Not now."})

    page.route("**/uploads/init", refuse)
    choose(page, *(file(f"{number}.png", PNG) for number in range(3)))
    expect(page.locator("li[data-phase=failed]")).to_have_count(3)
    box(page, "0.png").click()
    bar = page.get_by_role("group", name="Selected pictures")
    bar.get_by_role("button", name="Select all").click()
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Select none").click()
    box(page, "1.png").click()
    page.unroute("**/uploads/init", refuse)
    bar.get_by_role("button", name="Try again").click()
    expect(row(page, "1.png")).to_contain_text("Uploaded")
    expect(page.locator("li[data-phase=failed]")).to_have_count(2)
    complaints.clear()


def test_selected_pictures_are_deleted_after_asking(page: Page) -> None:
    names = several(page, 5)
    urls = {name: link(page, name) for name in names}
    box(page, names[1]).click()
    box(page, names[3]).click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="Selected pictures")
    bar.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Keep them").click()
    assert all(requests.get(url, timeout=60).ok for url in urls.values())
    bar.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete 3 pictures").click()
    for name in names[1:4]:
        expect(row(page, name)).to_contain_text("Deleted")
    answers = {name: requests.get(url, timeout=60).status_code for name, url in urls.items()}
    assert answers == {name: 404 if name in names[1:4] else 200 for name in names}


def test_only_what_is_near_is_drawn_of_hundreds(page: Page) -> None:
    page.route("**/uploads/init", lambda route: None)
    choose(page, *(file(f"{number:03}.png", PNG) for number in range(MANY)))
    rows = page.locator("li[data-phase]")
    expect(rows).to_have_count(MANY)
    expect(rows.first.locator("img")).to_be_visible()
    for view in ("List", "Grid"):
        page.get_by_role("button", name=view, exact=True).click()
        assert page.locator("li[data-phase] img").count() <= NEAR
        # A row that is out of sight is not laid out, and a row in sight needs few elements.
        hidden = (
            "rows => rows.filter(row => !row.querySelector('p').checkVisibility({contentVisibilityAuto: true})).length"
        )
        assert rows.evaluate_all(hidden) >= MANY - NEAR
    assert rows.evaluate_all("rows => Math.max(...rows.map(row => row.querySelectorAll('*').length))") <= 30


# The whole list


def test_head_stays_in_sight_and_new_pictures_are_scrolled_to_and_marked(page: Page) -> None:
    several(page, 40)
    page.mouse.wheel(0, 100_000)
    assert in_view(page.get_by_role("button", name="Copy all", exact=True))
    page.evaluate("scrollTo(0, 0)")
    choose(page, file("new.png", PNG))
    expect(row(page, "new.png")).to_be_in_viewport()
    expect(row(page, "new.png")).to_have_attribute("data-fresh", "true")
    expect(row(page, "000.png")).to_have_attribute("data-fresh", "false")
    # The page scrolls for what is added, and not each time that something changes.
    page.evaluate("scrollTo(0, 0)")
    expect(row(page, "new.png")).to_contain_text("Uploaded")
    assert page.evaluate("scrollY") == 0


def test_all_are_copied_in_the_chosen_format_which_is_remembered(page: Page) -> None:
    names = several(page, 3)
    copied = "\n".join(f"[img]{link(page, name)}[/img]" for name in names)
    page.get_by_role("button", name="Format for Copy all").click()
    page.get_by_role("menuitemradio", name="BBCode", exact=True).click()
    expect_copied(page, copied)
    page.reload()
    page.evaluate("navigator.clipboard.writeText('something else')")
    page.get_by_role("button", name="Copy all", exact=True).click()
    expect_copied(page, copied)


def test_head_tells_how_far_all_are_and_filters_them(page: Page, line: CDPSession) -> None:
    several(page, 2)
    choose(page, file("no.svg", b"<svg/>"))
    limit(line, 20_000)
    choose(
        page, *(file(f"slow {number}.png", picture("image/png", (400, 300), compress_level=0)) for number in range(3))
    )
    progress = page.get_by_role("progressbar", name="Progress of all uploads")
    page.wait_for_function("bar => bar.value > 0.01 && bar.value < 0.9", arg=progress.element_handle())
    before = progress.evaluate("bar => bar.value")
    page.wait_for_function("([bar, before]) => bar.value > before", arg=[progress.element_handle(), before])
    shown = {
        "Under way 3": ["slow 0.png", "slow 1.png", "slow 2.png"],
        "Failed 1": ["no.svg"],
        "Done 2": ["000.png", "001.png"],
    }
    for name, names in shown.items():
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("listitem").locator("[id^=name-]")).to_have_text(names)
    page.get_by_role("button", name="All 6", exact=True).click()
    expect(page.get_by_role("listitem")).to_have_count(6)


def test_head_leaves_a_phone_room_for_the_list(page: Page, line: CDPSession) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    several(page, 2)
    limit(line, 20_000)
    choose(page, *(file(name, picture("image/png", (400, 300), compress_level=0)) for name in ("a.png", "b.png")))
    region = page.get_by_role("region", name="Your pictures")
    expect(region).to_contain_text("kB/s")
    count = page.get_by_text("2 of 4 pictures uploaded", exact=True)
    assert place(count)["height"] < 50
    assert place(row(page, "000.png"))["y"] - place(count)["y"] < 170
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.fixture
def stubborn(page: Page) -> Callable[[], None]:
    """Have the API refuse one picture of a hundred, until the returned function is called."""
    mended: list[bool] = []

    def sign(route: Route) -> None:
        if mended or route.request.post_data_json.get("filename") != "057.png":
            route.fallback()
        else:
            route.fulfill(status=403, json={"code": "refused_for_now", "detail": "Not now."})

    page.route("**/uploads/init", sign)
    return lambda: mended.append(True)


def test_failed_one_of_a_hundred_is_found_and_tried_again(
    page: Page, stubborn: Callable[[], None], complaints: list[str]
) -> None:
    choose(page, *(file(f"{number:03}.png", PNG) for number in range(100)))
    expect(page.get_by_text("99 of 100 pictures uploaded", exact=True)).to_be_visible()
    page.get_by_role("button", name="Failed 1").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(row(page, "057.png")).to_contain_text("Not now.")
    stubborn()
    page.get_by_role("button", name="Retry failed").click()
    expect(page.get_by_text("100 pictures uploaded", exact=True)).to_be_visible()
    # Nothing is left to filter: all are shown.
    expect(page.get_by_role("listitem")).to_have_count(100)
    complaints.clear()


def test_token_that_is_not_accepted_is_said_once_and_asked_for(page: Page, complaints: list[str]) -> None:
    def ask_for_token(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "tokenRequired": True})

    def sign(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            route.fallback()
        else:
            route.fulfill(status=401, json={"code": "access_token_required", "detail": "No."})

    page.route("**/uploads/limits", ask_for_token)
    page.route("**/uploads/init", sign)
    page.reload()
    token = page.get_by_label("Access token")
    token.fill("wrong")
    token.blur()
    choose(page, *(file(f"{number}.png", PNG) for number in range(5)))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("5 pictures not uploaded This token is not accepted.")
    expect(token).to_be_focused()
    token.fill("right")
    alert.get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("5 pictures uploaded", exact=True)).to_be_visible()
    expect(alert).to_have_count(0)
    complaints.clear()


def test_all_are_cancelled_and_what_is_finished_is_cleared(page: Page, line: CDPSession) -> None:
    several(page, 2)
    limit(line, 20_000)
    choose(
        page, *(file(f"slow {number}.png", picture("image/png", (300, 300), compress_level=0)) for number in range(5))
    )
    expect(row(page, "slow 0.png")).to_have_attribute("data-phase", "uploading")
    page.get_by_role("button", name="Cancel all").click()
    expect(page.locator("li[data-phase=cancelled]")).to_have_count(5)
    limit(line, -1)
    page.get_by_role("button", name="Clear finished").click()
    expect(page.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_label("Choose pictures")).to_be_focused()


# Truth


def test_speed_and_time_left_go_when_nothing_moves(page: Page, line: CDPSession, complaints: list[str]) -> None:
    limit(line, 60_000)
    choose(page, *(file(f"{number}.png", picture("image/png", (500, 500), compress_level=0)) for number in range(3)))
    region = page.get_by_role("region", name="Your pictures")
    expect(region).to_contain_text("kB/s")
    expect(region).to_contain_text(" left")
    page.context.set_offline(True)
    expect(region).to_contain_text("Waiting for the connection")
    expect(region).not_to_contain_text("kB/s")
    expect(region).not_to_contain_text(" left")
    page.context.set_offline(False)
    limit(line, -1)
    expect(page.get_by_text("3 pictures uploaded", exact=True)).to_be_visible()
    complaints.clear()


#: Hides from the page that bytes move, once `stalled` is true; Chromium's own limits let go of a PUT when they change.
STALL = """() => {
    window.XMLHttpRequest = class extends XMLHttpRequest {
        constructor() {
            super();
            for (const kind of ["progress", "load"])
                this.upload.addEventListener(kind, event => window.stalled && event.stopImmediatePropagation());
        }
    };
}"""


def test_line_that_stalls_has_no_speed(page: Page, line: CDPSession) -> None:
    page.evaluate(STALL)
    limit(line, 60_000)
    large = picture("image/png", (1000, 700), compress_level=0)
    choose(page, file("a.png", large), file("b.png", large))
    region = page.get_by_role("region", name="Your pictures")
    expect(region).to_contain_text("kB/s")
    page.evaluate("window.stalled = true")
    expect(region).not_to_contain_text("/s")
    expect(region).not_to_contain_text(" left")
    expect(page.locator("li[data-phase=uploading]")).to_have_count(2)


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        ("uploads/init", {"status": 429, "headers": {"Retry-After": "3"}, "json": {}}, "Too many at once"),
        ("uploads/init", {"status": 503, "json": {"code": "store_unavailable"}}, "The server is busy"),
        ("uploads/init", None, "No answer"),
        ("incoming/**", None, "Not let through"),
    ],
    ids=["limited", "busy", "unanswered", "blocked"],
)
def test_what_waits_says_why(page: Page, complaints: list[str], path: str, answer: Any, says: str) -> None:
    broken = [True]

    def refuse(route: Route) -> None:
        if not broken:
            route.fallback()
        elif answer:
            route.fulfill(**answer)
        else:
            route.abort()

    page.route(f"**/{path}", refuse)
    choose(page, file("a.png", PNG), file("b.png", PNG))
    expect(row(page, "a.png")).to_contain_text(says)
    expect(page.get_by_role("region", name="Your pictures")).not_to_contain_text("/s ")
    broken.clear()
    expect(page.get_by_text("2 pictures uploaded", exact=True)).to_be_visible()
    complaints.clear()
