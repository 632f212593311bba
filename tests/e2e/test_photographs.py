"""Real photographs keep their pixels, profile and orientation as they were, and nothing else.

`pytest tests/e2e/test_photographs.py --photographs=DIR` looks at those of any folder in place of ours.
"""

import io
from pathlib import Path

import pytest
import requests
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect

from tests.conftest import PHOTOGRAPHS
from tests.e2e.test_page import choose, link, row
from tests.e2e.test_privacy import told
from tests.rigs.server import Server
from tests.strip_cases import TYPES

ORIENTATION = 0x0112


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = metafunc.config.getoption("--photographs") or PHOTOGRAPHS
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in TYPES)
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", paths, ids=[str(path.relative_to(folder)) for path in paths])


def shown(data: bytes) -> tuple[int, bytes | None, list[Image.Image]]:
    """Return a picture's orientation, its colour profile, and the frames that browsers show."""
    with Image.open(io.BytesIO(data)) as image:
        turned = image.getexif().get(ORIENTATION, 1)
        # The other pictures of an MPO are previews of the first.
        count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        frames = []
        for number in range(count):
            image.seek(number)
            frames.append(ImageOps.exif_transpose(image).convert("RGBA"))
        return turned, image.info.get("icc_profile"), frames


def is_clean_and_looks_the_same(before: bytes, after: bytes) -> None:
    assert told(after) == set()
    turned, profile, frames = shown(before)
    turned_after, profile_after, frames_after = shown(after)
    assert (turned_after, profile_after) == (turned, profile)
    assert [frame.size for frame in frames_after] == [frame.size for frame in frames]
    assert all(one.tobytes() == other.tobytes() for one, other in zip(frames, frames_after, strict=True))


def test_photograph_tells_nothing_and_looks_the_same(page: Page, path: Path) -> None:
    choose(page, path)
    expect(row(page, path.name)).to_contain_text("Uploaded")
    is_clean_and_looks_the_same(path.read_bytes(), requests.get(link(page, path.name), timeout=60).content)


def test_relayed_photograph_tells_nothing_and_looks_the_same(server: Server, path: Path) -> None:
    before = path.read_bytes()
    answer = requests.post(f"{server.url}/uploads", files={"file": (path.name, before)}, timeout=60)
    assert answer.status_code == 201, answer.text
    is_clean_and_looks_the_same(before, requests.get(answer.json()["viewURL"], timeout=60).content)


def test_ours_are_of_ten_cameras_that_told_much() -> None:
    """So that the test above has something to find."""
    found = [" ".join(told(path.read_bytes())) for path in PHOTOGRAPHS.glob("*.jpg")]
    assert len(found) == 10
    assert all("ExifIFD" in each for each in found)
    assert sum("GPSLatitude" in each for each in found) >= 5
    assert sum("XMP" in each for each in found) >= 3
    assert sum("IPTC" in each or "Photoshop" in each for each in found) >= 2
