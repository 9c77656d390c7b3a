"""Each rule has a folder: what it finds (said on the line), what resembles it, what mends it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tocsin.rules.catalogue import codes
from tocsin.static.engine import analyse
from tocsin.static.rules.registry import JUDGES, OBSERVERS

FOLDER = Path(__file__).parent / "rules"
RULES = sorted(path for path in FOLDER.iterdir() if path.name.startswith("toc"))
BAD = sorted(FOLDER.glob("toc*/bad*.py"))
RIGHT = sorted([*FOLDER.glob("toc*/good*.py"), *FOLDER.glob("toc*/fixed.py")])
MARK = re.compile(r"# finds: (TOC\d{3})")


def found(path: Path) -> list[tuple[int, str]]:
    return sorted({(r.window.check.at.line, r.judge.code) for r in analyse(path).reports})


def said(path: Path) -> list[tuple[int, str]]:
    lines = path.read_text("utf-8").splitlines()
    return [(n, mark[1]) for n, line in enumerate(lines, 1) if (mark := MARK.search(line))]


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("case", BAD, ids=name)
def test_what_is_wrong_is_found_where_it_says(case: Path) -> None:
    expected = said(case)
    assert case.parent.name.upper() in {code for _, code in expected}
    assert found(case) == expected


@pytest.mark.parametrize("case", RIGHT, ids=name)
def test_what_is_right_is_left_alone(case: Path) -> None:
    assert found(case) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.name)
def test_a_rule_has_a_wrong_a_right_and_a_mended_case(rule: Path) -> None:
    assert {"bad.py", "fixed.py", "good.py"} <= {path.name for path in rule.iterdir()}


def test_every_judge_has_a_folder_and_a_row_in_the_catalogue() -> None:
    judged = {judge.code for judge in (*JUDGES, *OBSERVERS)}
    assert {path.name.upper() for path in RULES} == judged
    assert judged <= codes()
