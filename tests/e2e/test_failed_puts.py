"""What a person reads where the browser can't PUT to the store, and what the operator then finds in the log."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from app import create_app
from app.embedded import keys
from app.embedded.seaweedfs import S3_OFFSET
from app.storage import Storage, Upkeep
from config import Config
from tests.conftest import free_port, picture
from tests.e2e.test_page import choose, file, row
from tests.rigs.faults import Proxy, canned
from tests.rigs.listener import serving
from tests.rigs.server import Server, until

PNG = picture("image/png")
OPEN = "Access-Control-Allow-Origin: *\r\n"


@pytest.fixture(scope="module")
def bucket(server: Server, configure: Callable[..., Config]) -> Config:
    """Settings for a bucket of the running SeaweedFS, past its edge, which takes the pages of no origin yet."""
    instance = Path(server.env["INSTANCE_PATH"])
    config = configure(
        s3_bucket="elsewhere",
        s3_endpoint_url=f"http://127.0.0.1:{server.s3_port + S3_OFFSET}",
        credentials=keys.credentials(instance / "seaweedfs"),
        rate_limit="600 per minute",
    )
    Upkeep(config, Storage(config)).set_up(["https://another.test"])
    return config


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(server.s3_port + S3_OFFSET)
    yield proxy
    proxy.close()


@pytest.fixture
def reports(caplog: pytest.LogCaptureFixture) -> Callable[[], list[Any]]:
    """Return a call that waits for a report in the log, and returns all that are there."""
    caplog.set_level(logging.INFO)

    def read() -> list[Any]:
        def lines() -> list[Any]:
            return [line for line in caplog.records if hasattr(line, "put_status")]

        until(lambda: bool(lines()))
        return lines()

    return read


@contextmanager
def page_of(config: Config, context: BrowserContext) -> Iterator[Page]:
    """Serve page and API, and open the page."""
    port = free_port()
    app = create_app(replace(config, site_url=f"http://localhost:{port}", port=port))
    with serving(make_server("127.0.0.1", port, app, threaded=True)):
        page = context.new_page()
        page.goto(f"http://localhost:{port}")
        yield page
        page.close()


def says(page: Page, *sentences: str) -> None:
    """Wait until the row of the one picture, and what screen readers hear, have these sentences."""
    for sentence in sentences:
        expect(row(page, "cat.png")).to_contain_text(sentence)
        expect(page.locator("[role=status][aria-relevant=additions]")).to_contain_text(sentence)


def test_store_without_cors_for_the_page(bucket: Config, context: BrowserContext, reports: Any) -> None:
    with page_of(bucket, context) as page:
        choose(page, file("cat.png", PNG))
        host = str(bucket.s3_endpoint_url).removeprefix("http://")
        origin = page.url.rstrip("/")
        says(page, f"Your browser is not let through to {host}", f"allow uploads from {origin} there (CORS)")
        [line] = reports()
        assert (line.kind, line.put_status, line.host) == ("unreachable", None, bucket.s3_endpoint_url)
        # It tries on meanwhile: when the operator has mended it, the picture goes up.
        Upkeep(bucket, Storage(bucket)).set_up([origin])
        expect(row(page, "cat.png")).to_contain_text("Uploaded")
        expect(row(page, "cat.png")).not_to_contain_text("not let through")


def test_address_for_browsers_that_they_can_not_reach(bucket: Config, context: BrowserContext, reports: Any) -> None:
    port = free_port()
    nowhere = replace(bucket, s3_public_endpoint_url=f"http://localhost:{port}")
    with page_of(nowhere, context) as page:
        choose(page, file("cat.png", PNG))
        says(page, f"not let through to localhost:{port}", "make it reachable for browsers")
        [line] = reports()
        assert (line.kind, line.host) == ("unreachable", f"http://localhost:{port}")


@pytest.mark.parametrize("readable", [True, False], ids=["same-cors", "nginx"])
def test_proxy_that_limits_bodies(
    bucket: Config, context: BrowserContext, proxy: Proxy, reports: Any, readable: bool
) -> None:
    behind = replace(bucket, s3_public_endpoint_url=proxy.url)
    too_large = canned(413, b"<h1>413 Request Entity Too Large</h1>", "text/html", OPEN if readable else "")
    with page_of(behind, context) as page, proxy.broken(too_large, "^PUT "):
        Upkeep(behind, Storage(behind)).set_up([page.url.rstrip("/")])
        choose(page, file("cat.png", PNG))
        if readable:
            says(page, "(status 413)", "Choose a smaller picture")
        else:
            # nginx sends no CORS headers with its own 413: the browser hides the status from the page.
            says(page, "breaks off while the picture is sent", "raise the limit of a proxy there")
        [line] = reports()
        assert (line.kind, line.put_status) == (("too_large", 413) if readable else ("cut", None))
        assert "limits bodies" in line.getMessage() or "MAX_UPLOAD_BYTES" in line.getMessage()


def test_signature_that_the_store_refuses(bucket: Config, context: BrowserContext, reports: Any) -> None:
    assert bucket.credentials
    wrong = replace(bucket, credentials=(bucket.credentials[0], "not the secret of this key"))
    with page_of(wrong, context) as page:
        Upkeep(bucket, Storage(bucket)).set_up([page.url.rstrip("/")])
        choose(page, file("cat.png", PNG))
        says(page, "refused the signature of this upload (status 403)", "check its clock, its keys")
        expect(row(page, "cat.png").get_by_role("button", name="Try again: cat.png")).to_be_visible()
        [line] = reports()
        assert (line.kind, line.put_status) == ("forbidden", 403)
        assert "proxy in front of it changes Host" in line.getMessage()
