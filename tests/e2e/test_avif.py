"""What Chromium shows of an AVIF, which is the same after the page has removed its metadata."""

from base64 import b64encode
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests.avif import SECRET
from tests.avif_cases import CASES
from tests.e2e.test_page import choose, file, link, row

#: An `<img>`'s size and pixels; then each frame's, its duration, and how often the animation runs.
SHOW = """files => Promise.all(files.map(async base64 => {
    const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([bytes], { type: "image/avif" }));
    try { await image.decode(); } catch { return null; }
    const pixels = (drawn, width, height) => {
        const context = new OffscreenCanvas(width, height).getContext("2d");
        context.drawImage(drawn, 0, 0);
        return Array.from(context.getImageData(0, 0, width, height).data).join(" ");
    };
    const size = [image.naturalWidth, image.naturalHeight];
    const decoder = new ImageDecoder({ data: bytes, type: "image/avif" });
    await decoder.tracks.ready;
    const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
    const frames = [];
    for (let frameIndex = 0; frameCount > 1 && frameIndex < frameCount; frameIndex++) {
        const { image: frame } = await decoder.decode({ frameIndex });
        frames.push([frame.duration, pixels(frame, frame.displayWidth, frame.displayHeight)]);
        frame.close();
    }
    return { size, pixels: pixels(image, ...size), frames, repeats: String(repetitionCount) };
}))"""


def shown(page: Page, pictures: list[bytes]) -> list[Any]:
    return list(page.evaluate(SHOW, [b64encode(data).decode() for data in pictures]))


def test_browser_shows_what_the_table_says(page: Page) -> None:
    found = shown(page, [case.file.make() for case in CASES.values()])
    sizes = {name: each and tuple(each["size"]) for name, each in zip(CASES, found, strict=True)}
    assert sizes == {name: case.shown for name, case in CASES.items()}


def test_what_is_shown_stays_the_same_and_nothing_else_does(page: Page) -> None:
    before = {f"{name}.avif": case.file.make() for name, case in CASES.items() if case.shown}
    choose(page, *(file(name, data, "image/avif") for name, data in before.items()))
    for name in before:
        expect(row(page, name)).to_contain_text("Uploaded", timeout=60_000)
    after = {name: requests.get(link(page, name), timeout=60).content for name in before}
    assert [name for name, data in after.items() if SECRET in data] == []
    old, new = (shown(page, list(pictures.values())) for pictures in (before, after))
    assert [name for name, one, other in zip(before, old, new, strict=True) if one != other] == []
    # The comparison needs frames.
    assert sum(len(each["frames"]) == 2 for each in old) >= 20
    expect(row(page, "sequence with sound.avif")).to_contain_text("Removed: sound")
    expect(row(page, "video behind.avif")).to_contain_text("Removed: video")
    expect(row(page, "Apple's gain map.avif")).to_contain_text("Removed: HDR version")
