"""The shop on FastAPI under uvicorn, probed from outside as a user would."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project

SHOP = Path(__file__).parents[2] / "examples" / "shop_fastapi"
BEGUN = "Application startup complete"
KEYS = {"endpoint", "test_type", "vulnerability", "recommendation"}

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(project: Project) -> Iterator[tuple[Project, str]]:
    """A copy of the shop, and where it is served from a database of its own."""
    ignored = shutil.ignore_patterns("*.db*", ".tocsin", "__pycache__")
    shutil.copytree(SHOP, project.folder, dirs_exist_ok=True, ignore=ignored)
    seeding = [sys.executable, "-c", "import shop.seed; shop.seed.reset()"]
    subprocess.run(seeding, cwd=project.folder, env=project.surroundings(), check=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = [sys.executable, "-m", "uvicorn", "shop.main:app", "--fd", str(listener.fileno())]
        server = subprocess.Popen(
            words,
            cwd=project.folder,
            env=project.surroundings(),
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert server.stderr is not None
            assert any(BEGUN in line for line in server.stderr)
            yield project, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.terminate()
            server.communicate(timeout=60)


def key(endpoints: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(endpoints))


def test_the_races_are_observed_and_nothing_that_is_safe(shop: tuple[Project, str]) -> None:
    project, address = shop
    only = ("GET *", "*orders*", "*coupons*", "*profile*", "*favourites*", "*wishlist*")
    words = [word for one in only for word in ("--only", one)]
    said = project.tocsin("scan", address, "--fastapi", "--output", "json", *words)
    assert said.code == 1, said.err
    document = said.document
    truth = tomllib.loads((project.folder / "races.toml").read_text())
    racy = {key(race["requests"]) for race in truth["race"] if "sqlite" in race["on"]}
    raced = [one for one in document["pairs"] if one["verdict"] == "violated"]
    assert {key(one["endpoint"] for one in pair["requests"]) for pair in raced} <= racy
    attacks = document["fastapi_toctou_tests"]
    assert all(set(attack) == KEYS for attack in attacks)
    # Each of them shows in most scans; on a busy machine none does in all of them.
    shown = {one["endpoint"] for one in attacks if one["test_type"] == "parallel_replay"}
    assert shown & {
        "POST /orders/{order_id}/cancel",
        "POST /coupons/{code}/redeem",
        "POST /wishlist",
        "PUT /profile/email",
    }
    held = {key(one["requests"]) for one in truth["safe"] if "sqlite" in one["on"]}
    assert (
        len(held & {key(one["endpoint"] for one in p["requests"]) for p in document["pairs"]}) > 5
    )
