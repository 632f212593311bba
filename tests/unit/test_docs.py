"""Every command that the documents tell people to type exists, and works as typed."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from config import ROOT, Config

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param.read_text())


def test_flask_command_is_typed_whole(text: str) -> None:
    # A bare `flask` is not on the PATH and finds no application. In running text, `flask run` is only a name.
    # In the container it is on the PATH.
    words = text.replace("`flask run`", "").replace("exec image-host flask", "exec image-host .venv/bin/flask")
    typed = re.findall(r"(\S*flask(?: --app \S+)?) (?:storage|images|openapi|run)\b", words)
    assert {command.lstrip("`(") for command in typed} <= {".venv/bin/flask --app wsgi"}


def test_flask_command_exists(text: str, configure: Callable[..., Config]) -> None:
    groups: dict[str, Any] = dict(create_app(configure()).cli.commands)
    for group, command in re.findall(r"(?:`|wsgi )(storage|images) ([a-z]+)", text):
        assert command in groups[group].commands


def test_programs_exist(text: str) -> None:
    for program in re.findall(r"\.venv/bin/([a-z-]+)", text):
        assert (Path(sys.executable).parent / program).is_file(), program
    for script in re.findall(r"(?:^ +|`|&& )((?:deploy|\.ci)/\w[\w./]*)", text, re.MULTILINE):
        assert (ROOT / script).is_file(), script


def test_make_has_what_is_made(text: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    typed = re.findall(r"(?:^ {4}|`)(?:[A-Z0-9_]+=\S* )*make ([a-z-]+)", text, re.MULTILINE)
    assert set(typed) <= set(targets)


def test_no_tag_is_named_that_nobody_made(text: str) -> None:
    # A checkout may have no tags, so documents name none: `git tag` lists the existing ones.
    assert not re.findall(r"\bv\d+\.\d+\.\d+\b", text)


def test_every_page_is_found_from_the_readme() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    assert {path.name for path in (ROOT / "docs").glob("*.md")} <= {"README.md", *re.findall(r"\((\S+?\.md)\)", index)}
    assert "docs/README.md" in (ROOT / "README.md").read_text()


def test_link_leads_to_a_heading() -> None:
    def anchors(page: Path) -> set[str]:
        heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}

    for page in [*PAGES, *(ROOT / "docs" / "adr").glob("*.md")]:
        for path, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text()):
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {path}"
            assert not anchor or anchor in anchors(target), f"{page.name}: {path}#{anchor}"


def test_api_guide_names_every_call_and_every_error() -> None:
    page, spec = (ROOT / "docs" / "api.md").read_text(), json.loads((ROOT / "docs" / "openapi.json").read_text())
    for path in spec["paths"].keys() - {"/health"}:
        assert path in page, path
    for code in spec["components"]["examples"]:
        assert f"`{code}`" in page, code


def test_architecture_names_every_module_and_every_folder_of_the_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    modules = [path for path in (ROOT / "app").rglob("*.py") if path.name != "__init__.py"]
    folders = [path for path in (ROOT / "frontend" / "src").iterdir() if path.is_dir()]
    assert [str(path) for path in modules if f"{path.name}`" not in page] == []
    assert [str(path) for path in folders if f"`{path.name}/`" not in page] == []


def test_architecture_names_functions_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    for kind, function in re.findall(r"`(Storage|Publisher|Upkeep|Upload|Tokens|uploads|pictures)\.(\w+)`", page):
        assert f"def {function}(" in sources, f"{kind}.{function}"
