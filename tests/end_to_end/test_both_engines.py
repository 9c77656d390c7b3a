"""A folder and an application in one command: each race is told once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Project, Said

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop_fastapi"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example, in a folder of a project."""
    project = Project(tmp_path_factory.mktemp("project"))
    ignored = shutil.ignore_patterns("__pycache__", ".tocsin", "*.db")
    shutil.copytree(SHOP, project.folder / "shop_fastapi", ignore=ignored)
    return project


@pytest.fixture(scope="module")
def scanned(shop: Project) -> Said:
    words = ("shop_fastapi", "shop.main:app", "--only", "POST /orders/*", "--only", "POST /teams")
    return shop.scan(*words, "--preemptions", "1", "--no-cache")


def found(said: Said, endpoint: str) -> dict[str, Any]:
    (finding,) = (f for f in said.document["findings"] if f["endpoint"] == endpoint)
    return dict(finding)


@pytest.mark.slow
def test_what_source_suspects_and_a_run_proves_is_one_finding(scanned: Said) -> None:
    assert scanned.code == 1, scanned.err
    cancel = found(scanned, "POST /orders/{order_id}/cancel")
    evidence = cancel["evidence"]
    assert evidence["level"] == "proven"
    assert evidence["replays"] == 10
    assert evidence["interleaving"]
    assert evidence["window"]["check"]["line"] == cancel["check"]["line"]
    assert evidence["window"]["use"]["code"] == 'order.status = "cancelled"'
    assert [twin["rule"] for twin in cancel["twins"]] == ["TOC201"]
    assert cancel["check"]["path"] == "shop_fastapi/shop/orders.py"
    assert cancel["witness"]
    assert found(scanned, "POST /teams")["evidence"]["level"] == "proven"


@pytest.mark.slow
def test_what_was_not_explored_stays_suspected_with_the_reason(scanned: Said) -> None:
    wish = found(scanned, "POST /wishlist")
    assert wish["evidence"]["level"] == "suspected"
    assert wish["evidence"]["reason"] == "POST /wishlist was left out by --only or --skip."


@pytest.mark.slow
def test_a_comment_and_a_baseline_silence_what_was_proven(shop: Project, scanned: Said) -> None:
    cancel = found(scanned, "POST /orders/{order_id}/cancel")
    read = json.loads(shop.tocsin("scan", "shop_fastapi", "--output", "json", "--no-cache").out)
    alone = {each["fingerprint"] for each in read["findings"]}
    assert {twin["fingerprint"] for twin in cancel["twins"]} <= alone
    place = shop.folder / cancel["check"]["path"]
    lines = place.read_text().splitlines(keepends=True)
    lines.insert(cancel["check"]["line"] - 1, "    # tocsin: ignore[TOC201] only in the example\n")
    baseline = shop.tocsin("baseline", "shop_fastapi", "--out", "known.json")
    assert baseline.code == 0, baseline.err
    place.write_text("".join(lines))
    said = shop.scan(
        *("shop_fastapi", "shop.main:app", "--only", "POST /orders/{order_id}/cancel"),
        *("--preemptions", "1", "--baseline", "known.json", "--no-cache"),
    )
    assert said.code == 0, said.out
    given = found(said, "POST /orders/{order_id}/cancel")
    assert given["evidence"]["level"] == "proven"
    assert given["suppression"]["reason"] == "only in the example"
    kinds = {f["suppression"]["kind"] for f in said.document["findings"] if f["suppression"]}
    assert kinds == {"comment", "baseline"}
