"""Fixed without a look at it, and then explored: the races of the examples are gone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "operation", "words"),
    [
        ("shop_fastapi", "POST /teams", []),
        ("shop_django", "POST /orders/{order_id}/cancel/", ["--unsafe-fixes"]),
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
