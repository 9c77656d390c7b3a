from __future__ import annotations

import pytest

from tocsin.probe.baseline import Baseline, Outcome


@pytest.mark.parametrize(
    ("row", "more"),
    [
        ((200, 409), (200, 409, 409, 409)),
        ((404, 204), (204, 404, 404, 404)),
        ((200, 409, 409, 409), (200, 409, 409, 409)),
    ],
)
def test_more_copies_are_refused_like_the_second(
    row: tuple[int, ...], more: tuple[int, ...]
) -> None:
    alone = Outcome((200,))
    found = Baseline.of([[alone], [Outcome(tuple(sorted(row)))]]).among(4)
    assert found.groups == ((alone,), (Outcome(more),))
    assert (found.guessed, found.most) == (True, 1)


def test_of_different_requests_the_pair_stands_for_the_crowd() -> None:
    pair = Baseline.of([[Outcome((200, 409))], [Outcome((404, 200))]], copies=False)
    found = pair.among(8)
    assert (found.groups, found.guessed, pair.guessed) == (pair.groups, True, False)
