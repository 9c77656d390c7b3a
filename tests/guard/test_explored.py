"""Every guard is proven: it holds over all schedules, and its twin without is proven to race."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guard.conftest import Place
from tests.guard.proving import ALONE, CASES, Case, explore
from tocsin.testing import servers

pytestmark = pytest.mark.slow
_MARKS = {"postgresql": pytest.mark.postgresql}


def _surroundings(store: str, request: pytest.FixtureRequest) -> dict[str, str]:
    if store in ALONE:
        return {}
    if store == "redis":
        redis: servers.Redis = request.getfixturevalue("redis_server")
        return {"GUARDED_REDIS": redis.url(7)}
    place: Place = request.getfixturevalue(store)
    return place.surroundings()


@pytest.mark.parametrize(
    ("case", "store"),
    [
        pytest.param(case, store, id=case.id(store), marks=_MARKS.get(store, ()))
        for case in CASES
        for store in case.stores
    ],
)
def test_a_guard(case: Case, store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    surroundings = _surroundings(store, request)
    guarded = explore(case, "guarded", tmp_path, surroundings)
    assert guarded.verdict == "holds", guarded.document
    assert guarded.bound.startswith("every schedule"), guarded.bound
    assert guarded.document["findings"] == []
    unguarded = explore(case, "unguarded", tmp_path, surroundings)
    assert unguarded.verdict == "violated", unguarded.document
    levels = {finding["evidence"]["level"] for finding in unguarded.document["findings"]}
    assert levels == {"proven"}
