"""Which line of the user's code something is charged to."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import greenlet
import pytest

from tocsin.explore.source import Source

SHOP = """\
import asyncio


def view(call):
    return call()


class Orders:
    def cancel(self, call):
        return foreign(call)


async def handler(wait):
    return await inner(wait)


async def inner(wait):
    return await wait()
"""
LIBRARY = """\
def through(call):
    return call()


async def forever(event):
    await event.wait()
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str, str], ModuleType]]:
    names: list[str] = []

    def load(path: str, text: str) -> ModuleType:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        name = "tocsin_test_" + path.replace("/", "_").removesuffix(".py")
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        spec.loader.exec_module(module)
        return module

    yield load
    for name in names:
        del sys.modules[name]


def test_the_innermost_line_of_the_users_code(
    tmp_path: Path, load: Callable[[str, str], ModuleType]
) -> None:
    shop = load("shop/main.py", SHOP)
    library = load("venv/lib/site-packages/lib.py", LIBRARY)
    shop.foreign = library.through  # type: ignore[attr-defined]
    place = shop.Orders().cancel(Source(tmp_path).locate)
    assert (place.path, place.line, place.function) == ("shop/main.py", 10, "Orders.cancel")
    assert place.code == "return foreign(call)"


def test_nobodys_code(tmp_path: Path, load: Callable[[str, str], ModuleType]) -> None:
    library = load("site-packages/lib.py", LIBRARY)
    assert library.through(Source(tmp_path).locate) is None


def test_an_installed_app(tmp_path: Path, load: Callable[[str, str], ModuleType]) -> None:
    app = load("site-packages/app/views.py", SHOP)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source = Source(elsewhere, [str(tmp_path / "site-packages" / "app")])
    assert str(app.view(source.locate)) == "app/views.py:5"


def test_the_stack_goes_on_through_greenlets(
    tmp_path: Path, load: Callable[[str, str], ModuleType]
) -> None:
    shop = load("shop/main.py", SHOP)
    source = Source(tmp_path)
    driver = greenlet.greenlet(source.locate)
    place = shop.view(driver.switch)
    assert str(place) == "shop/main.py:5"
    nested = greenlet.greenlet(lambda: greenlet.greenlet(source.locate).switch())
    assert str(shop.view(nested.switch)) == "shop/main.py:5"


def test_a_suspended_coroutine(tmp_path: Path, load: Callable[[str, str], ModuleType]) -> None:
    shop = load("shop/main.py", SHOP)
    library = load("site-packages/lib.py", LIBRARY)
    source = Source(tmp_path)

    async def main() -> str:
        event = asyncio.Event()
        work = shop.handler(lambda: library.forever(event))
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        place = source.awaiting(work)
        event.set()
        await task
        return f"{place} {place.function}" if place else ""

    assert asyncio.run(main()) == "shop/main.py:18 inner"


def test_tocsin_itself_is_nobodys_code_unless_it_is_the_app() -> None:
    package = Path(__file__).parents[2] / "src" / "tocsin"
    file = str(package / "stores" / "control.py")
    assert Source(package.parent).shown(file) == ""
    assert Source(package / "stores").shown(file) == "control.py"
