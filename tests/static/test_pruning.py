"""A summary keeps what matters, and calls move what it names to where that is now."""

from __future__ import annotations

import ast
from pathlib import Path

from tocsin.model.location import Location
from tocsin.source.project import Project
from tocsin.static.effect import Effect, Item, Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.machine import Machine
from tocsin.static.interpret.pruning import pruned
from tocsin.static.summary import Summary, Suspended
from tocsin.static.value import Value, dep

AT = Location("shop.py", 1, "buy")


def read(name: str) -> Effect:
    return Effect(Kind.READ, AT, "row", Item("database", name))


def write(name: str, source: int) -> Effect:
    return Effect(Kind.WRITE, AT, "update", Item("database", name), deps=frozenset({dep(source)}))


def test_effects_that_nobody_needs_are_left_out_and_the_others_keep_what_they_name() -> None:
    whole = Summary(effects=(read("idle"), read("orders"), read("idle"), write("orders", 1)))
    kept = pruned(whole)

    assert [each.item.name for each in kept.effects if each.item] == ["orders", "orders"]
    assert kept.effects[1] is whole.effects[3]
    assert kept.places == (-1, 0, -1, 1)


def test_a_call_moves_dependencies_to_where_effects_are_now(tmp_path: Path) -> None:
    returns = Value("order", frozenset({dep(1), dep(9)}))
    summary = pruned(
        Summary(effects=(read("idle"), read("orders"), write("orders", 1)), returns=returns)
    )
    (tmp_path / "app.py").write_text("")
    project = Project.read(tmp_path)
    module = project.module(project.files[0])
    assert module is not None
    frame = Frame(Machine.of(project), module)
    frame.trace.effects.extend([read("users"), read("users")])
    planted = frame.graft(summary, {}, ast.Pass())
    planted.effects()

    value = planted.value()
    assert value is not None
    assert value.deps == {dep(2)}
    assert [each.deps for each in frame.trace.effects[2:]] == [frozenset(), {dep(2)}]


def test_a_generator_stops_after_as_many_effects_as_are_left_before_its_yield() -> None:
    stop = Suspended(Value("order", frozenset({dep(1)})), 2, (), ())
    summary = Summary((read("idle"), read("orders"), write("orders", 1)), yields=stop)

    kept = pruned(summary)

    assert kept.yields is not None
    assert kept.yields.index == 1
