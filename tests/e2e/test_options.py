"""Options are never a surprise: always in view, for what is added from then on, the same in every tab, and kept."""

import io
from collections.abc import Callable
from typing import Any

import requests
from PIL import Image
from playwright.sync_api import CDPSession, FloatRect, Locator, Page, expect

from tests.conftest import PICTURES, picture
from tests.e2e.test_accessibility import assert_no_barrier
from tests.e2e.test_page import choose, file, limit, link, row, tab_to
from tests.e2e.test_privacy import animation
from tests.ultrahdr import CASES

PNG = picture("image/png")
#: The parts of a Samsung telephone's motion photo behind the picture: a header of its own, then an MP4 file.
MOTION = b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data\0\0\0\x18ftypmp42" + bytes(12)
#: Wait until the file of this name has a copy on disk.
COPIED = """async name => {
  const opened = indexedDB.open("image-host");
  await new Promise(done => { opened.onsuccess = done; });
  const ask = async request => { await new Promise(done => { request.onsuccess = done; }); return request.result; };
  for (let copies = 0; copies === 0; await new Promise(requestAnimationFrame)) {
    const stores = opened.result.transaction(["uploads", "files"]);
    const uploads = await ask(stores.objectStore("uploads").getAll());
    const found = uploads.find(upload => upload.name === name);
    if (found) copies = await ask(stores.objectStore("files").count([found.owner, found.place]));
  }
  opened.result.close();
}"""


def opened(page: Page) -> Page:
    page.get_by_role("button", name="Options", exact=True).click()
    return page


def chips(page: Page) -> Locator:
    return page.get_by_role("list", name="Options in use").get_by_role("listitem")


def off(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"Turn off: {name}", exact=True)


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found
    return found


def test_expiry_chosen_later_is_for_later_pictures_through_a_reload_too(
    page: Page, line: CDPSession, complaints: list[str]
) -> None:
    names = [f"{number:02}.png" for number in range(9)]
    limit(line, 20_000)
    choose(page, *(file(name, picture("image/png", (100, 100 + n), compress_level=0)) for n, name in enumerate(names)))
    expect(row(page, names[1])).to_contain_text("Uploaded")
    opened(page).get_by_label("Delete automatically").select_option("After 7 days")
    choose(page, file("late.png", PNG))
    page.evaluate(COPIED, "late.png")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    # Neither is what waits changed by a choice after the reload.
    expect(chips(page)).to_have_text(["Deleted after 7 days"])
    opened(page).get_by_label("Delete automatically").select_option("After 30 days")
    limit(line, -1)
    expect(page.get_by_text("10 pictures uploaded", exact=True)).to_be_visible()
    for name in names:
        expect(row(page, name)).not_to_contain_text("Until")
    expect(row(page, "late.png")).to_contain_text("Until")
    complaints.clear()  # Chromium prints a 409 for each picture that had not arrived.


def test_options_chosen_later_change_no_bytes_of_what_waits(page: Page, line: CDPSession) -> None:
    photo = (PICTURES / "photo.jpg").read_bytes()
    first = picture("image/png", (150, 150), compress_level=0)
    limit(line, 30_000)
    choose(page, *(file(f"{number}.png", first) for number in range(4)), file("early.jpg", photo, "image/jpeg"))
    expect(row(page, "0.png")).to_have_attribute("data-phase", "uploading")
    opened(page).get_by_label("Remove location").uncheck()
    limit(line, -1)
    choose(page, file("late.jpg", photo, "image/jpeg"))
    expect(page.get_by_text("6 pictures uploaded", exact=True)).to_be_visible()
    expect(row(page, "early.jpg")).to_contain_text("Removed: location")
    expect(row(page, "late.jpg")).not_to_contain_text("Removed")
    assert requests.get(link(page, "late.jpg"), timeout=60).content == photo


def test_a_stale_tab_undoes_nothing(page: Page) -> None:
    opened(page).get_by_label("Remove location").uncheck()
    # Without events, as in a tab that the browser has put to sleep.
    stale = page.context.new_page()
    stale.add_init_script("addEventListener('storage', event => event.stopImmediatePropagation(), true)")
    stale.goto(page.url)
    expect(chips(stale)).to_have_text(["Metadata kept"])
    page.bring_to_front()
    page.get_by_label("Remove location").check()
    expect(chips(page)).to_have_count(0)
    expect(chips(stale)).to_have_text(["Metadata kept"])
    opened(stale).get_by_label("Delete automatically").select_option("After 1 day")
    page.reload()
    expect(chips(page)).to_have_text(["Deleted after 1 day"])
    expect(opened(page).get_by_label("Remove location")).to_be_checked()


def test_tabs_follow_each_other(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    opened(page).get_by_label("Delete automatically").select_option("After 7 days")
    expect(chips(other)).to_have_text(["Deleted after 7 days"])
    opened(other).get_by_label("Make smaller").select_option("1280")
    other.get_by_label("Remove location").uncheck()
    expect(chips(page)).to_have_count(3)
    off(page, "Deleted after 7 days").click()
    expect(chips(other)).to_have_text(["At most 1,280 px, WebP 80%", "Metadata kept unless made smaller"])
    # What a tab was told is what it sends.
    choose(other, file("a.png", PNG))
    expect(row(other, "a.png")).to_contain_text("Uploaded")
    expect(row(other, "a.png")).not_to_contain_text("Until")


def test_chips_are_in_view_on_a_phone_and_go_by_touch(phone: Page) -> None:
    phone.set_viewport_size({"width": 360, "height": 740})
    opened(phone).get_by_label("Delete automatically").select_option("After 1 day")
    phone.get_by_label("Make smaller").select_option("1280")
    phone.get_by_label("Remove location").uncheck()
    phone.reload()
    texts = ["Deleted after 1 day", "At most 1,280 px, WebP 80%", "Metadata kept unless made smaller"]
    expect(chips(phone)).to_have_text(texts)
    for when in ("empty", "with a picture"):
        if when == "with a picture":
            choose(phone, file("a.png", PNG))
            expect(row(phone, "a.png")).to_contain_text("Uploaded")
            phone.evaluate("scrollTo(0, 0)")
        for text in texts:
            button = box(off(phone, text))
            assert min(button["height"], button["width"]) >= 44, (when, text, button)
            assert button["y"] + button["height"] <= 740, (when, text, button)
            assert button["x"] + button["width"] <= 360, (when, text, button)
        phone.screenshot(path=f"test-results/chips-phone-{when.split()[0]}.png")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    off(phone, texts[1]).tap()
    expect(chips(phone)).to_have_text(["Deleted after 1 day", "Metadata kept"])


def test_chips_go_by_keyboard_and_the_focus_stays(page: Page) -> None:
    opened(page).get_by_label("Delete automatically").select_option("After 1 day")
    page.get_by_label("Remove location").uncheck()
    page.reload()
    expect(chips(page)).to_have_text(["Deleted after 1 day", "Metadata kept"])
    tab_to(page, off(page, "Deleted after 1 day"))
    page.keyboard.press("Enter")
    expect(off(page, "Metadata kept")).to_be_focused()
    expect(page.get_by_text("Turned off: Deleted after 1 day.")).to_be_attached()
    page.keyboard.press("Delete")
    expect(page.locator("input[type=file][multiple]")).to_be_focused()
    expect(chips(page)).to_have_count(0)
    opened(page)
    expect(page.get_by_label("Remove location")).to_be_checked()
    expect(page.get_by_label("Delete automatically")).to_have_value("")


def noise(size: tuple[int, int], kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, kind, **options)
    return buffer.getvalue()


def turned(size: tuple[int, int], orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return noise(size, "JPEG", exif=exif, quality=60)


#: Pictures with too many pixels, and what they become.
LARGE: dict[str, tuple[bytes, tuple[int, int]]] = {
    "wide.jpg": (noise((3001, 2000), "JPEG"), (1280, 853)),
    "one too many.jpg": (noise((1281, 700), "JPEG"), (1280, 699)),
    "turned.jpg": (turned((2000, 1000), 6), (640, 1280)),
    "upside down.jpg": (turned((1000, 2000), 3), (640, 1280)),
    "still.gif": (noise((1600, 1200), "GIF"), (1280, 960)),
    # It takes more bytes afterwards.
    "empty.png": (picture("image/png", (1500, 2)), (1280, 2)),
    "already small in bytes.webp": (noise((1600, 1600), "WEBP", quality=1), (1280, 1280)),
}


def test_at_most_so_many_pixels_is_kept_exactly(page: Page) -> None:
    opened(page).get_by_label("Make smaller").select_option("1280")
    choose(page, *(file(name, data, "") for name, (data, _) in LARGE.items()))
    expect(page.get_by_text(f"{len(LARGE)} pictures uploaded", exact=True)).to_be_visible()
    for name, (_, size) in LARGE.items():
        expect(row(page, name)).to_contain_text(f"{size[0]} × {size[1]}")
        expect(row(page, name)).not_to_contain_text("Not made smaller")
        with Image.open(io.BytesIO(requests.get(link(page, name), timeout=60).content)) as image:
            assert (image.size, image.format, dict(image.getexif())) == (size, "WEBP", {}), name


def frames(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    first, *others = [Image.effect_noise(size, 50 + number) for number in range(2)]
    first.save(buffer, "GIF", save_all=True, append_images=others, loop=0)
    return buffer.getvalue()


def test_animation_says_why_it_was_not_made_smaller(page: Page) -> None:
    opened(page).get_by_label("Make smaller").select_option("1280")
    choose(page, file("large.gif", frames((1300, 30))), file("small.gif", frames((300, 30))))
    choose(page, file("small.png", animation("image/png", 10)))
    for name in ("large.gif", "small.gif", "small.png"):
        expect(row(page, name)).to_contain_text("Uploaded")
    expect(row(page, "large.gif")).to_contain_text("Not made smaller, because it is animated")
    expect(row(page, "large.gif")).to_contain_text("1300 × 30")
    for name in ("small.gif", "small.png"):
        expect(row(page, name)).not_to_contain_text("Not made smaller")


def test_row_names_a_hidden_video_and_an_hdr_version_that_is_lost(page: Page) -> None:
    motion = (PICTURES / "photo.jpg").read_bytes() + MOTION
    hdr = CASES["XMP that tells nothing"].file.make()
    choose(page, file("motion.jpg", motion, "image/jpeg"), file("kept.jpg", hdr, "image/jpeg"))
    expect(row(page, "motion.jpg")).to_contain_text("video")
    expect(row(page, "kept.jpg")).to_contain_text("Uploaded")
    expect(row(page, "kept.jpg")).not_to_contain_text("Removed")
    large = CASES["before a video"].file.make()
    opened(page).get_by_label("Make smaller").select_option("1280")
    page.get_by_label("Quality").fill("40")
    choose(page, file("flat.jpg", large, "image/jpeg"))
    expect(row(page, "flat.jpg")).to_contain_text("WebP")
    expect(row(page, "flat.jpg")).to_contain_text("video")
    expect(row(page, "flat.jpg")).to_contain_text("HDR version")


def test_quality_shows_the_size_that_it_then_makes(page: Page) -> None:
    data = noise((1600, 1200), "PNG")
    choose(page, file("first.png", data))
    expect(row(page, "first.png")).to_contain_text("Uploaded")
    expect(opened(page).get_by_text("stays exactly as it is")).to_be_visible()
    page.get_by_label("Make smaller").select_option("1280")
    expect(page.get_by_text("stays exactly as it is")).to_have_count(0)
    page.get_by_label("Quality").fill("40")
    expect(page.get_by_text("40%", exact=True)).to_be_visible()
    told = page.locator("output", has_text="→")
    expect(told).to_contain_text("first.png: ")
    low = told.inner_text().removeprefix("first.png: ")
    page.get_by_label("Quality").fill("90")
    expect(told).not_to_contain_text(low)
    expect(told).to_contain_text("→")
    high = told.inner_text().removeprefix("first.png: ")
    choose(page, file("second.png", data))
    expect(row(page, "second.png")).to_contain_text(high)


def test_options_in_use_are_no_barrier(page: Page, look: Callable[..., None]) -> None:
    opened(page).get_by_label("Delete automatically").select_option("After 7 days")
    page.get_by_label("Make smaller").select_option("1280")
    page.get_by_label("Remove location").uncheck()
    choose(page, file("a.png", noise((1500, 1000), "PNG")))
    expect(row(page, "a.png")).to_contain_text("Uploaded")
    expect(page.locator("output", has_text="→")).to_be_visible()
    assert_no_barrier(page, look, "options", (320, 1440))
    page.emulate_media(forced_colors="active")
    look("options-forced")
