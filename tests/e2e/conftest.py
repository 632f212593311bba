"""Debian's Chromium and the servers of `make run`."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, Playwright, Route, expect

from config import ROOT
from tests.rigs import nginx
from tests.rigs.listener import listening
from tests.rigs.server import Server

#: Milliseconds to wait for what must happen, on a busy machine too.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        for item in items:
            if "/e2e/" in str(item.path):
                item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


#: The site of `--front=https` and of test_https.py. No server of names knows it, nor that of `--front=nginx`.
HTTPS_HOST = "img.example.test"
#: A site of somebody else, whose server of names sends visitors to this machine.
REBOUND = "evil.example"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    # No sandbox, because CI runs as root. The other switches keep Chromium from calling its makers.
    quiet = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
    # The tests in Python verify the certificate. Chromium would need another list of authorities for that.
    https = (
        "--host-resolver-rules=" + ",".join(f"MAP {name} 127.0.0.1" for name in (HTTPS_HOST, nginx.SITE, REBOUND)),
        "--ignore-certificate-errors",
    )
    return {"executable_path": CHROMIUM, "args": [*quiet, "--disable-sync", "--no-first-run", *https]}


@pytest.fixture(scope="session", autouse=True)
def resolver() -> Iterator[None]:
    """Let this process resolve the sites' names, too."""
    resolve = socket.getaddrinfo

    def known(host: Any, *others: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host in (HTTPS_HOST, nginx.SITE) else host, *others, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", known)
        yield


def ask(route: Route) -> requests.Response:
    """Send what the page asks the API; route.fetch() knows neither the names nor the certificates of these sites."""
    return requests.post(route.request.url, json=route.request.post_data_json, timeout=60)


def elsewhere() -> Iterator[str]:
    """Serve an empty page, and yield its origin."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with listening(Page) as other:
        yield f"http://localhost:{other.server_port}"


friend = pytest.fixture(elsewhere, scope="session", name="friend")
stranger = pytest.fixture(elsewhere, scope="session", name="stranger")


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, friend: str, resolver: None, request: pytest.FixtureRequest
) -> Iterator[Server]:
    front = request.config.getoption("--front")
    folder = tmp_path_factory.mktemp("instance")
    server = Server(folder, CORS_ORIGINS=friend)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        if front == "https":
            server.run_by_https(HTTPS_HOST)
        elif front == "nginx":
            proxy = nginx.Nginx(tmp_path_factory.mktemp("nginx"), server.port)
            server.url = f"https://{nginx.SITE}:{proxy.port}"
            server.env |= {"SITE_URL": server.url, "TLS": "off", "TRUSTED_PROXIES": "1"}
            server.certificate = proxy.certificate
            proxy.start()
            stack.callback(proxy.stop)
        server.start()
        stack.callback(server.end)
        if server.certificate:
            patch.setitem(os.environ, "REQUESTS_CA_BUNDLE", str(server.certificate))
        yield server


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Start no service worker, except where a test is about it: requests that begin as one wakes up pass no route."""
    return {**browser_context_args, "service_workers": "block"}


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def complaints() -> list[str]:
    """Fail if the console says anything; a test that causes errors on purpose clears the list."""
    return []


def listen(page: Page, complaints: list[str]) -> None:
    """Add to `complaints` whatever the page's console says, and the errors that nobody catches."""

    def complain(message: ConsoleMessage) -> None:
        if message.text != "Service Worker registration blocked by Playwright":
            complaints.append(f"{message.text} ({message.location['url']})")

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))


@pytest.fixture
def page(context: BrowserContext, server: Server, complaints: list[str]) -> Iterator[Page]:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page = context.new_page()
    listen(page, complaints)
    page.goto(server.url)
    page.locator("input[type=file][multiple]").wait_for(state="attached")
    yield page
    assert complaints == []


@pytest.fixture
def phone(browser: Browser, playwright: Playwright, server: Server) -> Iterator[Page]:
    """The page on a phone: a small touch screen, without a pointer that hovers."""
    with browser.new_context(**playwright.devices["Pixel 7"]) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(server.url)
        yield page


@pytest.fixture
def look(page: Page) -> Callable[..., None]:
    """Take a picture of the page for people to look at, in test-results/."""

    def take(name: str, shown: Page = page, whole: bool = True) -> None:
        shown.screenshot(path=ROOT / "test-results" / f"{name}.png", full_page=whole)

    return take


@pytest.fixture
def line(page: Page) -> CDPSession:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    return devtools
