"""The examples say which of their endpoints race: what is found has to agree."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tocsin.static.engine import analyse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHOPS = sorted(path.parent for path in EXAMPLES.glob("*/races.toml"))

# Nothing is tested or computed in these: there is no window, but an order of locks or of reads.
NO_WINDOW = {"deadlock", "read skew"}


def truth(shop: Path) -> tuple[list[set[str]], set[str]]:
    """The pairs of which one must be found, and the endpoints that may be."""
    document = tomllib.loads((shop / "races.toml").read_text("utf-8"))
    # SQLite has no row locks: what races there only is protected as far as source can tell.
    races = [
        set(race["requests"])
        for race in document["race"]
        if race["anomaly"] not in NO_WINDOW and race["on"] != ["sqlite"]
    ]
    return races, set().union(*races)


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_a_racing_pair_is_found_at_one_of_its_endpoints(shop: Path) -> None:
    found = {each for report in analyse(shop).reports for each in report.endpoints}
    races, _ = truth(shop)
    assert [sorted(race) for race in races if not race & found] == []


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_nothing_is_said_of_endpoints_that_are_safe(shop: Path) -> None:
    found = {each for report in analyse(shop).reports for each in report.endpoints}
    _, racing = truth(shop)
    assert sorted(found - racing) == []
