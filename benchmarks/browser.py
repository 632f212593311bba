"""Debian's Chromium, and the servers that `make run` starts."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.photos import photo
from tests.rigs.server import Server

CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: As in tests/e2e/conftest.py: no sandbox, because CI runs as root, and no calls to Chromium's makers.
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
#: 12 megapixels, about 5 MB.
PHOTO: Final = (4000, 3000)
QUALITY: Final = 77


@contextmanager
def running() -> Iterator[Server]:
    """Start gunicorn and SeaweedFS in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "instance")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    if CHROMIUM is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser, script: str) -> Iterator[tuple[Page, BrowserContext, CDPSession]]:
    """Open a page with an empty cache, in which `script` runs first."""
    context = browser.new_context()
    try:
        # With a loopback interface only, Chromium believes that it is offline.
        context.add_init_script('Object.defineProperty(Navigator.prototype, "onLine", { get: () => true });')
        context.add_init_script(script)
        page = context.new_page()
        yield page, context, context.new_cdp_session(page)
    finally:
        context.close()


def photos(folder: Path, count: int) -> list[Path]:
    """Write photos as large as a phone's, each different."""
    paths = []
    for number in range(count):
        path = folder / f"photo-{number:03}.jpg"
        path.write_bytes(photo(*PHOTO, seed=number, quality=QUALITY))
        paths.append(path)
    return paths
