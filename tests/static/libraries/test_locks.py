"""Locks that are no row's: what they close, and how they fail to."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse
from tocsin.stores.calls.locks import Taking, taking

HEAD = """
import asyncio
import threading

import redis
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import func, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()
client = redis.Redis()
one = threading.Semaphore(1)
many = threading.BoundedSemaphore(5)

class Base(DeclarativeBase): ...

class Wallet(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]

def session() -> Session: ...

@app.post("/wallets/{key}/pay")
def pay(key: int, amount: int, db: Session = Depends(session)) -> None:
"""
PAYS = """\
wallet = db.get(Wallet, key)
if wallet.status != "open":
    raise HTTPException(409)
wallet.status = "paid"
"""
COMMIT = "db.commit()\n"
ADVISORY = "db.execute(select(func.pg_advisory_xact_lock(key)))\n"
SESSION = 'db.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})\n'
RELEASE = 'db.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})\n'
TRIED = "db.scalar(select(func.pg_try_advisory_xact_lock(key)))\n"


def indented(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))


CASES = {
    "nothing": (PAYS + COMMIT, ["TOC201"]),
    "until the commit": (ADVISORY + PAYS + COMMIT, []),
    "after the check": (PAYS + ADVISORY + COMMIT, ["TOC201"]),
    "committed before the check": (ADVISORY + COMMIT + PAYS + COMMIT, ["TOC206"]),
    "tried and asked": (
        f"if not {TRIED.strip()}:\n    raise HTTPException(409)\n{PAYS}{COMMIT}",
        [],
    ),
    "tried and not asked": (TRIED + PAYS + COMMIT, ["TOC201"]),
    "given back after the commit": (SESSION + PAYS + COMMIT + RELEASE, []),
    "given back before the commit": (SESSION + PAYS + RELEASE + COMMIT, ["TOC206"]),
    "a table": ('db.execute(text("LOCK TABLE wallet IN EXCLUSIVE MODE"))\n' + PAYS + COMMIT, []),
    "a table, weakly": (
        'db.execute(text("LOCK TABLE wallet IN ROW EXCLUSIVE MODE"))\n' + PAYS + COMMIT,
        ["TOC201"],
    ),
    "SQLite's file": ('db.execute(text("BEGIN IMMEDIATE"))\n' + PAYS + COMMIT, []),
    "redis until the commit": (
        f'with client.lock(f"pay:{{key}}"):\n{indented(PAYS + COMMIT)}',
        [],
    ),
    "redis not until the commit": (
        f'with client.lock(f"pay:{{key}}"):\n{indented(PAYS)}{COMMIT}',
        ["TOC206"],
    ),
    "a semaphore for one": (f"with one:\n{indented(PAYS + COMMIT)}", []),
    "a semaphore for several": (f"with many:\n{indented(PAYS + COMMIT)}", ["TOC210"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_lock_holds_from_the_check_to_the_commit(analysed: Analyse, case: str) -> None:
    body, expected = CASES[case]
    analysis = analysed(HEAD + indented(body))
    assert sorted({report.judge.code for report in analysis.reports}) == expected


def test_outside_a_transaction_of_django_a_lock_ends_with_its_statement(analysed: Analyse) -> None:
    text = """
from django.db import connection, models

class Ticket(models.Model):
    left = models.IntegerField()

def take(request, key):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    ticket = Ticket.objects.get(pk=key)
    if ticket.left < 1:
        raise ValueError
    ticket.left -= 1
    ticket.save(update_fields=["left"])
"""
    assert {report.judge.code for report in analysed(text).reports} == {"TOC206"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT pg_advisory_xact_lock(1)", Taking.TRANSACTION),
        ("SELECT pg_advisory_xact_lock_shared(1)", None),
        ("SELECT pg_try_advisory_lock(1)", Taking.SESSION),
        ("SELECT GET_LOCK('a', 10)", Taking.SESSION),
        ("SELECT RELEASE_LOCK('a')", Taking.RELEASE),
        ("select pg_advisory_unlock_all()", Taking.RELEASE),
        ("LOCK TABLE orders", Taking.TRANSACTION),
        ("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE", Taking.TRANSACTION),
        ("LOCK TABLE orders IN SHARE MODE", None),
        ("SELECT block_table FROM locks", None),
    ],
)
def test_what_a_statement_does_to_a_lock(text: str, expected: Taking | None) -> None:
    assert taking(text) is expected
