"""What settings say of transactions, and what that closes."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

VIEWS = """


from django.db import models, transaction
from django.urls import path
from django.views.decorators.http import require_POST
from redis import Redis

lock = Redis()

class Ticket(models.Model):
    status = models.TextField()

@require_POST
def take(request, key):
{body}

urlpatterns = [path("tickets/<int:key>", take)]
"""
LOCKED = """
    ticket = Ticket.objects.select_for_update().get(pk=key)
    if ticket.status != "free":
        raise ValueError
    ticket.status = "taken"
    ticket.save(update_fields=["status"])
"""
PLAIN = LOCKED.replace(".select_for_update()", "")
IN_REDIS = '    with lock.lock("t"):\n' + PLAIN.replace("\n    ", "\n        ")
IN_BOTH = '    with lock.lock("t"), transaction.atomic():\n' + PLAIN.replace("\n    ", "\n        ")
ATOMIC = {"settings": 'DATABASES = {"default": {"ATOMIC_REQUESTS": True}}\n'}
ASSIGNED = {"settings": 'DATABASES["default"]["ATOMIC_REQUESTS"] = True\n'}
DEFAULT = {"settings": 'DATABASES = {"default": {"ATOMIC_REQUESTS": env("ATOMIC", True)}}\n'}
DISPUTED = {**ATOMIC, "other": 'DATABASES = {"default": {"ATOMIC_REQUESTS": False}}\n'}
TESTED = {"tests__settings": ATOMIC["settings"]}
STRICT = {
    "settings": """
from django.db.backends.postgresql.psycopg_any import IsolationLevel

DATABASES = {
    "default": {
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {"isolation_level": IsolationLevel.SERIALIZABLE},
    }
}
"""
}
CASES = {
    "no settings": (LOCKED, {}, ["TOC206"]),
    "atomic requests": (LOCKED, ATOMIC, []),
    "assigned": (LOCKED, ASSIGNED, []),
    "by default": (LOCKED, DEFAULT, []),
    "disputed": (LOCKED, DISPUTED, ["TOC206"]),
    "for tests": (LOCKED, TESTED, ["TOC206"]),
    "atomic alone": (PLAIN, ATOMIC, ["TOC201"]),
    "serializable": (PLAIN, STRICT, []),
    "a lock for each statement": (IN_REDIS, {}, []),
    "a lock inside the transaction": (IN_REDIS, ATOMIC, ["TOC206"]),
    "a lock inside the outer transaction": (IN_BOTH, ATOMIC, ["TOC206"]),
}


@pytest.mark.parametrize("case", CASES)
def test_django(analysed: Analyse, case: str) -> None:
    body, settings, expected = CASES[case]
    analysis = analysed(VIEWS.format(body=body), **settings)
    assert [report.judge.code for report in analysis.reports] == expected


def test_a_view_may_stay_outside(analysed: Analyse) -> None:
    text = VIEWS.format(body=LOCKED).replace(
        "@require_POST", "@require_POST\n@transaction.non_atomic_requests"
    )
    assert [r.judge.code for r in analysed(text, **ATOMIC).reports] == ["TOC206"]


MAPPED = """
from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()
engine = create_engine("postgresql://db", isolation_level="{level}")
{other}

class Base(DeclarativeBase): ...

class Ticket(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]

@app.post("/tickets/{{key}}")
def take(key: int) -> None:
    with Session(engine) as db:
        ticket = db.get(Ticket, key)
        if {test}:
            raise HTTPException(409)
        {use}
        db.commit()
"""
CHANGES = ('ticket.status != "free"', 'ticket.status = "taken"')
CREATES = ("ticket is not None", 'db.add(Ticket(id=key, status="taken"))')
OTHER = 'reader = create_engine("postgresql://replica")'
LEVELS = {
    "serializable": ("SERIALIZABLE", "", CHANGES, []),
    "repeatable": ("REPEATABLE READ", "", CHANGES, []),
    "repeatable, and nothing there": ("REPEATABLE READ", "", CREATES, ["TOC205"]),
    "serializable, and nothing there": ("SERIALIZABLE", "", CREATES, []),
    "committed": ("READ COMMITTED", "", CHANGES, ["TOC201"]),
    "one of two engines": ("SERIALIZABLE", OTHER, CHANGES, ["TOC201"]),
}


@pytest.mark.parametrize("case", LEVELS)
def test_sqlalchemy(analysed: Analyse, case: str) -> None:
    level, other, (test, use), expected = LEVELS[case]
    text = MAPPED.format(level=level, other=other, test=test, use=use)
    assert [report.judge.code for report in analysed(text).reports] == expected


RETRIED = """
import pyramid_retry
from fastapi import FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

pyramid_retry.mark_error_retryable(ERROR)
app = FastAPI()

class Base(DeclarativeBase):
    pass

class Domain(Base):
    __tablename__ = "domains"
    name: Mapped[str] = mapped_column(primary_key=True)

@app.post("/domains/{name}")
def add(name: str, db: Session):
    if db.scalar(select(Domain).where(Domain.name == name)):
        raise HTTPException(409)
    db.add(Domain(name=name))
    db.commit()
"""


@pytest.mark.parametrize(
    ("error", "found"), [("IntegrityError", []), ("DataError", ["TOC205"])], ids=["it", "another"]
)
def test_what_a_constraint_refuses_is_tried_again(
    analysed: Analyse, error: str, found: list[str]
) -> None:
    reports = analysed(RETRIED.replace("ERROR", error)).reports
    assert [each.judge.code for each in reports] == found
