"""What the progress line says."""

from __future__ import annotations

import pytest

from tests.report.making import events
from tocsin.cli.progress import Progress
from tocsin.model.event import Planned


def test_it_counts_and_estimates() -> None:
    now = iter([0.0, 2.0])
    progress = Progress(None, clock=lambda: next(now))
    for event in (*events(), Planned(10)):
        progress.add(event)
    assert (progress.done, progress.units, progress.findings) == (4, 10, 1)
    assert progress.words == "pairs · 13 schedules/s · 1 finding · 0:03 left"


def test_the_time_limit_bounds_the_estimate() -> None:
    now = iter([0.0, 50.0])
    progress = Progress(None, time_limit=60, clock=lambda: next(now))
    progress.add(Planned(1000))
    assert progress.words.endswith("0:10 left")


def test_the_bar_is_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress.on_stderr(None, shown=True) as progress:
        for event in events():
            progress.add(event)
    assert capsys.readouterr().out == ""
