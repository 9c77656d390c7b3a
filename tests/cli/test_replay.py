"""``tocsin replay``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Engine
from tests.report.making import witness
from tocsin.model.replay import ReplayResult
from tocsin.report.witness import WitnessFile, save


@pytest.mark.parametrize(
    ("reproduced", "reason", "code", "words"),
    [
        (10, "", 1, "reproduced 10/10 times, each time with the same outcome"),
        (0, "", 0, "gone: not reproduced in 10 replays"),
        (0, "the schedule cannot be followed", 4, "inconclusive (the schedule cannot be followed)"),
    ],
)
def test_verdicts(
    tocsin: Command, engine: Engine, reproduced: int, reason: str, code: int, words: str
) -> None:
    engine.result = ReplayResult(
        "w.json", "double submit", "POST /x", 10, reproduced, reason=reason
    )
    said = tocsin("replay", "w.json", "--app", "shop.fixed:app")
    assert said.code == code
    assert said.out == f"w.json: double submit: {words}\n"
    assert engine.replayed is not None
    assert engine.replayed.app == "shop.fixed:app"


def test_json(tocsin: Command) -> None:
    (result,) = json.loads(tocsin("replay", "w.json", "--output", "json").out)
    assert (result["reproduced"], result["times"]) == (10, 10)


def test_pytest_prints_a_test(tocsin: Command, tmp_path: Path) -> None:
    path = save(WitnessFile(app="shop.main:app", witness=witness()), tmp_path / "w.json")
    said = tocsin("replay", str(path), "--pytest")
    assert said.code == 0
    compile(said.out, "test_race.py", "exec")


def test_a_file_that_is_no_witness_is_2(tocsin: Command, tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text("{}")
    said = tocsin("replay", "w.json", "--pytest")
    assert said.code == 2
    assert said.err == "tocsin: error: w.json: is not a witness written by tocsin\n"
    assert tocsin("replay", "none.json", "--pytest").code == 2
