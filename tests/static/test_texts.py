"""Windows of statements that are written as text."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import text
from sqlalchemy.orm import Session

app = FastAPI()

def session() -> Session: ...

Db = Annotated[Session, Depends(session)]

@app.post("/orders/{key}/cancel")
def cancel(key: int, db: Db) -> None:
"""
READ = 'text("SELECT status FROM orders WHERE id = :id")'
LOCKED = 'text("SELECT status FROM orders WHERE id = :id FOR UPDATE")'
WRITE = """text("UPDATE orders SET status = 'cancelled' WHERE id = :id")"""
STATED = """text("UPDATE orders SET status = 'cancelled' WHERE id = :id AND status = 'pending'")"""
CASES = {
    "a row": (READ, WRITE, "key", ["TOC201"]),
    "another row": (READ, WRITE, "key + 1", []),
    "locked": (LOCKED, WRITE, "key", []),
    "stated again": (READ, STATED, "key", []),
    "joined": (
        'text("SELECT status FROM orders JOIN lines USING (id) WHERE id = :id")',
        WRITE,
        "key",
        ["TOC201"],
    ),
    "no SQL": ('text("SELEC status")', WRITE, "key", []),
}


@pytest.mark.parametrize("case", CASES)
def test_text_is_read_as_a_statement(analysed: Analyse, case: str) -> None:
    read, write, key, expected = CASES[case]
    body = f"""
    status = db.execute({read}, {{"id": key}}).scalar()
    if status != "pending":
        raise HTTPException(409)
    db.execute({write}, {{"id": {key}}})
    db.commit()
"""
    analysis = analysed(HEAD + body)
    assert [report.judge.code for report in analysis.reports] == expected
