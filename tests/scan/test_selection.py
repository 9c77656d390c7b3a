"""Which findings are reported: by rule, by path, by confidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report import scanned
from tests.report.making import finding
from tocsin.config import Config
from tocsin.config.shape import PerPathConfig
from tocsin.model.finding import Evidence, Finding
from tocsin.model.verdict import Level
from tocsin.scan.selection import Selection


def of(rule: str, confidence: str = "medium", level: Level = Level.SUSPECTED) -> Finding:
    return replace(
        finding(), rule=rule, confidence=confidence, evidence=Evidence(level), suppression=None
    )


@pytest.mark.parametrize(
    ("selection", "reported"),
    [
        (Selection(), True),
        (Selection(select=("TOC2",)), True),
        (Selection(select=("toc201",)), True),
        (Selection(select=("TOC3", "TOC401")), False),
        (Selection(ignore=("TOC201",)), False),
        (Selection(ignore=("TOC202",)), True),
        (Selection(select=("TOC2",), ignore=("TOC201",)), False),
        (Selection(exclude=("shop/**",)), False),
        (Selection(exclude=("tests",)), True),
        (Selection(per_path={"shop/*.py": ("TOC2",)}), False),
        (Selection(per_path={"shop/*.py": ("TOC3",), "x/**": ("TOC2",)}), True),
    ],
)
def test_what_is_reported(selection: Selection, reported: bool) -> None:
    assert selection.wants(of("TOC201"), "shop/orders.py") is reported


def test_patterns_say_nothing_about_a_finding_without_a_place() -> None:
    assert Selection(exclude=("**",)).wants(of("TOC201"), None)
    assert not Selection(ignore=("TOC",)).wants(of("TOC201"), None)


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        (of("TOC201", "low"), True),
        (of("TOC201", "medium"), False),
        (of("TOC201", "certain", Level.PROVEN), False),
        (of("TOC201", "low", Level.OBSERVED), False),
        (replace(of("TOC212", "low", Level.OBSERVED), anomaly=""), True),
        (replace(of("TOC212", "medium", Level.OBSERVED), anomaly=""), False),
        (of("TOC403", "medium"), True),
        (of("TOC403", "high"), False),
        (replace(of("TOC201", "low"), suppression=scanned.commented().suppression), False),
    ],
)
def test_what_is_only_possible_is_hidden_unless_asked_for(given: Finding, hidden: bool) -> None:
    assert Selection().hides(given) is hidden
    assert not Selection(pedantic=True).hides(given)


def test_the_configuration_says_it() -> None:
    config = Config(
        select=("TOC2",), per_path={"a/**": PerPathConfig(ignore=("TOC201",))}, pedantic=True
    )
    selection = Selection.of(config)
    assert selection.per_path == {"a/**": ("TOC201",)}
    assert selection.pedantic
    assert {code[:4] for code in selection.codes} == {"TOC2"}
