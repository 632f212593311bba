"""tests/tables/raster.json is true: it says what Chromium shows of each file, before and after the page cleans it."""

import base64
import io
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.test_page import choose, file, link, row
from tests.raster import BLOCKS, SIZE, Case, cases

CASES = cases()

#: Loads each picture; returns its size and the brightness in the middle of each block of eight by eight.
SHOW = """async files => {
    const shown = [];
    for (const [type, data] of files) {
        const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0));
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([bytes], { type }));
        if (!(await new Promise(done => { image.onload = () => done(true); image.onerror = () => done(false); }))) {
            shown.push(null);
            continue;
        }
        const { naturalWidth: width, naturalHeight: height } = image;
        const canvas = Object.assign(document.createElement("canvas"), { width, height });
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        const { data: pixels } = context.getImageData(0, 0, width, height);
        const blocks = [];
        for (let y = 4; y < height; y += 8) for (let x = 4; x < width; x += 8) blocks.push(pixels[4 * (y * width + x)]);
        shown.push([[width, height], blocks]);
    }
    return shown;
}"""

Transpose = Image.Transpose
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def orientations(page: Page, files: list[tuple[str, bytes]]) -> list[int | None]:
    """Return each picture's orientation in Chromium, or None if Chromium shows none."""
    blocks = Image.new("L", (SIZE[0] // 8, SIZE[1] // 8))
    blocks.putdata(BLOCKS)
    known = {1: blocks} | {number: blocks.transpose(turn) for number, turn in TURNS.items()}
    answers = page.evaluate(SHOW, [[kind, base64.b64encode(data).decode()] for kind, data in files])

    def orientation(answer: Any) -> int | None:
        if answer is None:
            return None
        (width, height), seen = answer
        for number, turned in known.items():
            expected = list(turned.tobytes())
            if turned.size == (width // 8, height // 8) and all(
                abs(one - other) < 20 for one, other in zip(expected, seen, strict=True)
            ):
                return number
        raise AssertionError(f"another picture: {answer}")

    return [orientation(answer) for answer in answers]


def test_table_says_what_chromium_shows(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("about:blank")
    answers = orientations(page, [(case.content_type, case.data) for case in CASES])
    assert dict(zip([case.name for case in CASES], answers, strict=True)) == {
        case.name: case.orientation for case in CASES
    }


def name(case: Case) -> str:
    return f"{case.name}.{case.content_type.removeprefix('image/')}"


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png"])
def test_published_picture_is_turned_as_before_and_tells_nothing(page: Page, content_type: str) -> None:
    chosen = [case for case in CASES if case.content_type == content_type and case.orientation]
    # Only one of each, because the page refuses a file that it has already.
    assert len({case.data for case in chosen}) == len(chosen)
    choose(page, *(file(name(case), case.data, content_type) for case in chosen))
    published = []
    for case in chosen:
        expect(row(page, name(case))).to_contain_text("Uploaded")
        published.append(requests.get(link(page, name(case)), timeout=60).content)
    assert not [case.name for case, data in zip(chosen, published, strict=True) if b"secret" in data]
    assert orientations(page, [(content_type, data) for data in published]) == [case.orientation for case in chosen]
    for case, data in zip(chosen, published, strict=True):
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == SIZE, case.name


def test_picture_that_no_browser_shows_is_refused_before_it_is_sent(page: Page) -> None:
    refused = [case for case in CASES if case.orientation is None]
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method in ("POST", "PUT") else None)
    choose(page, *(file(name(case), case.data, case.content_type) for case in refused))
    for case in refused:
        expect(row(page, name(case))).to_contain_text("Not uploaded")
    # They have one cause, which is said once.
    expect(page.get_by_role("alert").filter(has_text=f"{len(refused)} pictures")).to_contain_text("No browser can show")
    assert sent == []
