"""HEIC photographs, which Chromium can't decode, become JPEGs by a decoder in WebAssembly that few visitors load."""

import io
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pillow_heif
import pytest
import requests
from PIL import Image, ImageCms
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import picture
from tests.e2e.test_page import choose, file, give, link, row
from tests.e2e.test_privacy import told
from tests.heic import PHOTO, decoded, display_p3, heic, psnr
from tests.rigs.server import Server

#: Decibels: what a JPEG of this quality costs. A turned or wrongly coloured picture has less than 20.
ALIKE = 33
DAMAGED = "This HEIC photo can’t be converted. It may be damaged."
TOO_MUCH = "took too long, or too much memory"
NAME = PHOTO.name
#: `(module)`: the smallest there is.
MODULE = "Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)"


def published(page: Page, name: str) -> bytes:
    expect(row(page, name)).to_contain_text("Converted from HEIC")
    return requests.get(link(page, name), timeout=60).content


def looks_like(data: bytes, original: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif() == {}
        assert psnr(image, decoded(original)) > ALIKE


def small(**options: Any) -> bytes:
    """Return a picture in which no two corners are alike."""
    ramp = Image.linear_gradient("L")
    channels = [ramp, ramp.rotate(90), ramp.rotate(180)]
    return heic(Image.merge("RGB", [each.resize((96, 64)) for each in channels]), **options)


# What becomes of it


def test_photograph_of_an_iphone_looks_the_same_and_tells_nothing(page: Page, look: Callable[..., None]) -> None:
    data = PHOTO.read_bytes()
    assert {"GPS", "Make", "Orientation"} <= {
        part for name in told(data) | {"IFD0:Orientation"} for part in name.split(":")
    }
    choose(page, PHOTO)
    expect(row(page, NAME)).to_contain_text("Removed: location, camera, date, embedded previews")
    expect(row(page, NAME)).to_contain_text("500 × 375")
    look("heic")
    answer = requests.get(link(page, NAME), timeout=60)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert f"{PHOTO.stem}.jpg" in answer.headers["Content-Disposition"]
    assert told(answer.content) == set()
    looks_like(answer.content, data)
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.info["icc_profile"]) == ("JPEG", display_p3())


def test_browser_shows_its_colours_by_its_profile(page: Page) -> None:
    choose(page, PHOTO)
    data = published(page, NAME)
    shown = page.evaluate(
        """async bytes => {
            const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
            const canvas = new OffscreenCanvas(picture.width, picture.height);
            const context = canvas.getContext("2d");
            context.drawImage(picture, 0, 0);
            return [...context.getImageData(0, 0, picture.width, picture.height).data];
        }""",
        list(data),
    )
    original = decoded(PHOTO.read_bytes())
    profile = ImageCms.ImageCmsProfile(io.BytesIO(display_p3()))
    in_srgb = ImageCms.profileToProfile(original, profile, ImageCms.createProfile("sRGB"))
    assert in_srgb is not None
    assert psnr(Image.frombytes("RGBA", original.size, bytes(shown)), in_srgb) > ALIKE


@pytest.mark.parametrize("kind", ["WebP", "JPEG"])
def test_smaller_one_keeps_its_profile(page: Page, kind: str) -> None:
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Make smaller").select_option("1280")
    page.get_by_label("Format", exact=True).select_option(label=kind)
    large = decoded(PHOTO.read_bytes()).resize((2000, 1500))
    choose(page, file("large.heic", heic(large, icc_profile=display_p3()), ""))
    with Image.open(io.BytesIO(published(page, "large.heic"))) as image:
        assert (image.format, image.size) == (kind.upper(), (1280, 960))
        assert image.info["icc_profile"] == display_p3()
        assert psnr(image, large.resize((1280, 960))) > ALIKE


def test_each_turn_is_made_once(page: Page) -> None:
    # The property of the file, in all its values: `irot` turns, `imir` mirrors.
    data = PHOTO.read_bytes()
    at = data.index(b"irot")
    turned = {f"irot-{n}": data[: at + 4] + bytes([n]) + data[at + 5 :] for n in range(4)}
    turned |= {f"imir-{n}": data[:at] + b"imir" + bytes([n]) + data[at + 5 :] for n in range(2)}
    choose(page, *(file(f"{name}.heic", each, "") for name, each in turned.items()))
    for name, each in turned.items():
        looks_like(published(page, f"{name}.heic"), each)


def test_ten_bits_become_eight(page: Page) -> None:
    samples = b"".join(struct.pack("<H", 64 * (x + y)) for y in range(64) for x in range(96) for _ in range(3))
    deep = pillow_heif.from_bytes("RGB;16", (96, 64), samples)
    target = io.BytesIO()
    deep.save(target, quality=90)
    assert pillow_heif.open_heif(target.getvalue(), convert_hdr_to_8bit=False).info["bit_depth"] == 10
    choose(page, file("deep.heic", target.getvalue(), ""))
    looks_like(published(page, "deep.heic"), target.getvalue())


def test_row_and_history_show_a_small_copy(page: Page) -> None:
    # One alone is shown large.
    choose(page, file(NAME, PHOTO.read_bytes(), ""), file("other.png", picture("image/png"), "image/png"))
    expect(row(page, NAME)).to_contain_text("Converted from HEIC")
    width = "async image => { await image.decode(); return image.naturalWidth; }"
    shown = row(page, NAME).locator("img")
    expect(shown).to_be_visible()
    assert shown.evaluate(width) == 144
    page.get_by_role("link", name="History").click()
    shown = (
        page.get_by_role("region", name="Uploaded from this browser").get_by_role("listitem", name=NAME).locator("img")
    )
    expect(shown).to_be_visible()
    assert shown.evaluate(width) == 144


def test_photograph_of_twelve_megapixels_arrives_and_its_memory_is_given_back(page: Page) -> None:
    large = decoded(PHOTO.read_bytes()).resize((4032, 3024), Image.Resampling.BICUBIC)
    data = heic(large, quality=50, enc_params={"preset": "ultrafast"})
    choose(page, file("one.heic", data, ""), file("two.heic", data, ""))
    looks_like(published(page, "one.heic"), data)
    expect(row(page, "two.heic")).to_contain_text("Converted from HEIC")
    assert not [worker.url for worker in page.workers if "/decoder-" in worker.url]


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_pasted_and_dropped_ones_are_taken_whatever_their_names_say(page: Page, event: str) -> None:
    give(page, event, "named.jpg", PHOTO.read_bytes(), "image/jpeg")
    looks_like(published(page, "named.heic"), PHOTO.read_bytes())


def test_file_dialog_offers_them_but_to_an_iphone_which_converts_them_itself(
    browser: Browser, server: Server, playwright: Any
) -> None:
    offered = {}
    for device in ("iPhone 15", "Pixel 7", "Desktop Chrome"):
        settings = {**playwright.devices[device], "default_browser_type": None}
        with browser.new_context(**{name: value for name, value in settings.items() if value is not None}) as context:
            page = context.new_page()
            page.goto(server.url)
            offered[device] = page.get_by_label("Choose pictures").get_attribute("accept") or ""
    assert {device: ".heic" in accept for device, accept in offered.items()} == {
        "iPhone 15": False,
        "Pixel 7": True,
        "Desktop Chrome": True,
    }
    assert all("image/jpeg" in accept for accept in offered.values())


# What it takes


def test_decoder_is_loaded_with_the_first_heic_and_from_here(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.reload()
    choose(page, file("plain.png", picture("image/png")))
    expect(row(page, "plain.png")).to_contain_text("Uploaded")
    decoder = ("/decoder-", "/converter-", "/libheif-")
    assert not [url for url in asked if any(name in url for name in decoder)]
    choose(page, PHOTO)
    published(page, NAME)
    loaded = {urlsplit(url).path.split("-")[0] for url in asked if any(name in url for name in decoder)}
    assert loaded == {"/assets/decoder", "/assets/converter", "/assets/libheif"}
    assert {urlsplit(url).netloc for url in asked if url.startswith("http") and "/assets/" in url} == {
        urlsplit(server.url).netloc
    }


def decoder_of(page: Page) -> str:
    """Return the address of the decoder's script, which names no other part of the page."""
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    choose(page, PHOTO)
    published(page, NAME)
    return next(url for url in asked if "/decoder-" in url)


def test_decoder_alone_compiles_wasm_and_can_neither_fetch_nor_evaluate(page: Page, complaints: list[str]) -> None:
    compiles = f"WebAssembly.compile({MODULE}).then(() => 'yes', error => error.name)"
    assert page.evaluate(compiles) == "CompileError"
    url = decoder_of(page)
    with page.expect_worker() as started:
        page.evaluate("url => { window.decoder = new Worker(url, { type: 'module' }); }", url)
    tried = started.value.evaluate(
        f"""async () => ({{
            wasm: await {compiles},
            fetch: await fetch("/version").then(() => "yes", error => error.name),
            elsewhere: await fetch("https://example.test/").then(() => "yes", error => error.name),
            socket: await new Promise(done => {{
                try {{
                    const socket = new WebSocket("wss://example.test/");
                    socket.onopen = () => done("yes");
                    socket.onerror = () => done("refused");
                }} catch (error) {{ done(error.name); }}
            }}),
            script: await import("/share.js").then(() => "yes", error => error.name),
            eval: (() => {{ try {{ return (0, eval)("'yes'"); }} catch (error) {{ return error.name; }} }})(),
        }})"""
    )
    assert tried.pop("wasm") == "yes"
    assert set(tried.values()).isdisjoint({"yes"}), tried
    # The worker that prepares other pictures compiles nothing either.
    preparing = next(worker for worker in page.workers if "/worker-" in worker.url)
    assert preparing.evaluate(compiles) == "CompileError"
    complaints.clear()


def test_decoder_has_a_notice_of_its_licence(page: Page, server: Server) -> None:
    script = requests.get(decoder_of(page), timeout=60).text
    assert "/licences/libheif.txt" in script[:500]
    notice = requests.get(f"{server.url}/licences/libheif.txt", timeout=60)
    assert notice.status_code == 200
    for words in (
        "libheif",
        "libde265",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "GNU GENERAL PUBLIC LICENSE",
        "github.com/strukturag",
    ):
        assert words in notice.text


# What goes wrong


def broken() -> dict[str, bytes]:
    data = PHOTO.read_bytes()
    head = data[: data.index(b"mdat") - 4]
    noise = bytes((each * 7919) % 251 for each in range(len(data) - len(head) - 8))
    return {
        "head.heic": data[:32],
        "cut.heic": data[:-20_000],
        "empty.heic": head,
        "noise.heic": data[: len(head) + 8] + noise,
        "garbage.heic": data[:28] + bytes(range(256)) * 40,
        "primary.heic": data.replace(b"pitm\0\0\0\0\0\1", b"pitm\0\0\0\0\0\x63"),
        "endless.heic": data[:28] + b"\xff\xff\xff\xffmeta" + data[36:],
    }


def test_broken_ones_are_refused_with_a_sentence_and_the_next_is_taken(page: Page) -> None:
    files = broken()
    choose(page, *(file(name, data, "") for name, data in files.items()))
    for name in files:
        expect(row(page, name)).to_contain_text("Not uploaded")
    # They have one cause, which is said once.
    expect(page.get_by_role("alert")).to_contain_text(DAMAGED)
    choose(page, PHOTO)
    looks_like(published(page, NAME), PHOTO.read_bytes())
    assert not [worker.url for worker in page.workers if "/decoder-" in worker.url]


def test_too_many_pixels_are_refused_before_they_are_decoded(page: Page) -> None:
    data = small()
    size = struct.pack(">II", 96, 64)
    assert size in data
    choose(page, file("vast.heic", data.replace(size, struct.pack(">II", 9000, 9000)), ""))
    expect(row(page, "vast.heic")).to_contain_text("more than 50 million pixels")


def test_picture_for_screens_of_high_dynamic_range_is_refused(page: Page) -> None:
    data = small()
    at = data.index(b"nclx")
    of = {f"{n}.heic": data[: at + 6] + struct.pack(">H", n) + data[at + 8 :] for n in (16, 18)}
    choose(page, *(file(name, each, "") for name, each in of.items()))
    for name in of:
        expect(row(page, name)).to_contain_text("Not uploaded")
    expect(page.get_by_role("alert")).to_contain_text("No browser can show")


def instead(page: Page, script: str) -> None:
    """Serve another script in place of the decoder."""

    def answer(route: Route) -> None:
        route.fulfill(body=script, content_type="text/javascript")

    page.context.route("**/assets/decoder-*", answer)


def test_decoder_that_never_ends_is_ended(page: Page) -> None:
    page.clock.install()
    page.reload()
    instead(page, "postMessage('started'); for (;;);")
    with page.expect_worker(lambda worker: "/decoder-" in worker.url):
        choose(page, PHOTO)
    # Its time runs from when it says that it has started.
    while "Preparing" in row(page, NAME).inner_text():
        page.clock.run_for(60_000)
    expect(row(page, NAME)).to_contain_text(TOO_MUCH)
    page.context.unroute("**/assets/decoder-*")
    page.get_by_role("button", name="Try again: " + NAME).click()
    published(page, NAME)


def test_decoder_that_dies_is_told_and_tried_again(page: Page, complaints: list[str]) -> None:
    instead(page, "postMessage('started'); onmessage = () => { throw new RangeError('out of memory'); };")
    choose(page, PHOTO)
    expect(row(page, NAME)).to_contain_text(TOO_MUCH)
    complaints.clear()
    page.context.unroute("**/assets/decoder-*")
    page.get_by_role("button", name="Try again: " + NAME).click()
    looks_like(published(page, NAME), PHOTO.read_bytes())
    complaints.clear()


def test_without_the_network_it_waits_and_goes_on(page: Page, complaints: list[str]) -> None:
    # The list is loaded once the page can be used.
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    choose(page, PHOTO)
    expect(row(page, NAME)).to_contain_text("Waiting for the connection")
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.context.set_offline(False)
    looks_like(published(page, NAME), PHOTO.read_bytes())
    complaints.clear()


@pytest.mark.parametrize("part", ["converter", "libheif", "decoder"])
def test_part_that_could_not_be_loaded_is_loaded_again(page: Page, complaints: list[str], part: str) -> None:
    cut: list[str] = []

    def cut_off(route: Route) -> None:
        cut.append(route.request.url)
        route.abort("connectionreset")

    page.context.route(f"**/assets/{part}-*", cut_off, times=1)
    choose(page, PHOTO)
    looks_like(published(page, NAME), PHOTO.read_bytes())
    assert len(cut) == 1
    complaints.clear()


def test_where_the_decoder_was_taken_away_it_is_refused(page: Page, complaints: list[str]) -> None:
    page.context.route("**/assets/libheif-*", lambda route: route.fulfill(status=404))
    choose(page, PHOTO)
    expect(row(page, NAME)).to_contain_text("Save it as JPEG and upload that.")
    complaints.clear()
