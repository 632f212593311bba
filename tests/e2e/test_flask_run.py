"""`flask run` on any port, without settings, in a real browser."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import BrowserContext, expect

from tests.conftest import picture
from tests.contract.conftest import User
from tests.e2e.test_page import choose, file, link
from tests.rigs.server import Server

PNG = picture("image/png")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.run_by_flask("--port", str(server.port)).start()
    yield server
    server.end()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_page_of_flask_run_uploads(context: BrowserContext, server: Server, host: str) -> None:
    page = context.new_page()
    page.goto(f"http://{host}:{server.port}")
    choose(page, file("cat.png", PNG))
    expect(page.get_by_role("textbox", name="Link to cat.png", exact=True)).to_be_visible(timeout=30_000)
    assert requests.get(link(page, "cat.png"), timeout=60).content == PNG


def test_album_is_saved_as_one_file_where_pictures_have_another_origin(context: BrowserContext, server: Server) -> None:
    links = [User(server.post).publish(PNG, "image/png", filename="cat.png")["viewURL"] for _ in range(2)]
    album = server.post("/albums", json={"pictures": [{"viewURL": each} for each in links]}).json
    assert urlsplit(links[0]).netloc != urlsplit(album["albumURL"]).netloc
    page = context.new_page()
    page.goto(album["albumURL"])
    page.wait_for_function("() => [...document.images].every(image => image.complete && image.naturalWidth > 0)")
    page.evaluate("delete window.showSaveFilePicker")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [PNG, PNG]
