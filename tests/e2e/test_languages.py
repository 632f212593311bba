"""The page in Chinese, chosen by the browser or by hand: at once, and without losing an upload."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.conftest import picture
from tests.rigs.server import Server

PNG: FilePayload = {"name": "一.png", "mimeType": "image/png", "buffer": picture("image/png")}


@pytest.fixture
def chinese(page: Page, server: Server) -> Page:
    page.add_init_script("Object.defineProperty(navigator, 'languages', { get: () => ['zh-CN', 'en'] })")
    page.goto(server.url)
    return page


def test_chinese_browser_sees_chinese(chinese: Page, look: Callable[..., None]) -> None:
    expect(chinese.get_by_role("heading", name="放进图片，拿走链接。")).to_be_visible()
    expect(chinese.locator("html")).to_have_attribute("lang", "zh-CN")
    chinese.get_by_label("选择图片").set_input_files(PNG)
    expect(chinese.get_by_role("listitem", name="一.png")).to_contain_text("已上传")
    chinese.get_by_label("选择图片").set_input_files(
        {"name": "图.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    )
    expect(chinese.get_by_role("listitem", name="图.svg")).to_contain_text("SVG 图形可能带有程序")
    look("chinese")
    chinese.get_by_role("link", name="历史记录").click()
    expect(chinese.get_by_role("heading", name="从这个浏览器上传的图片")).to_be_visible()
    look("chinese-history")


def test_language_is_switched_at_once_and_kept(page: Page) -> None:
    page.get_by_label("Choose pictures").set_input_files(PNG)
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("Uploaded")
    page.get_by_label("Language").select_option("简体中文")
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("已上传")
    page.reload()
    expect(page.get_by_role("heading", name="放进图片，拿走链接。")).to_be_visible()
    expect(page.get_by_role("listitem", name="一.png")).to_contain_text("已上传")
    page.get_by_label("语言").select_option("English")
    expect(page.get_by_role("heading", name="Pictures in, links out.")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
