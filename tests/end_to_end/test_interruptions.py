"""However a scan ends, the user's database is as it was found, and no process is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project

PROCESSES = Path("/proc")
pytestmark = pytest.mark.skipif(
    not (PROCESSES / "self" / "environ").exists(), reason="processes are looked up in /proc"
)

LONG = """
    import sqlite3
    from pathlib import Path

    from fastapi import FastAPI

    database = Path(__file__).with_name("shop.db")
    app = FastAPI()


    def change(n):
        connection = sqlite3.connect(database)
        (before,) = connection.execute("SELECT n FROM stock WHERE id = 1").fetchone()
        connection.commit()
        connection.execute("UPDATE stock SET n = ? WHERE id = 1", (before + n,))
        connection.commit()
        connection.close()
        return {"n": before + n}


    for number in range(1, 13):
        app.post(f"/add/{number}")(lambda number=number: change(number))
"""


@pytest.fixture
def shop(project: Project) -> Iterator[Project]:
    """A shop with a database that is there already, and far more to explore than time."""
    import sqlite3

    connection = sqlite3.connect(project.folder / "shop.db")
    connection.execute("CREATE TABLE stock (id INTEGER PRIMARY KEY, n INTEGER)")
    connection.execute("INSERT INTO stock VALUES (1, 5)")
    connection.commit()
    connection.close()
    project.write("shop.py", LONG)
    marked = replace(project, environment={"SHOP_MARK": str(project.folder)})
    yield marked
    for process in left_over(marked):
        os.kill(process, signal.SIGKILL)


def left_over(project: Project) -> list[int]:
    """The processes that have the project's mark in their environment."""
    mark = f"SHOP_MARK={project.folder}".encode()
    found = []
    for entry in PROCESSES.iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def eventually(condition: Callable[[], object], within: float = 120) -> bool:
    """Ask again and again, as long as it may take on a busy machine."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def contents(project: Project) -> dict[str, str]:
    """The database, and whatever stands beside it under its name."""
    files = sorted(project.folder.glob("shop.db*"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_ctrl_c_in_the_middle_of_a_scan(shop: Project) -> None:
    before = contents(shop)
    process = shop.start("scan", "shop:app", "--workers", "2", "--output", "json")
    assert eventually(shop.witnesses), "a first finding"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    document = json.loads(out)
    assert document["interrupted"] is True
    assert document["findings"]
    assert contents(shop) == before
    assert eventually(lambda: not left_over(shop), 30)


def test_ctrl_c_before_anything_is_known(shop: Project) -> None:
    before = contents(shop)
    process = shop.start("scan", "shop:app", "--workers", "1", "--output", "json")
    assert eventually(lambda: len(left_over(shop)) > 1), "a worker"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert contents(shop) == before
    assert eventually(lambda: not left_over(shop), 30)


def test_a_scan_that_is_killed(shop: Project) -> None:
    before = contents(shop)
    process = shop.start("scan", "shop:app", "--workers", "2")
    assert eventually(shop.witnesses), "a first finding"
    process.kill()
    process.communicate()
    assert contents(shop) == before
    assert eventually(lambda: not left_over(shop), 60)
    assert contents(shop) == before


def test_a_worker_that_is_killed(shop: Project) -> None:
    """The app's process goes down in the middle of a pair: that pair is inconclusive."""
    before = contents(shop)
    only = ("--only", "POST /add/1", "--only", "POST /add/2", "--only", "POST /add/3")
    words = ("scan", "shop:app", "--workers", "1", "--output", "json", *only)
    process = shop.start(*words)
    assert eventually(shop.witnesses), "a first finding"
    for worker in set(left_over(shop)) - {process.pid}:
        os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 1, err
    pairs = json.loads(out)["pairs"]
    lost = [pair for pair in pairs if pair["verdict"] == "inconclusive"]
    assert len(lost) <= 1
    assert all("the app's process ended unexpectedly" in pair["reason"] for pair in lost)
    assert sum(pair["verdict"] == "violated" for pair in pairs) == len(pairs) - len(lost)
    assert contents(shop) == before
