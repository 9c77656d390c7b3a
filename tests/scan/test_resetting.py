from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.errors import UsageError
from tocsin.scan.resetting import Resetting

SEED = """
import os, pathlib
CALLS = pathlib.Path(os.environ["CALLS"])

def reset():
    print("noise")
    CALLS.write_text(CALLS.read_text() + "x" if CALLS.exists() else "x")

def broken():
    raise ValueError("no\\nsuch table")

def leaves():
    os._exit(3)
"""


def resetting(folder: Path, name: str) -> Resetting:
    (folder / "seed.py").write_text(SEED)
    return Resetting(name, [folder], {"CALLS": str(folder / "calls")})


def test_the_function_is_called_each_time(tmp_path: Path) -> None:
    with resetting(tmp_path, "seed:reset") as world:
        for _ in range(3):
            world.restore()
    assert (tmp_path / "calls").read_text() == "xxx"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("seed:broken", "reset seed:broken: ValueError: no such table"),
        ("seed:none", "AttributeError: module 'seed' has no attribute 'none'"),
        ("absent:reset", "ModuleNotFoundError: No module named 'absent'"),
        ("seed:leaves", "reset seed:leaves: ended before it was done"),
    ],
)
def test_what_goes_wrong_is_one_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    with resetting(tmp_path, name) as world:
        with pytest.raises(UsageError) as raised:
            world.restore()
        assert sentence in raised.value.message
        with pytest.raises(UsageError):  # and it stays wrong
            world.restore()
