"""Who may import whom: dependencies point one way, and each outside thing has one door."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT

APP = ROOT / "app"

#: Lowest first: a module imports those of lower rows only. A new module takes its place here.
ROWS = [
    {"forms"},
    {"app.errors", "config", "app.embedded.supervisor", "app.pictures.strip.file"},
    {
        "app.pictures.reader",
        "app.pictures.strip.boxes",
        "app.pictures.strip.exif",
        "app.pictures.strip.gainparameters",
        "app.pictures.strip.gif",
        "app.pictures.strip.huffman",
        "app.embedded.keys",
        "app.embedded.companion",
        "app.embedded.disk",
        "app.gate",
        "app.access",
        "app.spool",
        "app.rate_limit",
        "app.problems",
        "app.reports",
        "app.memory",
        "app.snippets",
        "app.progress",
        "app.verifier",
        "app.storage.presigner",
        "app.storage.diagnosis",
        "app.storage.turns",
    },
    {
        "app.form",
        "app.openapi",
        "app.pictures.exif",
        "app.embedded.instance",
        "app.pictures.avif",
        "app.pictures.gif",
        "app.pictures.webp",
        "app.pictures.strip.items",
        "app.pictures.strip.png",
        "app.pictures.strip.scan",
        "app.pictures.strip.webp",
    },
    {"app.pictures.jpeg", "app.pictures.png", "app.pictures.strip.jpeg", "app.pictures.strip.meta"},
    {"app.pictures.inspection", "app.pictures.strip.gainmap", "app.pictures.strip.tracks"},
    {"app.pictures.location", "app.pictures.strip.avif"},
    {"app.pictures.strip"},
    {"app.pictures"},
    {"app.storage.calls"},
    {"app.storage.client", "app.storage.objects"},
    {"app.storage.albums", "app.storage.blocklist", "app.storage.bucket", "app.storage.links"},
    {"app.storage.storage"},
    {"app.storage.configuration", "app.storage.trial"},
    {"app.storage.upkeep"},
    {"app.storage"},
    {
        "app.contents",
        "app.tally",
        "app.tokens",
        "app.curator",
        "app.publisher",
        "app.schemas",
        "app.embedded.seaweedfs",
        "app.embedded.caddy",
    },
    {
        "app.archive",
        "app.schemas_albums",
        "app.embedded",
        "app.readiness",
        "app.catalog",
        "app.courier",
        "app.examples",
    },
    {"app.api", "app.services", "app.backup", "app.doctor.visitor"},
    {"app.receipt", "app.bodies", "app.pages", "app.doctor.case"},
    {"app.doctor.connection", "app.doctor.setting"},
    {"app.doctor.journey", "app.doctor.refusals"},
    {"app.doctor"},
    {
        "app.uploads",
        "app.albums",
        "app.gallery",
        "app.relay",
        "app.clients",
        "app.meta",
        "app.oembed",
        "app.frontend",
        "app.cli",
        "app.cli_config",
        "app.logs",
        "app.metrics",
    },
    {"app.cli_backup", "app.cli_check", "app.cli_images"},
    {"app"},
    {"exporter"},
    {"stream"},
    {"wsgi", "gunicorn.conf", "worker", "healthcheck"},
]
RANKS = {module: rank for rank, row in enumerate(ROWS) for module in row}


def name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


SOURCES = {name(path): path for path in (*APP.rglob("*.py"), *ROOT.glob("*.py"))}
TREES = {module: ast.parse(path.read_text()) for module, path in SOURCES.items()}


def imports(module: str) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it; `from app import x` is app.x where that is one."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = str(node.module)
            if node.level:
                # The stripper is shipped without `app` as well.
                assert module in within("app.pictures.strip"), f"{module} imports relatively"
                assert node.level == 1, f"{module} imports from outside of its package"
                source = f"app.pictures.strip.{source}"
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if inner in SOURCES else source


def importers(package: str) -> set[str]:
    return {module for module in SOURCES if any(found.split(".")[0] == package for found in imports(module))}


def test_every_module_has_a_place() -> None:
    assert set(SOURCES) == set(RANKS)


@pytest.mark.parametrize("module", sorted(RANKS))
def test_imports_point_one_way(module: str) -> None:
    for found in set(imports(module)) & set(RANKS):
        assert RANKS[found] < RANKS[module], f"{module} imports {found}"


def within(package: str) -> set[str]:
    return {module for module in SOURCES if module == package or module.startswith(f"{package}.")}


@pytest.mark.parametrize("package", ["boto3", "botocore", "s3transfer", "mypy_boto3_s3"])
def test_only_storage_speaks_s3(package: str) -> None:
    assert importers(package) <= within("app.storage")


def test_storage_is_found_to_speak_s3() -> None:
    # So that the test above can't pass by seeing nothing.
    assert importers("boto3") == {"app.storage.client", "app.storage.upkeep"}
    assert importers("botocore") == importers("boto3") | {
        "app.storage.albums",
        "app.storage.calls",
        "app.storage.configuration",
        "app.storage.diagnosis",
        "app.storage.storage",
        "app.storage.trial",
    }


@pytest.mark.parametrize("module", sorted(SOURCES.keys() - within("app.storage")))
def test_storage_is_entered_by_its_door(module: str) -> None:
    assert not set(imports(module)) & (within("app.storage") - {"app.storage"})


@pytest.mark.parametrize(
    "blueprint", ["app.uploads", "app.albums", "app.gallery", "app.relay", "app.meta", "app.clients", "app.frontend"]
)
def test_views_leave_the_bytes_to_the_publisher(blueprint: str) -> None:
    # A view may say which types are accepted. Only the publisher says what a file is.
    assert "app.pictures.location" not in set(imports(blueprint))
    called = {node.attr for node in ast.walk(TREES[blueprint]) if isinstance(node, ast.Attribute)}
    assert not called & {"inspect", "read_staged", "read_range", "find_published", "discard", "withdraw"}


#: Lines. What is longer has a second noun in it.
LONGEST_MODULE, LONGEST_FUNCTION = 300, 60


@pytest.mark.parametrize("module", sorted(set(SOURCES) & within("app")))
def test_modules_and_functions_are_short(module: str) -> None:
    assert len(SOURCES[module].read_text().splitlines()) <= LONGEST_MODULE
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


@pytest.mark.parametrize("module", sorted(SOURCES.keys() - {"config"}))
def test_only_config_reads_the_environment(module: str) -> None:
    assert "environs" not in set(imports(module))
    for node in ast.walk(TREES[module]):
        # A request's is WSGI's, and another matter.
        if isinstance(node, ast.Attribute) and ast.unparse(node) != "request.environ":
            assert node.attr not in ("environ", "environb", "getenv", "getenvb"), f"line {node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            assert not {alias.name for alias in node.names} & {"environ", "getenv"}, f"line {node.lineno}"


@pytest.mark.parametrize(
    ("package", "ours"),
    [
        ("app.errors", set()),
        ("app.embedded.supervisor", set()),
        ("app.storage.presigner", set()),
        ("app.pictures", {"app.errors"}),
        ("app.pictures.strip", set()),
    ],
)
def test_package_needs_the_standard_library_alone(package: str, ours: set[str]) -> None:
    modules = {module for module in SOURCES if module == package or module.startswith(f"{package}.")}
    found = {found for module in modules for found in imports(module)} - modules
    assert {name for name in found if name.split(".")[0] not in sys.stdlib_module_names} == ours


def test_only_schemas_describe_the_wire() -> None:
    # config and forms validate with marshmallow's validators, which environs builds on.
    assert importers("marshmallow") == {"app.schemas", "app.schemas_albums", "config", "forms"}


def test_image_describes_every_service_that_we_speak_to() -> None:
    # The Dockerfile leaves out what botocore says of all the others.
    spoken_to = {
        node.args[0].value
        for module in within("app.storage")
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client"
        if isinstance(node.args[0], ast.Constant)
    }
    assert spoken_to == {"s3", "cloudfront"}
    assert spoken_to <= set(re.findall(r"! -name (\S+)", (ROOT / "Dockerfile").read_text()))
