"""Lines that touch shared memory: which ones they are, and what they read and write."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from tests.stores.ledger import Ledger
from tocsin.explore.lines import LineHook, announcing
from tocsin.explore.source import Source
from tocsin.explore.state.graph import is_holder
from tocsin.explore.state.memory import MemoryState
from tocsin.explore.state.roots import app_classes
from tocsin.model.access import Access

STATE = """\
from collections import defaultdict

stock = {"pen": 1, 7: 2}
seen = set()
queue = []
hits = defaultdict(int)
total = 0


class Till:
    opened = {}

    def __init__(self):
        self.sales = {}

    def sell(self, name):
        self.sales[name] = 1


till = Till()


def bump():
    global total
    total += 1


def outer():
    count = {}

    def inner(k):
        count[k] = 1

    return inner
"""

HEAD = """\
import heapq
import random

from lined_shop import data
from lined_shop.data import hits, queue, seen, stock, till


def helper(thing, k):
    thing[k] = 1


def run(k="pen", other=None):
"""

CASES = [
    ("stock[k]", "r stock['pen']"),
    ("stock[k] = 1", "w stock['pen']"),
    ("stock['pen'] -= 1", "r stock['pen'], w stock['pen']"),
    ("del stock[k]", "w stock['pen']"),
    ("k in stock", "r stock['pen']"),
    ("k not in stock", "r stock['pen']"),
    ("stock[7]", "r stock[7]"),
    ("stock[k + 'x'] = 1", "w stock"),
    ("stock.get(k)", "r stock['pen']"),
    ("stock.pop(k, None)", "r stock['pen'], w stock['pen']"),
    ("stock.setdefault('cup', 1)", "r stock['cup'], w stock['cup']"),
    ("stock.clear()", "r stock, w stock"),
    ("stock.values()", "r stock"),
    ("len(stock)", "r stock"),
    ("[n for n in stock]", "r stock"),
    ("stock.update(cup=1)", "r stock, w stock"),
    ("seen.add(k)", "r seen['pen'], w seen['pen']"),
    ("k in seen", "r seen['pen']"),
    ("queue.append(k)", "r queue, w queue"),
    ("queue[0:1]", "r queue"),
    ("heapq.heappush(queue, 1)", "r queue, w queue"),
    ("random.shuffle(queue)", "r queue, w queue"),
    ("hits[k]", "r hits['pen'], w hits['pen']"),
    ("hits[k] += 1", "r hits['pen'], w hits['pen']"),
    ("k in hits", "r hits['pen']"),
    ("data.total", "r total"),
    ("data.total = 2", "w total"),
    ("data.stock['cup'] = 1", "w stock['cup']"),
    ("data.bump()", "r total, w total"),
    ("till.sales", "r till['sales']"),
    ("till.sales[k] = 2", "w till['sales']['pen']"),
    ("till.sell(k)", "w till['sales']['pen']"),
    ("till.opened[k] = 2", "w Till.opened['pen']"),
    ("type(till).opened.clear()", "r till"),
    ("helper(stock, k)", "r stock; w stock['pen']"),
    ("helper({}, k)", ""),
    ("alias = stock\nalias[k] = 2", "r stock; w stock['pen']"),
    ("sales = till.sales\nsales.clear()", "r till['sales']; r till['sales'], w till['sales']"),
    ("copy = dict(stock)\ncopy[k] = 2", "r stock"),
    ("x = 1\ny = x + len('abc')\nprint", ""),
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Shop]]:
    folder = tmp_path / "lined_shop"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "data.py").write_text(STATE)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()

    def load(body: str) -> Shop:
        text = HEAD + "".join(f"    {line}\n" for line in body.splitlines())
        (folder / "main.py").write_text(text)
        return Shop(tmp_path)

    yield load
    for name in [name for name in sys.modules if name.partition(".")[0] == "lined_shop"]:
        del sys.modules[name]


class Shop:
    """A small app under the hook."""

    def __init__(self, root: Path) -> None:
        self.main: Any = importlib.import_module("lined_shop.main")
        self.source = Source(root)
        self.memory = MemoryState(self.modules)
        self.memory.snapshot()
        self.holds = app_classes(self.modules())

    def modules(self) -> list[ModuleType]:
        found = sys.modules.items()
        return [module for name, module in found if name.startswith("lined_shop")]

    def hook(self, on_line: Callable[[FrameType, int, tuple[Access, ...]], object]) -> LineHook:
        return LineHook(
            self.source,
            lambda: self.memory.roots,
            lambda value: is_holder(value, self.holds),
            on_line,
        )


def shown(accesses: tuple[Access, ...]) -> str:
    """``r stock['pen'], w stock['pen']``."""
    return ", ".join(
        ("w " if access.writes else "r ")
        + str(access.item.name).removeprefix("lined_shop.data.")
        + "".join(f"[{next(iter(values))}]" for _, values in access.item.where)
        for access in accesses
    )


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_accesses(shop: Callable[[str], Shop], body: str, expected: str) -> None:
    app = shop(body)
    heard: list[str] = []
    hook = app.hook(lambda frame, line, accesses: heard.append(shown(accesses)))
    with hook.installed(), hook.hooked():
        app.main.run()
    assert "; ".join(heard) == expected


def test_closures(shop: Callable[[str], Shop]) -> None:
    app = shop("return other(k)")
    inner = sys.modules["lined_shop.data"].outer()
    app.memory.snapshot()
    heard: list[str] = []
    hook = app.hook(lambda frame, line, accesses: heard.append(shown(accesses)))
    with hook.installed(), hook.hooked():
        app.main.run(other=inner)
    assert heard == ["w outer.count['pen']"]


def test_what_is_no_text_is_not_narrowed(shop: Callable[[str], Shop]) -> None:
    app = shop("stock[other] = 1")
    heard: list[str] = []
    hook = app.hook(lambda frame, line, accesses: heard.append(shown(accesses)))
    with hook.installed(), hook.hooked():
        app.main.run(other=frozenset())
        app.main.run(other=True)
    assert heard == ["w stock", "w stock[1]"]


def test_lines_that_name_a_root(shop: Callable[[str], Shop]) -> None:
    app = shop("x = 1\nif k in stock:\n    alias = other\n    data.total = 1\nstock = {}")
    hook = app.hook(lambda *_: None)
    code = app.main.run.__code__
    first = code.co_firstlineno
    # `stock` is a local variable of this one, since it is bound here.
    assert {line - first for line in hook.touching(code)} == {4}
    assert hook.touching(Source.locate.__code__) == frozenset()


def test_announced_and_stopped_at_where_a_thread_may_be(shop: Callable[[str], Shop]) -> None:
    app = shop("if k in stock:\n    del stock[k]")
    ledger = Ledger()
    preemptible = True
    hook = app.hook(announcing(ledger, app.source, lambda: preemptible))
    with hook.installed(), ledger.acting():
        with hook.hooked():
            app.main.run()
        preemptible = False
        with hook.hooked():
            app.main.run()
    assert [(call.text, call.pauses) for call in ledger.calls] == [
        ("lined_shop/main.py:run: if k in stock:", True),
        ("lined_shop/main.py:run: del stock[k]", True),
        ("lined_shop/main.py:run: if k in stock:", False),
    ]


def test_only_hooked_threads_are_heard(shop: Callable[[str], Shop]) -> None:
    app = shop("del stock[k]")
    heard: list[int] = []
    hook = app.hook(lambda frame, line, accesses: heard.append(threading.get_ident()))
    before = sys.gettrace()
    with hook.installed():
        with hook.hooked(), hook.hooked():
            thread = threading.Thread(target=app.main.run)
            thread.start()
            thread.join()
        assert sys.gettrace() is before
        sys.modules["lined_shop.data"].stock["pen"] = 1
        app.main.run()
    assert heard == []


def test_a_run_that_is_given_up_unwinds(shop: Callable[[str], Shop]) -> None:
    class GivenUp(BaseException):
        pass

    def give_up(frame: FrameType, line: int, accesses: tuple[Access, ...]) -> None:
        raise GivenUp

    app = shop("del stock[k]")
    hook = app.hook(give_up)
    with hook.installed():
        for _ in range(2):
            with hook.hooked(), pytest.raises(GivenUp):
                app.main.run()
    assert sys.modules["lined_shop.data"].stock["pen"] == 1


def test_installed_again(shop: Callable[[str], Shop]) -> None:
    app = shop("k in stock")
    heard: list[int] = []
    hook = app.hook(lambda frame, line, accesses: heard.append(line))
    for _ in range(2):
        with hook.installed(), hook.hooked():
            app.main.run()
    assert len(heard) == 2
