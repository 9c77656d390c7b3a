"""What ``tocsin scan`` is for: races are proven, replayed, and gone once they are mended."""

from __future__ import annotations

import sys

import pytest

from tests.end_to_end import apps
from tests.end_to_end.conftest import Project, Said


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A bank whose withdrawals race, beside the same bank without the race."""
    project = Project(tmp_path_factory.mktemp("bank"))
    project.write("bank.py", apps.RACY_BANK)
    project.write("fixed.py", apps.FIXED_BANK)
    project.write("tocsin.toml", 'setup = "bank:seed"\n')
    return project


@pytest.fixture(scope="module")
def scanned(bank: Project) -> Said:
    return bank.scan("bank:app")


def test_a_double_withdrawal_is_proven(scanned: Said) -> None:
    assert scanned.code == 1, scanned.err
    (finding,) = scanned.document["findings"]
    assert finding["endpoint"] == "POST /accounts/{account_id}/withdraw"
    assert finding["anomaly"] == "limit overrun"
    assert finding["severity"] == "high"
    assert finding["evidence"]["level"] == "proven"
    assert finding["check"]["path"] == finding["use"]["path"] == "bank.py"
    assert finding["check"]["line"] < finding["use"]["line"]


def test_the_report_is_all_that_stdout_has(scanned: Said) -> None:
    assert scanned.document["verdict"] == "violated"
    assert "Traceback" not in scanned.err


def test_the_pair_says_how_far_it_was_explored(scanned: Said) -> None:
    (pair,) = scanned.document["pairs"]
    assert pair["verdict"] == "violated"
    assert pair["schedules"] > 10
    assert pair["bound"] == "every schedule with at most 2 preemptions"


def test_the_witness_replays_in_a_fresh_process(bank: Project, scanned: Said) -> None:
    (finding,) = scanned.document["findings"]
    replayed = bank.tocsin("replay", finding["witness"])
    assert replayed.code == 1, replayed.err
    assert "reproduced 10/10 times, each time with the same outcome" in replayed.out


def test_the_fixed_bank_holds(bank: Project) -> None:
    said = bank.scan("fixed:app")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert said.document["findings"] == []
    assert pair["verdict"] == "holds"
    assert pair["schedules"] > 2
    assert pair["bound"] == "every schedule with at most 2 preemptions"


def test_the_witness_is_gone_from_the_fixed_bank(bank: Project, scanned: Said) -> None:
    (finding,) = scanned.document["findings"]
    replayed = bank.tocsin("replay", finding["witness"], "--app", "fixed:app", "--times", "2")
    assert replayed.code == 0, replayed.err + replayed.out
    assert "gone: not reproduced in 2 replays" in replayed.out


def test_the_written_test_fails_until_the_race_is_mended(bank: Project, scanned: Said) -> None:
    (finding,) = scanned.document["findings"]
    written = bank.tocsin("replay", finding["witness"], "--pytest")
    bank.write("test_race.py", "")
    (bank.folder / "test_race.py").write_text(written.out)
    pytest_here = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_race.py")
    racy = bank.run(*pytest_here)
    assert "1 failed" in racy.out, racy.out
    assert "limit overrun" in racy.out.lower()
    bank.write("bank.py", apps.FIXED_BANK)
    try:
        fixed = bank.run(*pytest_here)
    finally:
        bank.write("bank.py", apps.RACY_BANK)
    assert "1 passed" in fixed.out, fixed.out


def test_the_database_file_is_never_written(bank: Project, scanned: Said) -> None:
    assert scanned.code == 1
    assert not (bank.folder / "bank.db").exists()


def test_flask_and_sqlite3(project: Project) -> None:
    project.write("coupons.py", apps.COUPONS)
    project.write("tocsin.toml", 'setup = "coupons:seed"\n')
    said = project.scan("coupons:app")
    assert said.code == 1, said.err
    (finding,) = said.document["findings"]
    assert finding["framework"] == "flask"
    assert finding["endpoint"] == "POST /coupons/{code}/redeem"
    assert finding["anomaly"] == "limit overrun"


def test_a_dictionary_and_an_await(project: Project) -> None:
    project.write("stock.py", apps.STOCK)
    said = project.scan("stock:app")
    assert said.code == 1, said.err
    (finding,) = said.document["findings"]
    assert finding["endpoint"] == "POST /buy"
    assert finding["rule"] == "TOC402"
    assert finding["use"]["path"] == "stock.py"
