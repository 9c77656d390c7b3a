"""What people write to mend a race, spelt in the ways that they spell it: all of it is silent.

Functions that are called ``racy_…`` are the same without the mend, and are found: silence is worth
nothing in a file of which nothing is understood.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tocsin.static.engine import analyse

FILES = sorted((Path(__file__).parent / "mends").glob("*.py"))


@pytest.mark.parametrize("case", FILES, ids=lambda path: path.stem)
def test_mended_functions_are_silent_and_the_others_are_not(case: Path) -> None:
    sure = [each for each in analyse(case).reports if each.match.confidence != "low"]
    tree = ast.parse(case.read_text("utf-8"))
    functions = [
        each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    racy = {each.name for each in functions if each.name.startswith("racy_")}
    assert racy
    assert {each.window.check.at.function.rpartition(".")[2] for each in sure} == racy
