"""What a scan of an address wrote is sent again: uvicorn on 127.0.0.1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.probe.gate import gated
from tests.probe.servers import under_uvicorn
from tests.probe.shop import PEOPLE, Shop, application
from tests.probe.stall import Stall
from tests.probe.stall import application as stand
from tests.scan.test_probing import scan
from tocsin.cli.main import cli
from tocsin.errors import Unreachable
from tocsin.report.plan import PlanFile, loads, save

ONLY = ("--only", "GET *", "--only", "POST /spend", "--rounds", "3", "--no-progress")


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    shop = Shop()
    shop.restore()
    with gated(shop.gate), under_uvicorn(application(shop)) as origin:
        yield shop, str(origin)


def again(folder: Path, *words: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(cli, ["replay", *words], standalone_mode=False)


def planned(folder: Path, address: str) -> tuple[Path, PlanFile]:
    result = scan(folder, address, *ONLY, "--output", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    path = folder / finding["witness"]
    file = loads(path.read_text("utf-8"))
    assert file is not None
    return path, file


def test_a_race_is_observed_again_with_the_credentials_of_today(
    tmp_path: Path, shop: tuple[Shop, str]
) -> None:
    path, file = planned(tmp_path, shop[1])
    assert (file.address, file.check) == (shop[1], "parallel_replay")
    assert not any(password in path.read_text("utf-8") for password in PEOPLE.values())
    result = again(tmp_path, str(path), "--times", "3")
    assert result.return_value == 1
    assert "Lost update in POST /spend: reproduced 3/3 times" in result.output


def test_what_does_not_show_again_is_inconclusive(tmp_path: Path, shop: tuple[Shop, str]) -> None:
    path, file = planned(tmp_path, shop[1])
    note = replace(file.requests[0], endpoint="POST /notes", path="/notes", body=b"", name="note")
    save(replace(file, requests=(note, note)), path)
    result = again(tmp_path, str(path), "--times", "6")
    assert result.return_value == 4
    assert "inconclusive (not observed in 6 rounds" in result.output


def test_an_address_that_is_out_of_scope_gets_nothing(
    tmp_path: Path, shop: tuple[Shop, str]
) -> None:
    path, file = planned(tmp_path, shop[1])
    save(replace(file, address="http://shop.example/"), path)
    result = again(tmp_path, str(path))
    assert isinstance(result.exception, Unreachable)
    assert "shop.example" in str(result.exception)
    assert again(tmp_path, str(path), "--app", shop[1], "--times", "1").return_value == 1


def test_an_identity_that_is_not_configured_is_named(
    tmp_path: Path, shop: tuple[Shop, str]
) -> None:
    path, file = planned(tmp_path, shop[1])
    other = replace(file.requests[0], identity="zoe")
    save(replace(file, requests=(other, other)), path)
    assert "needs the identity 'zoe'" in str(again(tmp_path, str(path)).exception)


def flawed(folder: Path, address: str) -> tuple[Path, PlanFile]:
    """The plan of what is wrong without a race."""
    result = scan(folder, address, "--only", "GET *", "--no-progress", "--output", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    path = folder / finding["witness"]
    file = loads(path.read_text("utf-8"))
    assert file is not None
    return path, file


def test_a_flaw_is_looked_for_again_and_what_is_not_found_is_gone(
    tmp_path: Path, shop: tuple[Shop, str]
) -> None:
    shop[0].tells = True
    path, file = flawed(tmp_path, shop[1])
    assert (file.plan, file.check) == ("flaw", "authentication")
    assert file.kind == "answers tell which users exist"
    assert not any(password in path.read_text("utf-8") for password in PEOPLE.values())
    result = again(tmp_path, str(path))
    assert result.return_value == 1
    assert "reproduced 1/1 times" in result.output
    shop[0].tells = False
    assert again(tmp_path, str(path)).return_value == 0


def test_a_flaw_whose_requests_do_not_work_is_inconclusive(
    tmp_path: Path, shop: tuple[Shop, str]
) -> None:
    shop[0].tells = True
    path, file = flawed(tmp_path, shop[1])
    elsewhere = tuple(replace(one, path="/nowhere") for one in file.requests)
    save(replace(file, requests=elsewhere), path)
    result = again(tmp_path, str(path))
    assert result.return_value == 4
    assert "of its requests do not work any more" in result.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"check": "none"}, "the check 'none' is unknown to this version of tocsin: scan again"),
        ({"known": ("{",)}, "is damaged"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_one_sentence(
    tmp_path: Path, shop: tuple[Shop, str], change: dict[str, object], sentence: str
) -> None:
    shop[0].tells = True
    path, file = flawed(tmp_path, shop[1])
    save(replace(file, **change), path)  # type: ignore[arg-type]
    assert sentence in str(again(tmp_path, str(path)).exception)


def test_each_round_of_a_replay_gets_something_new(tmp_path: Path) -> None:
    """Nobody puts back this state: an order is cancelled once."""
    stall = Stall()
    with gated(stall.gate), under_uvicorn(stand(stall)) as origin:
        words = ("--only", "GET *", "--only", "*/orders", "--only", "POST /orders/*")
        result = scan(tmp_path, str(origin), *words, "--no-progress", "--output", "json")
        (finding,) = json.loads(result.stdout)["findings"]
        assert finding["endpoint"] == "POST /orders/{order_id}/cancel"
        sent = again(tmp_path, finding["witness"], "--times", "3")
    assert sent.return_value == 1
    assert "reproduced" in sent.output
