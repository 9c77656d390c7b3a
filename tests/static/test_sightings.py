"""What observers tell is the same in every run: nothing hangs on the order of a set."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from tocsin.frameworks.routes.base import Entry
from tocsin.model.location import Location
from tocsin.source.project import FunctionSymbol, Project
from tocsin.static.effect import Effect, Item, Kind, Written
from tocsin.static.entries import Trace
from tocsin.static.interpret.rows import FULL
from tocsin.static.models import Model
from tocsin.static.rules.toc211_full_save_lost_update import OBSERVER
from tocsin.static.value import Dep
from tocsin.static.world import World

ORDER = Model("Order", "orders", "django", frozenset({"id", "state", "note"}))
ITEM = Item("database", "orders", row="order")


def test_of_several_reads_that_may_have_loaded_a_row_the_first_is_told(tmp_path: Path) -> None:
    first, second = next(
        pair
        for pair in combinations(range(8), 2)
        if next(iter(frozenset(map(Dep, pair)))) == Dep(pair[1])
    )
    effects = [
        Effect(Kind.READ, Location("shop.py", line, "buy"), "row", ITEM, ORDER) for line in range(8)
    ]
    at = Location("shop.py", 20, "buy")
    effects += [
        Effect(Kind.SET, at, "set", ITEM, ORDER, written=(Written("state"),)),
        Effect(
            Kind.WRITE,
            at,
            "save",
            ITEM,
            ORDER,
            options=frozenset({FULL}),
            deps=frozenset(map(Dep, (first, second))),
        ),
    ]
    (tmp_path / "shop.py").write_text("def buy(): pass")
    project = Project.read(tmp_path)
    module = project.module(project.files[0])
    assert module is not None
    symbol = project.resolve(module, "buy")
    assert isinstance(symbol, FunctionSymbol)
    trace = Trace(Entry("POST /buy", "", symbol), tuple(effects))
    world = World(writers={("database", "orders"): {"note": ["POST /note"]}})

    (seen,) = OBSERVER.sightings(trace, world)

    assert seen.check.at.line == first
