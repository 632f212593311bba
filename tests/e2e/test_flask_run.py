"""`flask run` on any port, without settings, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, expect

from tests.conftest import picture
from tests.e2e.test_page import choose, file, link
from tests.rigs.server import Server

PNG = picture("image/png")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.run_by_flask("--port", str(server.port)).start()
    yield server
    server.stop()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_page_of_flask_run_uploads(context: BrowserContext, server: Server, host: str) -> None:
    page = context.new_page()
    page.goto(f"http://{host}:{server.port}")
    choose(page, file("cat.png", PNG))
    expect(page.get_by_role("textbox", name="Link to cat.png", exact=True)).to_be_visible(timeout=30_000)
    assert requests.get(link(page, "cat.png"), timeout=60).content == PNG
