"""Logins that race with each other, with a revocation, with a change of the password."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guard.conftest import Place
from tests.guard.proving import BOB, LOGINS, RACES, race


@pytest.mark.slow
@pytest.mark.parametrize("framework", LOGINS)
def test_a_gate_holds_and_without_it_they_are_proven(
    framework: str, anywhere: Place, tmp_path: Path
) -> None:
    kinds = [(each, kind) for each in RACES for kind in ("guarded", "unguarded")]
    wanted = [(each, kind) for each, kind in kinds if kind == "guarded" or each.twin]
    own = ("/shared/rename", BOB)
    asked = [*(each.requests(kind) for each, kind in wanted), (own, own)]
    found = race(LOGINS[framework], asked, tmp_path, anywhere.surroundings())
    for (each, kind), said in zip(wanted, found, strict=False):
        verdict = "holds" if kind == "guarded" else "violated"
        assert said.verdict == verdict, (each.name, kind, said)
        assert said.bound.startswith("every schedule"), (each.name, said)
        assert said.schedules > 1
    # A lock that two share, and both want for themselves: SQLite has one for all, others end one.
    shared = "holds" if anywhere.backend == "sqlite" else "violated"
    assert found[-1].verdict == shared, found[-1]
