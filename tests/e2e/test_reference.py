"""The reference of the API: every call, for builders, from this server alone."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.conftest import picture
from tests.e2e.test_accessibility import assert_no_barrier
from tests.rigs.server import Server


@pytest.fixture
def asked(page: Page, server: Server) -> list[str]:
    """Open the reference where nothing but this server can be reached; return the addresses of what it asks for."""
    urls: list[str] = []

    def serve(route: Route) -> None:
        urls.append(route.request.url)
        if route.request.url.startswith(f"{server.url}/"):
            route.continue_()
        else:
            route.abort()

    page.context.route("**/*", serve)
    # Such a link must not make this page show, and call, somebody else's API.
    page.goto(f"{server.url}/reference?url=https://evil.example/a.json&configUrl=https://evil.example/b.json")
    expect(page.locator(".opblock").first).to_be_visible()
    return urls


def operation(page: Page, path: str) -> str:
    """Open the first call of a path, and return the selector of its block."""
    block = f".opblock:has([data-path='{path}'])"
    page.locator(f"{block} .opblock-summary-control").first.click()
    expect(page.locator(f"{block} .opblock-body").first).to_be_visible()
    return block


def test_every_call_is_shown_and_nobody_else_is_asked(page: Page, server: Server, asked: list[str]) -> None:
    # The console, which must be silent, would tell of whatever the page's policy refuses.
    document = requests.get(f"{server.url}/openapi.json", timeout=60).json()
    calls = {
        (method.upper(), path)
        for path, found in document["paths"].items()
        for method in found
        if method != "parameters"
    }
    expect(page.locator(".opblock")).to_have_count(len(calls))
    shown = page.locator(".opblock-summary-control").all()
    names = [call.locator(".opblock-summary-method, .opblock-summary-path").all_inner_texts() for call in shown]
    # Lines of a long path may break behind each slash.
    assert {(method, path.replace("\u200b", "")) for method, path in names} == calls
    for path in document["paths"]:
        operation(page, path)
    expect(page.locator(".opblock-body:visible")).to_have_count(len(document["paths"]))
    assert f"{server.url}/openapi.json" in asked
    assert [url for url in asked if not url.startswith(f"{server.url}/")] == []


def test_error_is_shown_with_its_example(page: Page, asked: list[str]) -> None:
    block = operation(page, "/uploads/complete")
    answer = page.locator(f"{block} tr.response[data-code='409']")
    expect(answer).to_contain_text("The picture is not in the store yet.")
    answer.get_by_label("Example", exact=True).select_option("upload_changed")
    expect(answer).to_contain_text("The picture changed in the store while it was checked.")


def test_call_is_tried_out(page: Page, server: Server, asked: list[str]) -> None:
    block = operation(page, "/uploads/init")
    page.locator(block).get_by_role("button", name="Try it out").click()
    with page.expect_response(f"{server.url}/uploads/init") as answered:
        page.locator(block).get_by_role("button", name="Execute").click()
    assert answered.value.status == 201
    expect(page.locator(f"{block} .live-responses-table")).to_contain_text("uploadToken")


def test_picture_is_tried_out(page: Page, server: Server, asked: list[str], complaints: list[str]) -> None:
    block = page.locator(operation(page, "/uploads"))
    block.get_by_role("button", name="Try it out").click()
    chosen: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": picture("image/png")}
    block.locator("input[type=file]").set_input_files(chosen)
    with page.expect_response(f"{server.url}/uploads") as answered:
        block.get_by_role("button", name="Execute").click()
    assert answered.value.status == 201
    assert answered.value.json()["expiresAt"] is None
    expect(block.locator(".live-responses-table")).to_contain_text("viewURL")
    # Swagger UI looks for a field of its own for files in a list, and takes the usual one.
    said = {each.partition(" (")[0] for each in complaints}
    assert said <= {"Could not find component: JsonSchema_string_binary"}
    complaints.clear()


def test_reference_has_no_barrier(page: Page, asked: list[str], look: Callable[..., None]) -> None:
    operation(page, "/uploads/init")
    assert_no_barrier(page, look, "reference", (360, 1280))
