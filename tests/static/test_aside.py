"""What is no part of the application."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

RACE = """
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.post("/files/{name}")
def create(name: str, text: str) -> None:
    path = Path("/srv") / name
    if path.exists():
        raise HTTPException(409)
    path.write_text(text)
"""


@pytest.mark.parametrize(
    ("folder", "found"), [("shop", 1), ("tests", 0), ("end_to_end_tests", 0), ("contests", 1)]
)
def test_folders_of_tests_are_left_out(analysed: Analyse, folder: str, found: int) -> None:
    assert len(analysed(**{f"{folder}/app": RACE}).reports) == found


@pytest.mark.parametrize(("name", "found"), [("files", 1), ("test_files", 0), ("files_test", 0)])
def test_files_of_tests_are_left_out(analysed: Analyse, name: str, found: int) -> None:
    assert len(analysed(**{name: RACE}).reports) == found
