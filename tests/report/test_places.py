"""Places as other tools want them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import scanned
from tests.report.making import finding, witness
from tocsin.model.finding import Evidence
from tocsin.model.history import History, OpKind
from tocsin.model.verdict import Level
from tocsin.report.places import essential_steps, slashed, uri, witnessed


@pytest.mark.parametrize(
    ("path", "slashes", "reference"),
    [
        ("shop/a.py", "shop/a.py", "shop/a.py"),
        ("./shop/a.py", "shop/a.py", "shop/a.py"),
        ("shop\\a.py", "shop/a.py", "shop/a.py"),
        ("../a b.py", "../a b.py", "../a%20b.py"),
        ("/srv/a.py", "/srv/a.py", "file:///srv/a.py"),
        ("C:\\srv\\a.py", "C:/srv/a.py", "file:///C:/srv/a.py"),
        ("a:b.py", "a:b.py", "a%3Ab.py"),
    ],
)
def test_paths(path: str, slashes: str, reference: str) -> None:
    assert slashed(path) == slashes
    assert uri(path) == reference


@given(st.text(st.characters()))
def test_no_path_fails(path: str) -> None:
    assert uri(path).isascii()


def test_a_statement_is_short_and_anything_else_is_as_it_is() -> None:
    first, *_ = essential_steps(finding())
    assert first.text == "A: SELECT … FROM orders WHERE id = 1 (check)"
    label = 'shop/loop.py:withdraw: accounts["me"] = 1'
    given = witness()
    ops = tuple(
        replace(op, kind=OpKind.MEMORY, label=label) if op.index == 4 else op
        for op in given.history.ops
    )
    evidence = Evidence(Level.PROVEN, replace(given, history=History(ops)))
    first, *_ = witnessed(replace(finding(), evidence=evidence))
    assert first.text == f"A: {label} (check)"


def test_steps_without_a_window_are_check_and_use() -> None:
    bare = replace(scanned.suspected(), evidence=Evidence(Level.SUSPECTED))
    assert [step.at for step in essential_steps(bare)] == [scanned.CHECK, scanned.USE]
    assert essential_steps(scanned.nowhere()) == ()
