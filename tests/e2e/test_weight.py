"""How much a first visit fetches."""

import gzip

import requests
from playwright.sync_api import Page

#: Bytes of JavaScript, with gzip.
BUDGET = 90_000


def test_first_load_is_light(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    fetched = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    scripts = {url: len(gzip.compress(requests.get(url, timeout=60).content)) for url in fetched if url.endswith(".js")}
    before_use = [url for url in scripts if "/worker-" not in url]
    # The browser fetches the worker once the page is usable.
    assert 0 < sum(scripts[url] for url in before_use) <= BUDGET, scripts
