"""A published picture tells nothing beyond its pixels; exiftool is the judge."""

import io
import json
import shutil
import subprocess
from typing import Any

import pytest
import requests
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, expect

from tests.conftest import PICTURES, picture
from tests.e2e.test_page import choose, file, link, pixels, row

#: exiftool's groups that describe the file and its pixels.
PLAIN = {"ExifTool", "System", "File", "JFIF", "PNG", "GIF", "RIFF", "QuickTime", "Meta", "Composite", "ICC_Profile"}


def told(data: bytes) -> set[str]:
    """Return what exiftool finds, without what a viewer needs: pixels, profile and orientation."""
    program = shutil.which("exiftool")
    assert program, "exiftool is not installed (Debian: apt-get install libimage-exiftool-perl)"
    result = subprocess.run([program, "-json", "-G0:1", "-a", "-"], input=data, capture_output=True, check=True)
    (found,) = json.loads(result.stdout)
    names = {name for name in found if name != "SourceFile" and not set(name.split(":")) & PLAIN}
    # Adobe's segment describes the colours, and has no room for more.
    return {name for name in names if not name.startswith("APP14:Adobe:")} - {"EXIF:IFD0:Orientation"}


def with_secrets(content_type: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Camera maker", "Camera model", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)})
    exif.get_ifd(0x8769)[0x9003] = "2026:11:22 10:11:12"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>48,51.49N</exif:GPSLatitude></x:xmpmeta>'
    options: dict[str, Any] = {"comment": b"at home"} if content_type == "image/jpeg" else {}
    return picture(content_type, exif=exif, xmp=xmp, **options)


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/webp", "image/avif"])
def test_location_camera_and_comment_are_gone_and_the_pixels_are_not(page: Page, content_type: str) -> None:
    data = with_secrets(content_type)
    assert {"GPS", "Make", "Model"} <= {part for name in told(data) for part in name.split(":")}
    choose(page, file("private", data, content_type))
    name = {"image/jpeg": "private.jpg", "image/webp": "private.webp", "image/avif": "private.avif"}[content_type]
    expect(row(page, name)).to_contain_text("Removed: location, camera, date")
    seen = requests.get(link(page, name), timeout=60).content
    assert told(seen) == set()
    assert pixels(seen) == pixels(data)


def test_png_and_gif_lose_their_comments(page: Page) -> None:
    png, gif = io.BytesIO(), io.BytesIO()
    with Image.open(io.BytesIO(picture("image/png"))) as image:
        info = PngInfo()
        info.add_text("Comment", "at home")
        image.save(png, "PNG", pnginfo=info)
        image.save(gif, "GIF", comment=b"at home")
    for name, data in {"a.png": png.getvalue(), "a.gif": gif.getvalue()}.items():
        assert b"at home" in data
        choose(page, file(name, data))
        expect(row(page, name)).to_contain_text("Removed: captions")
        seen = requests.get(link(page, name), timeout=60).content
        assert b"at home" not in seen
        assert pixels(seen) == pixels(data)


def test_who_wants_to_keep_it_keeps_it_byte_for_byte(page: Page) -> None:
    data = with_secrets("image/jpeg")
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Remove location").uncheck()
    choose(page, file("kept.jpg", data, "image/jpeg"))
    expect(row(page, "kept.jpg")).to_contain_text("Uploaded")
    expect(row(page, "kept.jpg")).not_to_contain_text("Removed")
    assert requests.get(link(page, "kept.jpg"), timeout=60).content == data
    # This device remembers the choice.
    page.reload()
    page.get_by_text("Options", exact=True).click()
    expect(page.get_by_label("Remove location")).not_to_be_checked()


def test_smaller_picture_says_by_how_much(page: Page) -> None:
    data = picture("image/jpeg", (3000, 2000), quality=95)
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Make smaller").select_option("1280")
    choose(page, file("large.jpg", data, "image/jpeg"), file("moving.gif", (PICTURES / "animated.gif").read_bytes()))
    expect(row(page, "large.jpg")).to_contain_text("1280 × 853")
    expect(row(page, "large.jpg")).to_contain_text("→")
    seen = requests.get(link(page, "large.jpg"), timeout=60)
    assert seen.headers["Content-Type"] == "image/webp"
    assert len(seen.content) < len(data)
    # An animation would stand still.
    expect(row(page, "moving.gif")).to_contain_text("Uploaded")
    assert requests.get(link(page, "moving.gif"), timeout=60).headers["Content-Type"] == "image/gif"


def animation(content_type: str, behind: int) -> bytes:
    """Make an animation of three frames, with so many bytes of text before the first."""
    frames = [Image.effect_noise((320, 240), 50 + number) for number in range(3)]
    buffer = io.BytesIO()
    options: dict[str, Any] = {"duration": 100, "loop": 0, "save_all": True, "append_images": frames[1:]}
    if content_type == "image/png":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("Comment", "secret ".ljust(behind, "x"))
    frames[0].save(buffer, content_type.removeprefix("image/"), **options)
    return buffer.getvalue()


@pytest.mark.parametrize("content_type", ["image/png", "image/webp"])
def test_animation_is_not_made_smaller_however_much_stands_in_front(page: Page, content_type: str) -> None:
    data = animation(content_type, 200_000)
    page.get_by_text("Options", exact=True).click()
    # It would become smaller: a frame alone does.
    page.get_by_label("Make smaller").select_option("1280")
    still = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(still, "PNG")
    moving = "moving." + content_type.removeprefix("image/")
    choose(page, file(moving, data, content_type), file("still.png", still.getvalue()))
    expect(row(page, moving)).to_contain_text("Uploaded")
    expect(row(page, "still.png")).to_contain_text("Uploaded")
    assert requests.get(link(page, "still.png"), timeout=60).headers["Content-Type"] == "image/webp"
    seen = requests.get(link(page, moving), timeout=60)
    assert seen.headers["Content-Type"] == content_type
    assert b"secret" not in seen.content
    assert pixels(seen.content) == pixels(data)
    assert len(pixels(data)) == 3


def test_transparent_picture_as_jpeg_has_a_white_ground(page: Page) -> None:
    buffer = io.BytesIO()
    drawn = Image.effect_noise((1600, 1200), 200).convert("RGBA")
    drawn.paste((0, 0, 0, 0), (400, 300, 1200, 900))
    drawn.save(buffer, "PNG")
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Make smaller").select_option("1280")
    page.get_by_label("Format", exact=True).select_option("image/jpeg")
    choose(page, file("clear.png", buffer.getvalue()))
    expect(row(page, "clear.png")).to_contain_text("1280 × 960")
    seen = Image.open(io.BytesIO(requests.get(link(page, "clear.png"), timeout=60).content))
    assert seen.format == "JPEG"
    assert min(seen.crop((640, 480, 641, 481)).tobytes()) > 250
