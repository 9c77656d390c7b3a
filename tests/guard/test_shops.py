"""The guarded shops hold: nothing is found in any pair of requests, and every pair is judged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guard.conftest import Place

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHOPS = {
    "shop_guarded_fastapi": "shop.main:app",
    "shop_guarded_flask": "shop.main:app",
    "shop_guarded_django": "shop.wsgi:application",
}


def scheme(place: Place) -> str:
    """The address of a database, as the shops take it."""
    if place.backend == "sqlite":
        return f"sqlite:///{place.name}"
    return place.url().replace("postgresql+psycopg", "postgresql")


@pytest.mark.parametrize("shop", SHOPS)
def test_every_pair_holds(shop: str, place: Place, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / shop, tmp_path / shop)
    settings = folder / "tocsin.toml"
    # A machine that is busy is no request that hangs.
    settings.write_text("request-timeout = 60\n" + settings.read_text())
    words = ("--workers", "1", "--output", "json", "--i-know-this-database-is-disposable")
    said = subprocess.run(
        [sys.executable, "-m", "tocsin", "scan", SHOPS[shop], *words],
        cwd=folder,
        env={**os.environ, "SHOP_DATABASE_URL": scheme(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr + said.stdout[-3000:]
    document = json.loads(said.stdout)
    assert document["findings"] == []
    assert {pair["verdict"] for pair in document["pairs"]} == {"holds"}
    assert len(document["pairs"]) > 50
