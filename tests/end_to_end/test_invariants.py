"""What the user asserts in SQL goes all the way: configuration, finding, witness, test."""

from __future__ import annotations

import json
import sys

import pytest

from tests.end_to_end import apps
from tests.end_to_end.conftest import Project

SCENARIO = """
setup = "bank:seed"
[[scenarios]]
name = "two withdrawals"
race = ["POST /accounts/{{account_id}}/withdraw"]
invariants = [{sql}]
"""
OVERDRAWN = '"SELECT id, balance FROM accounts WHERE balance < 0"'


@pytest.fixture
def bank(project: Project) -> Project:
    project.write("bank.py", apps.RACY_BANK)
    return project


def test_a_broken_query_is_in_the_finding_the_witness_and_the_test(bank: Project) -> None:
    bank.write("tocsin.toml", SCENARIO.format(sql=OVERDRAWN))
    said = bank.scan("bank:app")
    (finding,) = said.document["findings"]
    assert f"Invariant broken: {OVERDRAWN[1:-1]} returned" in finding["description"]
    assert '"balance": -60' in finding["description"]
    witness = json.loads((bank.folder / finding["witness"]).read_text())["witness"]
    assert witness["invariants"] == [{"sql": OVERDRAWN[1:-1]}]
    assert bank.tocsin("replay", finding["witness"], "--times", "2").code == 1
    written = bank.tocsin("replay", finding["witness"], "--pytest")
    (bank.folder / "test_race.py").write_text(written.out)
    tested = bank.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "1 failed" in tested.out, tested.out


def test_bad_sql_is_one_sentence(bank: Project) -> None:
    bank.write("tocsin.toml", SCENARIO.format(sql='"SELECT id FROM acounts"'))
    said = bank.tocsin("scan", "bank:app", "--workers", "1", "--no-progress")
    assert said.code == 2
    assert said.err == (
        "tocsin: error: invariant SELECT id FROM acounts: sqlite:bank.db says: "
        "no such table: acounts\n"
    )
