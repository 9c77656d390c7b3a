"""The shop on FastAPI under uvicorn, probed from outside as a user would."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Project, Said

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop_fastapi"
BEGUN = "Application startup complete"
KEYS = {"endpoint", "test_type", "vulnerability", "recommendation"}
FOUND = {"category", "severity", "description", "endpoint", "code_snippet", "remediation"}
"""The keys that the two lists of the report promise."""

RACES = {
    "double cancel": ("parallel_replay", "POST /orders/{order_id}/cancel"),
    "coupon redeemed twice": ("parallel_replay", "POST /coupons/{code}/redeem"),
    "promoted by a former administrator": (
        "stale_authorization",
        "POST /users/{username}/promote",
    ),
    "read after it was handed over": ("stale_authorization", "GET /invoices/{invoice_id}"),
}
"""What a scan has to show of the shop, as the shop names it."""

PATIENCE = 240

RESET = """
    import os
    from pathlib import Path

    import shop.seed


    def reset():
        shop.seed.reset()
        settled = [line for file in Path(".tocsin/unfinished").glob("*") for line in open(file)]
        if os.path.exists("reached") and len(settled) >= int(Path("when").read_text()):
            open("reached", "w").close()
            os.unlink("reached")
            open("go").close()
"""
"""Puts back the state; once so much of a scan is settled it says so, and waits to be let go on."""

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(project: Project) -> Iterator[tuple[Project, str]]:
    """A copy of the shop, and where it is served from a database of its own: its requests meet."""
    ignored = shutil.ignore_patterns("*.db*", ".tocsin", "__pycache__")
    shutil.copytree(SHOP, project.folder, dirs_exist_ok=True, ignore=ignored)
    seeding = [sys.executable, "-c", "import shop.seed; shop.seed.reset()"]
    subprocess.run(seeding, cwd=project.folder, env=project.surroundings(), check=True)
    here = replace(project, environment={"PYTHONPATH": str(ROOT)})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = str(listener.fileno())
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.meeting", "shop.main:app", number],
            cwd=project.folder,
            env=here.surroundings(),
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


def asked(pair: Mapping[str, Any]) -> list[str]:
    """The endpoints of a pair of the report."""
    return [one["endpoint"] for one in pair["requests"]]


def words(*patterns: str) -> list[str]:
    return [word for one in patterns for word in ("--only", one)]


def test_the_races_are_observed_and_nothing_that_is_safe(shop: tuple[Project, str]) -> None:
    project, address = shop
    kinds = ("orders", "coupons", "favourites", "wishlist", "users", "invoices")
    only = words("GET *", *(f"*{kind}*" for kind in kinds))
    said = project.tocsin("scan", address, "--fastapi", "--output", "json", *only)
    assert said.code == 1, said.err
    document = said.document
    truth = tomllib.loads((project.folder / "races.toml").read_text())
    racy = {key(race["requests"]) for race in truth["race"] if "sqlite" in race["on"]}
    raced = [one for one in document["pairs"] if one["verdict"] == "violated"]
    assert {key(asked(one)) for one in raced} <= racy
    pairs = {race["name"]: key(race["requests"]) for race in truth["race"]}
    assert {pairs[name] for name in RACES} <= {key(asked(one)) for one in raced}
    attacks, findings = document["fastapi_toctou_tests"], document["findings"]
    assert all(set(attack) == KEYS for attack in attacks)
    assert all(set(finding) >= FOUND for finding in findings)
    assert {(one["test_type"], one["endpoint"]) for one in attacks} >= {
        *RACES.values(),
        ("parallel_replay", "POST /wishlist"),
        ("state_change_attack", "POST /orders/{order_id}/cancel"),
    }
    told = {one["endpoint"] for one in findings if one["anomaly"]}
    assert {endpoint for _, endpoint in RACES.values()} <= told
    invoice = {
        one["identity"]: one["allowed"]
        for one in document["authorization"]
        if one["endpoint"] == "GET /invoices/{invoice_id}"
    }
    assert (invoice["alice"], invoice["bob"]) == (True, False)
    held = {key(one["requests"]) for one in truth["safe"] if "sqlite" in one["on"]}
    assert len(held & {key(asked(one)) for one in document["pairs"]}) > 5


def test_races_are_observed_where_the_configuration_names_no_values(
    shop: tuple[Project, str],
) -> None:
    """Ids come from lists, the rest from what the document says and the server answers."""
    project, address = shop
    settings = project.folder / "tocsin.toml"
    settings.write_text(settings.read_text().partition("[params]")[0])
    only = words("GET *", "POST /orders/*", "*wishlist*", "*profile*", "*withdraw*", "*teams*")
    said = project.tocsin("scan", address, "--output", "json", *only)
    assert said.code == 1, said.err
    observed = {
        key(asked(pair)) for pair in said.document["pairs"] if pair["verdict"] == "violated"
    }
    truth = tomllib.loads((project.folder / "races.toml").read_text())
    assert observed <= {key(race["requests"]) for race in truth["race"]}
    assert observed >= {
        ("POST /orders/{order_id}/cancel",) * 2,
        ("POST /wishlist",) * 2,
        ("PUT /profile/email",) * 2,
        ("POST /accounts/withdraw",) * 2,
    }


def test_a_scan_that_was_stopped_twice_goes_on_to_the_same_end(shop: tuple[Project, str]) -> None:
    """By Ctrl-C, and by a signal that nobody can catch."""
    project, address = shop
    project.write("putting_back.py", RESET)
    settings = project.folder / "tocsin.toml"
    text = settings.read_text().replace('reset = "shop.seed:reset"', 'reset = "putting_back:reset"')
    settings.write_text(text)
    only = words("GET /me/orders", "GET /coupons*", "POST /orders/*", "*coupons*/redeem")
    scan = ["scan", address, "--output", "json", *only]
    scan += ["--rounds", "2"]  # one for each order of the writers
    whole = project.tocsin(*scan)
    assert whole.code == 1, whole.err
    assert not unfinished(project)

    os.mkfifo(project.folder / "go")
    first = stopped(project, 2, signal.SIGINT, *scan)
    assert first.code == 130, first.err
    assert "Traceback" not in first.out + first.err
    settled = len(unfinished(project))
    assert settled >= 2
    second = stopped(project, settled + 2, signal.SIGKILL, *scan, "--resume")
    assert second.code == -signal.SIGKILL
    left = len(unfinished(project))
    assert left >= settled + 2

    after = project.tocsin(*scan, "--resume")
    assert after.code == 1, after.err
    notes = after.document["notes"]
    assert any(f"{left} attacks are taken over" in note for note in notes), notes
    assert not unfinished(project)
    assert found(after) == found(whole)


def stopped(project: Project, settled: int, how: signal.Signals, *scan: str) -> Said:
    """A scan that is sent this signal when so many of its attacks are settled."""
    project.write("when", str(settled))
    os.mkfifo(project.folder / "reached")
    reached = os.open(project.folder / "reached", os.O_RDONLY | os.O_NONBLOCK)
    process = project.start(*scan)
    assert select.select([reached], [], [], PATIENCE)[0], "so much of the scan"
    os.close(reached)
    process.send_signal(how)
    with (project.folder / "go").open("w"):
        out, err = process.communicate(timeout=PATIENCE)
    return Said(process.returncode, out, err)


def unfinished(project: Project) -> list[str]:
    """What is settled of a scan that has not come to its end."""
    files = project.folder.glob(".tocsin/unfinished/*")
    return [line for file in files for line in file.read_text().splitlines()]


def found(said: Said) -> set[tuple[str, str, str]]:
    """What a scan found, however often each round showed it."""
    return {(one["rule"], one["anomaly"], one["fingerprint"]) for one in said.document["findings"]}
