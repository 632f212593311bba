"""A hundred photographs in one drop, with everything that goes wrong on such a day."""

import io
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import CDPSession, Page, Route, expect

from app import seaweedfs
from config import Config
from tests.conftest import PICTURES
from tests.contract.conftest import bucket
from tests.e2e.test_page import clipboard, limit, pixels, row
from tests.server import Server

NAMES = [f"IMG_{number:04}.jpg" for number in range(100)]
#: A web page that calls itself a photograph, and one whose PUT the store answers with 500.
REFUSED, FAILING = NAMES[40], NAMES[2]

ROWS = """() => [...document.querySelectorAll("li[data-phase]")].map((row) => [
    row.getAttribute("aria-labelledby") && document.getElementById(row.getAttribute("aria-labelledby")).textContent,
    row.dataset.phase,
    row.querySelector("input[readonly]")?.value,
])"""
#: Between looking and clicking nothing else happens: what is cancelled is on its way.
CANCEL = """() => {
    const bar = [...document.querySelectorAll("li[data-phase=uploading] progress")].find(
        (bar) => bar.value > 0.05 && bar.value < 0.95,
    );
    if (!bar) return false;
    const row = bar.closest("li");
    [...row.querySelectorAll("button")].find((button) => button.ariaLabel.startsWith("Cancel ")).click();
    return document.getElementById(row.getAttribute("aria-labelledby")).textContent;
}"""
DONE = "count => document.querySelectorAll('li[data-phase=done]').length >= count"


def exif(orientation: int, comment: str) -> Image.Exif:
    """Return what a phone writes."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0110], exif[0x0112] = comment, "Camera maker", "Camera model", orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)})
    return exif


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make them of a real one and noise of its own for each, so that they are of about 130 kB; turned in every way."""
    folder = tmp_path_factory.mktemp("photographs")
    chance = random.Random(1)
    with Image.open(PICTURES / "photo.jpg") as photo:
        photo.load()
    for number, name in enumerate(NAMES):
        noise = Image.frombytes("RGB", photo.size, chance.randbytes(photo.width * photo.height * 3))
        picture = Image.blend(photo, noise, 0.3)
        picture.save(folder / name, quality=90, exif=exif(number % 8 + 1, name))
    (folder / REFUSED).write_text("<!doctype html><script>alert(1)</script>")
    return {name: folder / name for name in NAMES}


@pytest.fixture
def published(server: Server, configure: Callable[..., Config]) -> Callable[[], set[str]]:
    """Return a function that lists what is public, past the app."""
    instance = Path(server.env["INSTANCE_PATH"])
    embedded = configure(embedded=True, s3_port=server.s3_port, instance_path=instance)
    objects = bucket(seaweedfs.start(embedded)).objects
    return lambda: {item.key.removeprefix("uploads/") for item in objects.filter(Prefix="uploads/")}


def drop(devtools: CDPSession, paths: list[Path]) -> None:
    """Drag files from the desktop and let them go over the page."""
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 200, "y": 200, "data": data})


def break_store(page: Page, name: str) -> Callable[[], None]:
    """Have the store answer 500 to each PUT of the picture `name`; return how to mend it."""
    broken: set[str] = set()
    mended: list[bool] = []

    def sign(route: Route) -> None:
        if mended or route.request.post_data_json.get("filename") != name:
            route.fallback()
            return
        answer = route.fetch()
        broken.add(answer.json()["uploadURL"])
        route.fulfill(response=answer)

    def fail(route: Route) -> None:
        if route.request.url in broken:
            route.fulfill(status=500, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.fallback()

    page.route("**/uploads/init", sign)
    page.route("**/incoming/**", fail)
    return lambda: mended.append(True)


def test_hundred_photographs_of_which_one_is_refused_and_one_cancelled_are_98_links(
    page: Page,
    line: CDPSession,
    photographs: dict[str, Path],
    published: Callable[[], set[str]],
    complaints: list[str],
) -> None:
    before = published()
    mend = break_store(page, FAILING)
    page.on("dialog", lambda dialog: dialog.accept())
    page.clock.install()
    limit(line, 700_000)

    drop(line, list(photographs.values()))
    expect(row(page, REFUSED)).to_contain_text("This is not a JPEG")
    page.wait_for_function(DONE, arg=10)
    cancelled = page.wait_for_function(CANCEL).json_value()
    page.wait_for_function(DONE, arg=45)
    early = [link for _, phase, link in page.evaluate(ROWS) if phase == "done"]
    assert len(early) < 98
    page.reload()
    limit(line, 2_000_000)

    # Of the one whose PUT fails the page wearies after half a minute, which need not pass.
    page.wait_for_function(DONE, arg=97)
    while row(page, FAILING).get_attribute("data-phase") != "failed":
        page.clock.fast_forward(1_000)
    expect(row(page, FAILING)).to_contain_text("The store did not accept the picture (status 500).")
    mend()
    page.get_by_role("button", name=f"Try again: {FAILING}").click()

    expect(page.get_by_text("98 of 99 pictures uploaded", exact=True)).to_be_visible()
    rows: list[tuple[str, str, Any]] = page.evaluate(ROWS)
    # What was cancelled before the reload is not there after it.
    assert [name for name, *_ in rows] == [name for name in NAMES if name != cancelled]
    links = {name: link for name, phase, link in rows if phase == "done"}
    assert list(links) == [name for name in NAMES if name not in (cancelled, REFUSED)]
    assert len(set(links.values())) == 98
    assert set(early) <= set(links.values())
    # None was published that is not in the list, and so none twice.
    assert {link.rpartition("/")[2] for link in links.values()} == published() - before
    page.get_by_role("button", name="Copy all", exact=True).click()
    expect(page.get_by_role("button", name="Copy all", exact=True)).to_have_attribute("data-copied", "true")
    assert clipboard(page).split("\n") == list(links.values())
    for name, link in links.items():
        assert pixels(requests.get(link, timeout=10).content) == pixels(photographs[name].read_bytes()), name
    complaints.clear()  # Chromium prints each 500, and 409s after the reload, by itself.
