"""How much a first visit fetches."""

import gzip
from typing import Any

import requests
from playwright.sync_api import Page

#: Bytes of JavaScript with gzip, until the page can be used; and all that an ordinary visit will use of it.
BUDGET, BUDGET_OF_ALL = 90_000, 112_000


def test_first_load_is_light(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    fetched: list[dict[str, Any]] = page.evaluate("performance.getEntriesByType('resource')")
    scripts = {each["name"]: each["startTime"] for each in fetched if each["name"].endswith(".js")}
    weights = {url: len(gzip.compress(requests.get(url, timeout=60).content)) for url in scripts}
    # The rest is fetched once the page can be used: what prepares pictures, and what shows the list of them.
    usable = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventStart")
    assert 0 < sum(weights[url] for url, start in scripts.items() if start < usable) <= BUDGET, weights
    assert sum(weight for url, weight in weights.items() if "/worker-" not in url) <= BUDGET_OF_ALL, weights
    later = {url.rsplit("/", 1)[1].split("-")[0] for url, start in scripts.items() if start >= usable}
    assert later > {"worker", "UploadList", "OptionFields"}, scripts
