"""A photograph keeps its HDR version: exiftool finds it, and Chromium shows it as before."""

import functools
import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.avif_cases import CASES as AVIF
from tests.e2e.test_page import choose, file, link, row
from tests.e2e.test_privacy import told
from tests.ultrahdr import CASES, ISO, PICTURE, SECRET

#: A screen with a wide range, and a canvas that can measure it.
WIDE = ("--force-color-profile=scrgb-linear", "--enable-experimental-web-platform-features")
KEPT = {name: case.file.make() for name, case in CASES.items() if case.kept}
LOST = {name: case.file.make() for name, case in CASES.items() if not case.kept}


@functools.cache
def read(data: bytes) -> dict[str, Any]:
    """Return what exiftool finds in a JPEG and, separately, in each one appended to it."""
    program = shutil.which("exiftool")
    assert program, "exiftool is not installed (Debian: apt-get install libimage-exiftool-perl)"
    result = subprocess.run([program, "-json", "-G1", "-a", "-"], input=data, capture_output=True, check=True)
    (found,) = json.loads(result.stdout)
    return dict(found)


def second(data: bytes) -> bytes:
    """Return the appended picture that exiftool finds by the index."""
    found = read(data)
    last = max(int(name[7]) for name in found if re.fullmatch(r"MPImage\d:MPImageStart", name))
    start, length = (found[f"MPImage{last}:MPImage{what}"] for what in ("Start", "Length"))
    assert data[start : start + 3] == b"\xff\xd8\xff"
    return data[start : start + length]


def parameters(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return a gain map's own metadata, as XMP and as ISO 21496-1."""
    # One test file has another prefix, which is in exiftool's name for it.
    found = read(data).items()
    hdrgm = {name.partition(":")[2]: value for name, value in found if name.startswith(("XMP-hdrgm:", "XMP-g:"))}
    at = data.find(ISO)
    iso = b"" if at < 0 else data[at : at - 2 + int.from_bytes(data[at - 2 : at])].removesuffix(SECRET)
    return hdrgm, iso


@pytest.fixture
def hdr(
    launch_browser: Callable[..., Browser], browser_type_launch_args: dict[str, list[str]], page: Page
) -> Iterator[Page]:
    """The page in a browser that shows HDR versions."""
    browser = launch_browser(args=[*browser_type_launch_args["args"], *WIDE])
    bright = browser.new_page()
    bright.goto(page.url)
    yield bright
    browser.close()


#: The values of all pixels, 1 for white on a screen of standard range.
LIGHT = """async ([base64, type]) => {
    const image = new Image();
    const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
    image.src = URL.createObjectURL(new Blob([bytes], { type }));
    await image.decode();
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d", { colorType: "float16" });
    context.globalHDRHeadroom = 3;
    context.drawImage(image, 0, 0);
    return Array.from(context.getImageData(0, 0, image.width, image.height, { pixelFormat: "rgba-float16" }).data);
}"""


def light(hdr: Page, data: bytes, content_type: str = "image/jpeg") -> list[float]:
    return list(hdr.evaluate(LIGHT, [b64encode(data).decode(), content_type]))


def published(page: Page, pictures: dict[str, bytes], content_type: str = "image/jpeg") -> dict[str, bytes]:
    extension = {"image/jpeg": ".jpg", "image/avif": ".avif"}[content_type]
    choose(page, *(file(name + extension, data, content_type) for name, data in pictures.items()))
    for name in pictures:
        expect(row(page, name + extension)).to_contain_text("Uploaded", timeout=60_000)
    return {name: requests.get(link(page, name + extension), timeout=60).content for name in pictures}


def test_gain_map_stays_with_every_number_and_nothing_else(page: Page, hdr: Page) -> None:
    plain = light(hdr, PICTURE)
    for name, clean in published(page, KEPT).items():
        before = KEPT[name]
        assert SECRET not in clean, name
        gains = second(clean)
        # Apart from a preview, the last one is the gain map.
        source = next(data for data in CASES[name].file.others if ISO in data or b"hdr-gain-map" in data)
        assert parameters(gains) == parameters(source), name
        assert any(parameters(gains)), name
        allowed = re.compile(r"(XMP-(hdrgm|Container|x):|MPF0:|MPImage\d:|IFD0:Orientation|APP2:)")
        assert [each for each in left(clean) | left(gains) if not allowed.match(each)] == [], name
        # Chromium finds no gain map by an index with more fields, but does by the page's.
        if name != "index with more fields":
            assert light(hdr, clean) == light(hdr, before), name
        # Chromium does not read a common denominator, which libultrahdr writes after a draft of the standard.
        if name not in ("turned", "ISO with one denominator"):
            assert light(hdr, clean) != plain, name


def left(data: bytes) -> set[str]:
    groups = {name.split(":", 1)[-1] for name in told(data)}
    return {name.removeprefix("XMP:").removeprefix("MPF:").removeprefix("EXIF:") for name in groups}


def test_gain_map_that_goes_is_named(page: Page, hdr: Page) -> None:
    plain = light(hdr, PICTURE)
    for name, clean in published(page, LOST).items():
        assert SECRET not in clean, name
        assert told(clean) == set(), name
        assert light(hdr, clean) == plain, name
        if "hdr" in CASES[name].removed:
            expect(row(page, f"{name}.jpg")).to_contain_text("HDR version")


def test_gain_map_of_an_avif_stays(page: Page, hdr: Page) -> None:
    name = "with a gain map"
    before = AVIF[name].file.make()
    clean = published(page, {name: before}, "image/avif")[name]
    assert light(hdr, clean, "image/avif") == light(hdr, before, "image/avif")
    assert light(hdr, clean, "image/avif") != light(hdr, AVIF["plain"].file.make(), "image/avif")
