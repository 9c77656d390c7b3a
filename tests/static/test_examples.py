"""The examples say which endpoints race, and at which lines: what is found has to agree."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tocsin.model.location import Location
from tocsin.static.engine import Report, analyse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHOPS = sorted(path.parent for path in EXAMPLES.glob("*/races.toml"))
each_shop = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)


@dataclass(frozen=True)
class Lines:
    """``shop/orders.py:26-28``: a statement of an example."""

    path: str
    first: int
    last: int

    @classmethod
    def of(cls, text: str) -> Lines:
        path, _, lines = text.rpartition(":")
        first, _, last = lines.partition("-")
        return cls(path, int(first), int(last or first))

    def hold(self, shop: Path, at: Location) -> bool:
        return at.path == os.fspath(shop / self.path) and self.first <= at.line <= self.last


@dataclass(frozen=True)
class Expected:
    """A window as the example tells it."""

    endpoint: str
    check: Lines
    use: Lines

    @classmethod
    def of(cls, table: Mapping[str, str]) -> Expected:
        return cls(table["endpoint"], Lines.of(table["check"]), Lines.of(table["use"]))

    def is_at(self, shop: Path, check: Location, use: Location) -> bool:
        return self.check.hold(shop, check) and self.use.hold(shop, use)

    def is_told(self, shop: Path, report: Report) -> bool:
        sites = (report.site, *report.more)
        found = any(self.is_at(shop, site.check, site.use) for site in sites)
        return found and self.endpoint in report.endpoints


def truth(shop: Path) -> dict[str, Any]:
    return tomllib.loads((shop / "races.toml").read_text("utf-8"))


def windows(shop: Path) -> list[Expected]:
    return [Expected.of(table) for table in truth(shop)["window"]]


@cache
def found(shop: Path) -> tuple[Report, ...]:
    """What is shown without ``--pedantic``."""
    return tuple(each for each in analyse(shop).reports if each.match.confidence != "low")


@each_shop
def test_every_window_is_found_at_its_lines(shop: Path) -> None:
    missed = [w for w in windows(shop) if not any(w.is_told(shop, r) for r in found(shop))]
    assert missed == []


@each_shop
def test_every_finding_is_a_window_of_the_example(shop: Path) -> None:
    known = windows(shop)
    false = [
        f"{each.judge.code} {each.window.check.at} {each.window.use.effect.at}"
        for each in found(shop)
        if not any(window.is_told(shop, each) for window in known)
    ]
    assert false == []


@each_shop
def test_nothing_at_all_is_said_of_endpoints_that_are_safe(shop: Path) -> None:
    told = {endpoint for each in analyse(shop).reports for endpoint in each.endpoints}
    assert sorted(told - {window.endpoint for window in windows(shop)}) == []


@each_shop
def test_a_race_has_its_window_or_a_reason_why_source_does_not_show_it(shop: Path) -> None:
    at_fault = {window.endpoint for window in windows(shop)}
    for race in truth(shop)["race"]:
        shown = bool(at_fault & set(race["requests"]))
        assert shown or race.get("unseen"), race["name"]


@each_shop
def test_a_window_belongs_to_a_race(shop: Path) -> None:
    racing = {endpoint for race in truth(shop)["race"] for endpoint in race["requests"]}
    assert {window.endpoint for window in windows(shop)} <= racing


@each_shop
def test_a_finding_is_about_as_bad_as_the_worst_race_of_its_endpoints(shop: Path) -> None:
    """Source cannot tell a crash from a second effect: it may be one step off."""
    ranks = {"low": 1, "medium": 2, "high": 3}
    for report in found(shop):
        races = [
            ranks[race["severity"]]
            for race in truth(shop)["race"]
            if set(race["requests"]) & set(report.endpoints)
        ]
        assert abs(report.match.severity.rank - max(races)) <= 1, report.site


GUARDED = sorted(EXAMPLES.glob("shop_guarded_*"))


@pytest.mark.parametrize("shop", GUARDED, ids=lambda shop: shop.name)
def test_behind_guards_nothing_is_found(shop: Path) -> None:
    assert [report.judge.code for report in analyse(shop).reports] == []
