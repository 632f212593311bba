"""Files that are two things at once: the API publishes them with the type of their head, or not at all.

Nothing behind a head is looked at, so HTML, scripts and archives can be in what is published. What keeps them from
being run is the type that they are served with: here it is held on the real store, tests/e2e/test_served.py shows what
Chromium makes of it. `nosniff` and a sandbox are added by CloudFront alone (tests/deploy/checks/headers.py holds it).
"""

import io
import struct
import zipfile
import zlib
from pathlib import PurePath
from typing import Any

import pytest
import requests
from botocore.awsrequest import AWSHTTPConnectionPool
from PIL import Image as Pillow
from PIL import PngImagePlugin

from app import create_app
from app.pictures import EXTENSIONS, HEAD_BYTES, MAX_HEAD_BYTES
from config import Config
from tests.conftest import FORMATS, picture
from tests.contract.conftest import User

HTML = b"<!doctype html><html><script>document.title='run';alert(1)</script></html>"
PHP = b"<?php system($_GET['c']); __HALT_COMPILER(); ?>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
JPEG, PNG, GIF, WEBP, AVIF = (picture(content_type) for content_type in FORMATS)


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(name, HTML)
    return buffer.getvalue()


def png_with_text(kind: bytes) -> bytes:
    notes = PngImagePlugin.PngInfo()
    match kind:
        case b"iTXt":
            notes.add_itxt("Comment", HTML.decode())
        case _:
            notes.add_text("Comment", HTML.decode(), zip=kind == b"zTXt")
    buffer = io.BytesIO()
    with Pillow.open(io.BytesIO(PNG)) as image:
        image.save(buffer, "PNG", pnginfo=notes)
    assert kind in buffer.getvalue()
    return buffer.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return PNG[:33] + chunk + PNG[33:]


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return JPEG[:2] + struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data + JPEG[2:]


def webp_chunk(data: bytes) -> bytes:
    data += bytes(len(data) % 2)
    webp = WEBP + b"HTML" + struct.pack("<I", len(data)) + data
    return webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]


def avif_box(kind: bytes, data: bytes) -> bytes:
    """Put a box before the picture."""
    start = int.from_bytes(AVIF[:4])
    new = struct.pack(">I4s", len(data) + 8, kind) + data
    # The picture's data has moved.
    at = AVIF.index(b"mdat") + 4
    return AVIF[:start] + new + AVIF[start:].replace(struct.pack(">I", at), struct.pack(">I", at + len(new)))


def gif_script() -> bytes:
    """Return a picture of 10799 × 1 pixels that is also a script: GIF89a is a name, and the pixels are a comment."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 8, 1, 0) + b"\2\2\x84\x51\0;"
    return (
        b"GIF89a/*" + struct.pack("<HBBB", 1, 0x80, 0, 0) + bytes(6) + frame + b"*/=1;document.title='run';alert(1)//"
    )


def jpeg_script() -> bytes:
    """Return a JPEG whose first segment's length is the `/*` of a script in ISO-8859-1."""
    body = bytes(0x2F2A - 2)
    comment = b"*/=1;document.title='run';alert(1)/*"
    return (
        JPEG[:2] + b"\xff\xfe\x2f\x2a" + body + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + JPEG[2:]
    )


POLYGLOTS = {
    "gif-script": gif_script(),
    "gif-script-behind": GIF + b"\n;document.title='run'//",
    "gif-jar": GIF + archive("META-INF/MANIFEST.MF"),
    "gif-html-behind": GIF + HTML,
    "jpeg-script": jpeg_script(),
    "jpeg-zip": JPEG + archive("index.html"),
    "jpeg-html-comment": jpeg_segment(0xFE, HTML),
    "jpeg-script-comment": jpeg_segment(0xFE, b"*/=1;document.title='run'//"),
    "jpeg-html-xmp": jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SVG),
    "jpeg-pdf-comment": jpeg_segment(0xFE, b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
    "jpeg-php": JPEG + PHP,
    "png-tEXt": png_with_text(b"tEXt"),
    "png-iTXt": png_with_text(b"iTXt"),
    "png-zTXt": png_with_text(b"zTXt"),
    "png-html-chunk": png_chunk(b"tEXt", b"HTML\0" + HTML * 100),
    "png-html-behind": PNG + HTML,
    "png-php-behind": PNG + PHP,
    "png-palette-php": png_chunk(b"PLTE", PHP[:45]),
    "png-svg-behind": PNG + SVG,
    "webp-html-chunk": webp_chunk(HTML),
    "avif-free": avif_box(b"free", HTML),
    "avif-uuid": avif_box(b"uuid", bytes(16) + HTML),
    "avif-html-behind": AVIF + struct.pack(">I4s", len(HTML) + 8, b"free") + HTML,
}
REFUSED = {
    "bmp-with-gif": b"BM" + struct.pack("<IIII", 500, 0, 54, 40) + bytes(36) + GIF,
    "mz-with-gif": b"MZ" + bytes(58) + struct.pack("<I", 64) + GIF,
    "pdf-with-jpeg": b"%PDF-1.7\n" + JPEG,
    "zip-with-png": archive("a.png") + PNG,
    "svg": SVG,
    "svg-with-png": SVG + PNG,
    "html": HTML,
    "html-with-gif-name": b"GIF89" + HTML,
    "html-with-gif-magic": b"GIF89a" + HTML,
    "html-with-gif-magic-only": b"GIF89a<html><script>alert(1)</script>",
    "html-with-png-magic": PNG[:8] + HTML,
    "html-with-jpeg-magic": JPEG[:3] + HTML,
    "html-with-webp-magic": WEBP[:12] + HTML,
    "html-with-avif-magic": AVIF[:32] + HTML,
    "gif-behind-space": b" " + GIF,
    "gif-behind-newline": b"\r\n" + GIF,
    "gif-behind-mark": b"\xef\xbb\xbf" + GIF,
    "gif-behind-wide-mark": b"\xff\xfe" + GIF,
    "jpeg-behind-nul": b"\0" + JPEG,
    "png-behind-html-comment": b"<!--" + PNG + b"-->" + HTML,
    "mht-with-jpeg": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + HTML + JPEG,
    "png-without-picture": PNG[:33] + png_chunk(b"tEXt", HTML)[33 : -len(PNG[33:])] + PNG[-12:],
    "jpeg-without-scan": jpeg_segment(0xFE, HTML)[: len(HTML) + 6] + b"\xff\xd9",
}


@pytest.fixture(scope="module")
def user(store: Config) -> User:
    """Return one app for all tests: to make one takes longer than the tests."""
    return User(create_app(store).test_client().post)


def stored(owner: Any, upload: dict[str, Any]) -> list[str]:
    """Return the objects of an upload in the store, staged or public."""
    prefixes = (f"{folder}/{upload['uploadId']}" for folder in ("incoming", "uploads"))
    return [item.key for prefix in prefixes for item in owner.objects.filter(Prefix=prefix)]


@pytest.mark.parametrize("name", POLYGLOTS)
def test_polyglot_is_served_as_what_its_head_says(user: User, name: str) -> None:
    data = POLYGLOTS[name]
    content_type = f"image/{name.partition('-')[0]}"
    result = user.publish(data, content_type, filename=f"{name}.html")
    assert result["contentType"] == content_type
    assert PurePath(result["viewURL"]).suffix[1:] in EXTENSIONS[content_type]
    seen = requests.get(result["viewURL"], timeout=60)
    assert (seen.headers["Content-Type"], seen.content) == (content_type, data)
    name = f"{name}.html.{EXTENSIONS[content_type][0]}"
    assert seen.headers["Content-Disposition"] == f"inline; filename*=UTF-8''{name}"


@pytest.mark.parametrize("name", ["content-type=text/html", "content-disposition=attachment", "cache-control=no-store"])
def test_visitor_can_not_choose_the_headers_of_an_answer(user: User, name: str) -> None:
    # AWS answers 400: "Request specific response headers cannot be used for anonymous GET requests."
    # CloudFront, as deployed, drops the query (tests/deploy/checks/cdn.py), and so does the edge, which serves here.
    link = user.publish(PNG + HTML, "image/png")["viewURL"]
    header, value = name.split("=")
    assert requests.get(f"{link}?response-{name}", timeout=60).headers.get(header) != value


@pytest.mark.parametrize("name", POLYGLOTS)
def test_polyglot_is_not_published_as_another_type(user: User, owner: Any, name: str) -> None:
    for content_type in FORMATS.keys() - {f"image/{name.partition('-')[0]}"}:
        upload = user.stage(POLYGLOTS[name], content_type)
        answer = user.complete(upload)
        assert (answer.status_code, answer.json["code"]) == (422, "type_mismatch")
        assert stored(owner, upload) == []


@pytest.mark.parametrize("name", REFUSED)
def test_something_else_is_not_published(user: User, owner: Any, name: str) -> None:
    for content_type in FORMATS:
        upload = user.stage(REFUSED[name], content_type)
        answer = user.complete(upload)
        assert (answer.status_code, answer.json["code"]) == (422, "not_an_image"), content_type
        assert stored(owner, upload) == []


@pytest.mark.parametrize(
    "content_type", ["text/html", "image/svg+xml", "image/png, text/html", "image/png;a", "IMAGE/PNG"]
)
def test_no_other_type_can_be_asked_for(user: User, content_type: str) -> None:
    answer = user.post("/uploads/init", json={"contentType": content_type, "size": 9})
    assert answer.status_code == 422


# What `complete` reads from the store


@pytest.fixture
def ranges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the first and last byte of every requested part, and check that the store sent no more."""
    asked: list[tuple[int, int]] = []
    send = AWSHTTPConnectionPool.urlopen

    def record(pool: Any, method: str, url: str, body: Any, headers: Any, *args: Any, **options: Any) -> Any:
        answer = send(pool, method, url, body, headers, *args, **options)
        if method == "GET":
            first, last = map(int, headers["Range"].removeprefix("bytes=").split("-"))
            asked.append((first, last))
            assert int(answer.headers["Content-Length"]) <= last - first + 1
        return answer

    monkeypatch.setattr(AWSHTTPConnectionPool, "urlopen", record)
    return asked


LONG = 5 * 1024 * 1024


def profile(length: int) -> bytes:
    segment = b"\xff\xe2" + struct.pack(">H", 65_000) + bytes(64_998)
    return JPEG[:2] + segment * (length // len(segment)) + JPEG[2:]


@pytest.mark.parametrize(
    ("data", "parts", "status"),
    [
        (JPEG, 1, 201),
        (JPEG + bytes(LONG), 1, 201),
        (profile(300_000) + bytes(LONG), 2, 201),
        (profile(300_000), 2, 201),
        (profile(LONG), 2, 422),
        (JPEG[:2] + b"\xff\xfe\xff\xff" * (LONG // 4), 2, 422),
        (b"\xff" * LONG, 1, 422),
        (b"GIF89a" + bytes(7) + b"\x21\xfe" + (b"\xff" + bytes(255)) * (LONG // 256), 2, 422),
        (AVIF[:32] + struct.pack(">I4s", LONG, b"free") + bytes(LONG), 2, 422),
        (AVIF[:32] + struct.pack(">I4sQ", 1, b"mdat", LONG) + bytes(LONG) + AVIF[32:], 2, 422),
        (HTML.ljust(LONG), 1, 422),
    ],
    ids=[
        "small", "long", "profile", "profile-small", "profile-too-long", "comments", "fill", "gif-comment", "avif-free",
        "avif-meta-last", "html",
    ],
)  # fmt: skip
def test_complete_asks_for_no_more_than_a_head(
    user: User, ranges: list[tuple[int, int]], data: bytes, parts: int, status: int
) -> None:
    kind = {b"GIF8": "image/gif", AVIF[:4]: "image/avif"}.get(data[:4], "image/jpeg")
    upload = user.stage(data, kind)
    assert user.complete(upload).status_code == status
    assert ranges == [(0, HEAD_BYTES - 1), (HEAD_BYTES, min(len(data), MAX_HEAD_BYTES) - 1)][:parts]
