"""One address with HTTPS, in a real browser. `pytest tests/e2e --front=https` runs all of them so."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import BrowserContext, expect

from tests.conftest import picture
from tests.e2e.conftest import HTTPS_HOST, listen
from tests.e2e.test_page import choose, file, link
from tests.rigs.server import Server

PNG = picture("image/png")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, resolver: None) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("instance")).run_by_https(HTTPS_HOST)
    server.start()
    yield server
    server.end()


def test_page_uploads_by_http_2(context: BrowserContext, secure: Server, complaints: list[str]) -> None:
    page = context.new_page()
    listen(page, complaints)
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))
    page.goto(secure.url)
    choose(page, file("cat.png", PNG))
    expect(page.get_by_role("textbox", name="Link to cat.png", exact=True)).to_be_visible()
    address = link(page, "cat.png")
    assert address.startswith(f"{secure.url}/i/")
    assert requests.get(address, timeout=60, verify=secure.verify).content == PNG
    used = page.evaluate("performance.getEntriesByType('resource').map(each => each.nextHopProtocol)")
    assert set(used) & {"h2", "h3"}
    assert not set(used) & {"http/1.1"}
    # One origin: no browser asks before it sends.
    assert "OPTIONS" not in methods
    assert complaints == []
    page.goto(address)
    assert page.evaluate("document.images[0].naturalWidth") == 64
