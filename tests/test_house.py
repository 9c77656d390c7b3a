"""The house keeps its own rules: complete sets, layers, sizes, no state in modules."""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.frameworks.registry import FRAMEWORKS
from tocsin.probe.checks.registry import CHECKS as ATTACKS
from tocsin.probe.transports.registry import MODULES as TRANSPORTS
from tocsin.report.registry import OUTPUTS
from tocsin.stores.registry import DATABASES

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tocsin"
MODULES = sorted(SOURCE.rglob("*.py"))
STORES = [database.__name__.rpartition(".")[2] for database in DATABASES]  # type: ignore[attr-defined]
SHARED = {"__init__", "base", "readers", "registry"}
CHECKS = sorted({path.stem for path in (SOURCE / "probe/checks").glob("*.py")} - SHARED)
PUBLISHED = (".py", ".md", ".toml", ".txt", ".json", ".cff", ".yaml", ".yml", "")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("store", STORES)
def test_a_store_is_one_file_one_test_one_page(store: str) -> None:
    complete("stores", store)


@pytest.mark.parametrize("framework", [framework.name for framework in FRAMEWORKS])
def test_a_framework_is_one_file_one_test_one_page(framework: str) -> None:
    complete("frameworks", framework)


@pytest.mark.parametrize("output", [output.name for output in OUTPUTS])
def test_an_output_is_one_file_one_test_one_page(output: str) -> None:
    complete("report", output)


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_one_file_one_test_one_page(check: str) -> None:
    complete("probe/checks", check)


def test_every_check_is_tried() -> None:
    pages = {page.stem for page in (ROOT / "docs/reference/probe/checks").glob("*.md")}
    assert pages == set(CHECKS)
    assert {attack.name for attack in ATTACKS} <= pages


@pytest.mark.parametrize("transport", list(TRANSPORTS.values()))
def test_a_transport_is_one_file_one_test_one_page(transport: str) -> None:
    complete("probe/transports", transport)


def test_every_output_can_be_chosen() -> None:
    from tocsin.cli.common import OUTPUTS as WORDS

    assert set(WORDS) == {"text", *(output.name for output in OUTPUTS)}
    pages = {page.stem for page in (ROOT / "docs/reference/report").glob("*.md")}
    assert pages == {output.name for output in OUTPUTS}


@pytest.mark.parametrize("store", ["files", "locks"])
def test_what_is_no_database_has_its_page_too(store: str) -> None:
    complete("stores", store)


def complete(room: str, member: str) -> None:
    wanted = (
        SOURCE / room / f"{member}.py",
        ROOT / "tests" / room / f"test_{member}.py",
        ROOT / "docs" / "reference" / room / f"{member}.md",
    )
    assert [name(path) for path in wanted if not path.is_file()] == []


def test_no_page_describes_an_adapter_that_is_gone() -> None:
    pages = {page.stem for page in (ROOT / "docs/reference/stores").glob("*.md")}
    assert pages - {"files", "locks", "memory"} == set(STORES)
    pages = {page.stem for page in (ROOT / "docs/reference/frameworks").glob("*.md")}
    assert pages == {framework.name for framework in FRAMEWORKS}


def test_every_search_is_described() -> None:
    page = (ROOT / "docs/reference/searches.md").read_text("utf-8")
    searches = {path.stem for path in (SOURCE / "explore/schedulers").glob("*.py")}
    assert {s for s in searches - {"__init__", "base"} if f"| {s} |" not in page} == set()


def test_the_architecture_is_short() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 60


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_are_short(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= 500


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_no_global_statement(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)] == []


@pytest.mark.parametrize("module", sorted((SOURCE / "model").glob("*.py")), ids=name)
def test_the_nouns_import_the_standard_library_only(module: Path) -> None:
    foreign = [
        wanted
        for wanted in imports(ast.parse(module.read_text("utf-8")))
        if not wanted.startswith("tocsin.model")
        and wanted.split(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_every_command_and_option_is_described() -> None:
    from tocsin.cli.main import cli

    page = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    for verb, command in cli.commands.items():
        assert f"## tocsin {verb}" in page
        options = [word for p in command.params for word in p.opts if word.startswith("--")]
        assert [word for word in options if f"`{word}" not in page] == [], verb


def test_every_setting_is_described() -> None:
    from tocsin.config.shape import schema

    page = (ROOT / "docs/reference/configuration.md").read_text("utf-8")
    keys = [key for shape in schema()["$defs"].values() for key in shape.get("properties", ())]
    assert [key for key in keys if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_no_file_names_the_place_of_this_checkout() -> None:
    here = str(ROOT.parent) + os.sep
    if here.startswith(tempfile.gettempdir()) or ROOT.parent == Path(ROOT.anchor):
        pytest.skip("the name of this place is a word that files may use")
    folders = ("src", "tests", "docs", "examples", "benchmarks", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files += [path for path in ROOT.iterdir() if path.name not in {".git", "uv.lock"}]
    guilty = [
        name(path)
        for path in files
        if path.is_file()
        and path.suffix in PUBLISHED
        and not {"__pycache__", ".tocsin"} & set(path.parts)
        and here in path.read_text("utf-8", "replace")
    ]
    assert guilty == []


@pytest.mark.parametrize(
    "example", sorted(p.parent for p in ROOT.glob("examples/*/tocsin.toml")), ids=name
)
def test_an_example_is_complete(example: Path) -> None:
    wanted = ("README.md", "races.toml", "test_shop.py", "shop/seed.py")
    assert [each for each in wanted if not (example / each).is_file()] == []
