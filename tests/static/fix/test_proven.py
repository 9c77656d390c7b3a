"""Fixed without a look at it, and then explored: the races of the examples are gone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.static.engine import analyse

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
TOCSIN = Path(sys.executable).with_name("tocsin")


def explored(shop: Path, operation: str) -> dict[str, set[str]]:
    """The verdicts of the pairs of an operation, by what was run."""
    words = [TOCSIN, "scan", "--only", operation, "--output", "json", "--fail-on", "never"]
    done = subprocess.run(words, cwd=shop, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    return {
        "verdicts": {pair["verdict"] for pair in report["pairs"]},
        "levels": {finding["evidence"]["level"] for finding in report["findings"]},
    }


GUARDS = ["--unsafe-fixes", "--with-guards"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "operation", "words"),
    [
        ("shop_fastapi", "POST /teams", []),
        ("shop_django", "POST /orders/{order_id}/cancel/", ["--unsafe-fixes"]),
        ("shop_django", "POST /orders/{order_id}/cancel/", GUARDS),
        ("shop_fastapi", "POST /orders/{order_id}/cancel", GUARDS),
        ("shop_flask", "POST /orders/{order_id}/cancel", GUARDS),
    ],
)
def test_a_fixed_example_is_proven_fixed(
    example: str, operation: str, words: list[str], tmp_path: Path
) -> None:
    shop = tmp_path / example
    shutil.copytree(EXAMPLES / example, shop)
    assert "proven" in explored(shop, operation)["levels"]
    subprocess.run([TOCSIN, "fix", "shop", *words], cwd=shop, check=True)
    assert explored(shop, operation) == {"verdicts": {"holds"}, "levels": set()}


LEFT = {
    "shop_fastapi": {"TOC101", "TOC106", "TOC202", "TOC215"},
    "shop_flask": {"TOC101", "TOC202"},
    "shop_django": {"TOC101", "TOC103", "TOC202", "TOC214"},
    "shop_memory": {"TOC101"},
}
"""The rules of which a finding stays: a right in another request's hands, several rows at once."""


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--unsafe-fixes"], GUARDS], ids=["plain", "guards"])
@pytest.mark.parametrize("example", sorted(LEFT))
def test_a_fixed_example_passes_its_own_tests(
    example: str, words: list[str], tmp_path: Path
) -> None:
    shop = tmp_path / example
    shutil.copytree(EXAMPLES / example, shop)
    subprocess.run([TOCSIN, "fix", "shop", *words], cwd=shop, check=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert {each.judge.code for each in analyse(shop).reports} <= LEFT[example]
    again = [TOCSIN, "fix", "shop", *words, "--diff"]
    assert subprocess.run(again, cwd=shop, capture_output=True, check=False).stdout == b""


@pytest.mark.slow
def test_what_is_proven_of_state_in_memory_is_gone(tmp_path: Path) -> None:
    shop = tmp_path / "shop_memory"
    shutil.copytree(EXAMPLES / "shop_memory", shop)
    subprocess.run([TOCSIN, "fix", "shop", "--unsafe-fixes"], cwd=shop, check=True)
    words = [TOCSIN, "scan", "--output", "json", "--fail-on", "never"]
    done = subprocess.run(words, cwd=shop, capture_output=True, text=True, check=True)
    proven = {f["endpoint"] for f in json.loads(done.stdout)["findings"]}
    assert proven == {"POST /users/{username}/promote"}
