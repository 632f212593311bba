"""Names that other sites point to this machine, and service workers, in Chromium."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.e2e.conftest import REBOUND
from tests.rigs.server import Server

# They ask which service workers come to life.
pytestmark = pytest.mark.browser_context_args(service_workers="allow")

INIT = """() => fetch("/uploads/init", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ contentType: "image/png", size: 3 }),
}).then(async answer => [answer.status, (await answer.json()).code ?? "signed"])"""
REGISTER = "path => navigator.serviceWorker.register(path).then(() => 'planted', error => error.name)"


def test_site_whose_name_is_this_machine_reaches_neither_page_nor_api(
    browser: Browser, server: Server, request: pytest.FixtureRequest
) -> None:
    site = urlsplit(server.url)
    address = f"{site.scheme}://{REBOUND}:{site.port}"
    with browser.new_context() as context:
        page = context.new_page()
        if request.config.getoption("--front") == "https":
            # The edge has no certificate for that name.
            with pytest.raises(PlaywrightError, match="ERR_SSL"):
                page.goto(address)
            return
        answer = page.goto(address)
        assert answer
        assert answer.status == 421
        assert "ALLOWED_HOSTS" in answer.text()
        # From here on the browser takes page and server for one origin.
        assert page.evaluate(INIT) == [421, "unknown_host"]
        for path in ("/share.js", "/manifest.json", "/openapi.json", "/uploads/limits"):
            assert page.evaluate("path => fetch(path).then(answer => answer.status)", path) == 421
        # Under the right name the server answers the same browser.
        page.goto(server.url)
        assert page.evaluate(INIT) == [201, "signed"]


def test_nothing_but_the_pages_own_becomes_a_service_worker(page: Page, complaints: list[str]) -> None:
    script = page.locator("script").get_attribute("src")
    worker = script.replace("index", "worker")
    assert {path: page.evaluate(REGISTER, path) for path in (script, worker, "/openapi.json", "/share.js?x")} == {
        script: "TypeError",
        worker: "TypeError",
        "/openapi.json": "TypeError",
        # The same script.
        "/share.js?x": "planted",
    }
    complaints.clear()
