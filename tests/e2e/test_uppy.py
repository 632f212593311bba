"""docs/uppy.md with the file that the server gives: pictures go through Uppy to the store, from two origins."""

import functools
import re
import subprocess
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Dialog, FilePayload, Page, Route, expect

from config import ROOT
from tests.conftest import picture
from tests.rigs.listener import listening
from tests.rigs.server import Server

RECIPE = (ROOT / "docs" / "uppy.md").read_text()
ADDRESS = "http://localhost:8000"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve a folder; yield its origin, and the folder."""
    folder = tmp_path_factory.mktemp("uppy")

    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Files, directory=str(folder / "dist"))
    with listening(handler) as files:
        yield f"http://localhost:{files.server_port}", folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shop: tuple[str, Path]) -> Iterator[Server]:
    """Start an image host that lets the pages of the shop upload, and build these with its address."""
    origin, folder = shop
    server = Server(tmp_path_factory.mktemp("instance"), CORS_ORIGINS=origin)
    server.start()
    assert f"{ADDRESS}/clients/uppy.js" in RECIPE
    (folder / "imageHost.js").write_text(requests.get(f"{server.url}/clients/uppy.js", timeout=60).text)
    [(name, code)] = re.findall(r"^```js\n// (\S+)\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)
    (folder / name).write_text(code)
    [body] = re.findall(r"^```html\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)
    (folder / "index.html").write_text(f'<!doctype html><link rel="icon" href="data:,">{body}')
    (folder / "node_modules").symlink_to(ROOT / "tests" / "uppy" / "node_modules")
    command = [str(ROOT / "frontend/node_modules/.bin/vite"), "build", "--base", "./", "--target", "es2022"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    yield server
    server.end()


@pytest.fixture(params=["another origin", "the same origin"])
def shown(request: pytest.FixtureRequest, page: Page, server: Server, shop: tuple[str, Path]) -> Page:
    """Open the page of the recipe, as one of the shop or as one of the image host."""
    origin, folder = shop
    if request.param == "the same origin":

        def serve(route: Route) -> None:
            route.fulfill(path=folder / "dist" / (route.request.url.partition("/shop/")[2] or "index.html"))

        origin = f"{server.url}/shop"
        page.route(f"{origin}/**", serve)
    page.goto(f"{origin}/")
    expect(page.locator(".uppy-Dashboard-AddFiles")).to_be_visible()
    return page


def choose(page: Page, **files: bytes) -> None:
    chosen: list[FilePayload] = [
        {"name": f"{name}.png", "mimeType": "image/png", "buffer": data} for name, data in files.items()
    ]
    page.locator(".uppy-Dashboard-input").first.set_input_files(chosen)
    page.get_by_role("button", name=re.compile("^Upload [0-9]+ file")).click()


def test_pictures_are_published(shown: Page, server: Server) -> None:
    pictures = {name: picture("image/png", (40 + size, 30)) for size, name in enumerate(("one", "two", "three"))}
    choose(shown, **pictures)
    expect(shown.locator("#links a")).to_have_count(3)
    links = [str(link.get_attribute("href")) for link in shown.locator("#links a").all()]
    assert sorted(requests.get(link, timeout=60).content for link in links) == sorted(pictures.values())
    assert all(link.startswith(f"{server.url}/i/") for link in links)


def test_refused_file_is_shown_with_the_sentence_of_the_api(shown: Page, complaints: list[str]) -> None:
    choose(shown, good=picture("image/png"), bad=b"<html>no picture</html>")
    # The good one is published all the same.
    expect(shown.locator("#links a")).to_have_count(1)
    bad = shown.locator(".uppy-Dashboard-Item", has_text="bad.png")
    expect(bad).to_have_class(re.compile("is-error"))
    told: list[str] = []

    def read(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    shown.on("dialog", read)
    bad.locator(".uppy-Dashboard-Item-errorDetails").click()
    assert told == ["The file is a web page, not a picture."]
    # The console tells of the answer 422, and Uppy of its error.
    assert complaints
    complaints.clear()
