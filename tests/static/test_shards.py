"""A project in parts: the same is found, in one process or two, and when one of them dies."""

from __future__ import annotations

import ast
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.source.files import SourceFile
from tocsin.source.project import FunctionSymbol, Project
from tocsin.static import crew as crews
from tocsin.static import engine, wire
from tocsin.static.engine import Report, analyse
from tocsin.static.rules.registry import JUDGES, OBSERVERS
from tocsin.static.shard import Seen, Share, shares

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOPS = ("shop_django", "shop_fastapi", "shop_flask", "shop_memory")
HALVES = (Share(0, 2), Share(1, 2))

Told = list[tuple[object, ...]]


def told(reports: tuple[Report, ...]) -> Told:
    """All that a report says, but for the trace that it is from."""
    return [
        (
            each.judge.code,
            each.match,
            each.endpoints,
            each.more,
            each.pairs,
            each.window.check,
            each.window.use,
            each.window.crossings,
            each.window.protections,
            each.window.entry.asynchronous,
            each.window.entry.framework,
        )
        for each in reports
    ]


@pytest.fixture
def halved(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """From now on, projects have two parts, and the machine so many processors."""

    def apply(processors: int) -> None:
        monkeypatch.setattr(engine, "shares", lambda *_: HALVES)
        monkeypatch.setattr(crews, "processors", lambda: processors)

    return apply


@pytest.mark.parametrize("name", SHOPS)
@pytest.mark.parametrize("processors", [1, 2])
def test_parts_find_what_the_whole_finds(
    name: str, processors: int, halved: Callable[[int], None]
) -> None:
    whole = analyse(EXAMPLES / name)

    halved(processors)
    parts = analyse(EXAMPLES / name)

    assert told(whole.reports)
    assert told(parts.reports) == told(whole.reports)
    assert (parts.read, parts.unread) == (whole.read, whole.unread)
    assert parts.frameworks == whole.frameworks
    assert (parts.caveats, parts.cut) == (whole.caveats, whole.cut)


MODULE = """
from shop.models import Order
{more}

def take_{name}(key):
    order = Order.objects.get(pk=key)
    if order.left > 0:
        order.left = order.left - 1
        order.save()

def all_{name}(keys):
    for key in keys:
        take_{other}(key)
"""
MODELS = """
from django.db import models

class Order(models.Model):
    left = models.IntegerField()
"""


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Modules whose functions call those of the next, and the last those of the first."""
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "models.py").write_text(MODELS)
    names = ("a", "b", "c", "d")
    for name, other in zip(names, (*names[1:], names[0]), strict=True):
        more = f"from shop.{other} import take_{other}"
        (shop / f"{name}.py").write_text(MODULE.format(name=name, other=other, more=more))
    return tmp_path


@pytest.mark.parametrize("processors", [1, 2])
def test_functions_that_reach_each_other_across_parts(
    ring: Path, processors: int, halved: Callable[[int], None]
) -> None:
    whole = {(r.judge.code, r.window.check.at) for r in analyse(ring).reports}

    halved(processors)
    parts = analyse(ring)

    assert {each.path.rpartition("/")[2] for _, each in whole} == {"a.py", "b.py", "c.py", "d.py"}
    assert {(r.judge.code, r.window.check.at) for r in parts.reports} == whole


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_the_part_of_a_process_that_dies_is_done_again(ring: Path, after: int) -> None:
    project = Project.read(ring)
    steps: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("routed", ({},)),
        ("rest", (Seen(),)),
        ("world", (frozenset(),)),
        ("skimmed", ()),
    )
    with crews.crew(HALVES, project, None) as (_, member):
        expected = []
        for step, arguments in steps:
            member.ask(step, *arguments)
            expected.append(member.answer())
    with crews.crew(HALVES, project, None) as (_, member):
        assert isinstance(member, crews.Beside)
        answers = []
        for number, (step, arguments) in enumerate(steps):
            if number == after:
                member.process.kill()
                member.process.wait()
            member.ask(step, *arguments)
            answers.append(member.answer())

    assert [answers[0], answers[1], answers[3].frameworks] == [
        expected[0],
        expected[1],
        expected[3].frameworks,
    ]
    assert answers[2][1].writers == expected[2][1].writers


def test_no_process_is_left_when_the_work_is_interrupted(ring: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        crews.crew(HALVES, Project.read(ring), None) as (_, member),
    ):
        assert isinstance(member, crews.Beside)
        raise KeyboardInterrupt

    assert member.process.returncode == -signal.SIGKILL


def test_a_process_ends_when_nobody_asks_any_more(ring: Path) -> None:
    with crews.crew(HALVES, Project.read(ring), None) as (_, member):
        assert isinstance(member, crews.Beside)
        assert member.process.stdin is not None
        member.process.stdin.close()

        assert member.process.wait(timeout=60) == 0


@given(st.lists(st.integers(0, 1000)), st.integers(1, 5))
def test_shares_are_neighbours_and_leave_nothing_out(weights: list[int], of: int) -> None:
    bounds = [Share(each, of).bounds(weights) for each in range(of)]

    assert bounds[0][0] == 0
    assert bounds[-1][1] == len(weights)
    assert all(one[1] == other[0] for one, other in pairwise(bounds))


@given(st.lists(st.integers(0, 1000)), st.integers(1, 5))
def test_pieces_are_dealt_once_and_leave_nothing_out(weights: list[int], of: int) -> None:
    dealt = [piece for each in range(of) for piece in Share(each, of).pieces(weights).items()]
    bounds = [piece for _, piece in sorted(dealt)]

    assert len(bounds) == len(dict(dealt))
    assert [bounds[0][0], bounds[-1][1]] == [0, len(weights)]
    assert all(one[1] == other[0] for one, other in pairwise(bounds))


@given(st.integers(2, 5))
def test_what_costs_more_towards_an_end_falls_to_all(of: int) -> None:
    weights = [1] * (16 * of)
    cost = [
        sum(sum(range(*piece)) for piece in Share(each, of).pieces(weights).values())
        for each in range(of)
    ]

    assert max(cost) == min(cost)


@given(st.lists(st.integers(1, 9), min_size=2), st.integers(2, 4))
def test_shares_weigh_about_the_same(weights: list[int], of: int) -> None:
    parts = [slice(*Share(each, of).bounds(weights)) for each in range(of)]

    assert all(abs(sum(weights[part]) - sum(weights) / of) <= max(weights) for part in parts)


@pytest.mark.parametrize(
    ("folder", "size", "processors", "parts"),
    [
        ("shop", 900_000, 2, 2),
        ("shop", 900_000, 1, 1),
        ("shop", 900_000, 64, 4),
        ("shop", 90_000, 2, 1),
        ("tests", 900_000, 2, 1),
    ],
)
def test_only_what_is_worth_it_has_parts(
    folder: str, size: int, processors: int, parts: int
) -> None:
    files = [SourceFile(f"{each}.py", (folder, f"{each}.py"), size, 0) for each in range(12)]

    assert len(shares(files, processors)) == parts


def test_a_function_travels_as_its_head(ring: Path) -> None:
    project = Project.read(ring)
    module = project.module(project.files[0])
    assert module is not None
    node = next(each for each in module.tree.body if isinstance(each, ast.FunctionDef))

    got = wire.loads(wire.dumps(FunctionSymbol(module, node)))

    assert isinstance(got, FunctionSymbol)
    assert (got.place, got.qualname) == (FunctionSymbol(module, node).place, node.name)
    assert got.module.name == module.name


def test_rules_stay_themselves() -> None:
    rules = (*JUDGES, *OBSERVERS)

    got = wire.loads(wire.dumps(rules))

    assert [id(each) for each in got] == [id(each) for each in rules]
