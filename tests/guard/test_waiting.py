"""How databases say that they waited in vain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tocsin.guard.waiting import BOUNDS, in_vain


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SimpleNamespace(sqlstate="55P03"), True),
        (SimpleNamespace(sqlstate=None, pgcode="40P01"), True),
        (SimpleNamespace(sqlstate="23505"), False),
        (SimpleNamespace(sqlite_errorcode=5), True),
        (SimpleNamespace(sqlite_errorcode=517), True),
        (SimpleNamespace(sqlite_errorcode=1), False),
        (Exception(1205, "Lock wait timeout exceeded"), True),
        (Exception(1064, "You have an error in your SQL syntax"), False),
        (SimpleNamespace(sqlstate="HY000", args=(1205, "Lock wait timeout exceeded")), True),
        (Exception(), False),
        (None, False),
    ],
)
def test_waited_in_vain(error: Any, told: bool) -> None:
    assert in_vain(error) is told


def test_a_bound_is_never_no_bound() -> None:
    # 0 means for ever, or is refused.
    assert {bound.of(0).rpartition(" ")[2] for bound in BOUNDS.values()} == {"1"}
