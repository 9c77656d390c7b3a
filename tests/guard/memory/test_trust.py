"""What a report says of tallies in memory, whose lines no schedule interrupts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

APP = """
from flask import Flask
from tocsin.guard.flask import install
from tocsin.guard.limits import Stock
{imported}

app = Flask(__name__)
install(app)


@app.post("/redeem")
def redeem():
    return {{"left": 1}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("used", [True, False])
def test_a_report_says_what_is_taken_on_trust(used: bool, tmp_path: Path) -> None:
    imported = "from tocsin.guard.memory import Tallies" if used else ""
    (tmp_path / "served.py").write_text(APP.format(imported=imported), "utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "tocsin", "scan", "served:app", "--output", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    notes = json.loads(said.stdout)["notes"]
    assert any("taken on trust" in note for note in notes) is used
