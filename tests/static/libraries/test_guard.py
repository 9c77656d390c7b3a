"""``tocsin.guard`` in source: what its verbs protect, and what not."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.errors import Conflict
from tocsin.guard.idempotency import Answer
from tocsin.guard.limits import Stock
from tocsin.guard.sqlalchemy import (
    authorize, consume, edit, execute, holds, lock, once, owns, transition
)
from tocsin.guard.sqlalchemy import asyncio as guard

app = FastAPI()
COUPON = Stock("coupon", 1)

class Base(DeclarativeBase): ...

class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    balance: Mapped[int]
    status: Mapped[str]
    version: Mapped[int]

class Staff(Base):
    __tablename__ = "staff"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]

def session() -> Session: ...

def async_session() -> AsyncSession: ...

@app.put("/staff/{name}")
def promote(name: str, role: str, db: Annotated[Session, Depends(session)]) -> None:
    db.execute(update(Staff).where(Staff.name == name).values(role=role))
    db.commit()

"""
SYNC = """
@app.post("/wallets/{key}/pay")
def pay(key: int, n: int, me: str, db: Annotated[Session, Depends(session)]) -> None:
"""
ASYNC = """
@app.post("/wallets/{key}/pay")
async def pay(key: int, n: int, me: str, db: Annotated[AsyncSession, Depends(async_session)]):
"""
PAYS = """\
if wallet.balance < n:
    raise HTTPException(409)
wallet.balance -= n
db.commit()
"""
ADMIN = 'select(Staff).where(Staff.name == me, Staff.role == "admin")'
DROPS = """\
db.delete(db.get(Wallet, key))
db.commit()
"""
CASES = {
    "nothing": (SYNC, "wallet = db.get(Wallet, key)\n" + PAYS, ["TOC202"]),
    "lock": (SYNC, "(wallet,) = lock(db, Wallet, key)\n" + PAYS, []),
    "lock, awaited": (
        ASYNC,
        "(wallet,) = await guard.lock(db, Wallet, key)\n" + PAYS.replace("db.c", "await db.c"),
        [],
    ),
    "lock after the check": (
        SYNC,
        (
            "wallet = db.get(Wallet, key)\nif wallet.balance < n:\n    raise HTTPException(409)\n"
            "lock(db, Wallet, key)\nwallet.balance -= n\ndb.commit()\n"
        ),
        ["TOC207"],
    ),
    "lock given back": (
        SYNC,
        (
            "(wallet,) = lock(db, Wallet, key)\n"
            "if wallet.balance < n:\n    raise HTTPException(409)\n"
            "db.commit()\nwallet.balance -= n\ndb.commit()\n"
        ),
        ["TOC206"],
    ),
    "own, locked": (
        SYNC,
        "wallet = authorize(db, owns(Wallet, key, Wallet.owner == me))\n" + PAYS,
        [],
    ),
    "a right that was only read": (
        SYNC,
        f"if db.scalar({ADMIN}) is None:\n    raise HTTPException(403)\n{DROPS}",
        ["TOC101"],
    ),
    "a right that is locked": (SYNC, f"authorize(db, {ADMIN})\n{DROPS}", []),
    "a right that is held": (SYNC, f"authorize(db, holds({ADMIN}))\n{DROPS}", []),
    "a right in the effect": (
        SYNC,
        (
            'execute(db, update(Wallet).where(Wallet.id == key).values(status="x"), '
            f"grant=holds({ADMIN}))\ndb.commit()\n"
        ),
        [],
    ),
    "a transition": (
        SYNC,
        'wallet = transition(db, Wallet, key, from_="open", to="paid")\ndb.commit()\n',
        [],
    ),
    "a transition after a look": (
        SYNC,
        (
            "wallet = db.get(Wallet, key)\n"
            'if wallet.status != "open":\n    raise HTTPException(409)\n'
            'transition(db, Wallet, key, from_="open", to="paid")\ndb.commit()\n'
        ),
        [],
    ),
    "an edit": (
        SYNC,
        "wallet = edit(db, Wallet, key, version=n)\nwallet.owner = me\ndb.commit()\n",
        [],
    ),
    "once": (
        SYNC,
        (
            "def work():\n    wallet = db.get(Wallet, key)\n    if wallet.balance < n:\n"
            "        raise HTTPException(409)\n    wallet.balance -= n\n    return Answer.of({})\n"
            "once(db, key, work)\ndb.commit()\n"
        ),
        ["TOC202"],  # once for each key: another key is another request
    ),
}


def said(analysed: Analyse, text: str) -> list[str]:
    return sorted({report.judge.code for report in analysed(text).reports})


@pytest.mark.parametrize("name", CASES)
def test_a_verb(name: str, analysed: Analyse) -> None:
    head, body, expected = CASES[name]
    indented = "".join(f"    {line}" for line in body.splitlines(keepends=True))
    assert said(analysed, HEAD + head + indented) == expected


def test_a_reader_that_consumes_is_no_get_that_changes_state(analysed: Analyse) -> None:
    found = said(
        analysed,
        HEAD
        + """
@app.get("/wallets")
def listed(me: str, db: Annotated[Session, Depends(session)]) -> list:
    consume(db, COUPON, me)
    return db.scalars(select(Wallet)).all()
""",
    )
    assert found == []


WISHES = """
from django.contrib.auth.models import User
from django.db import models
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from tocsin.guard.django import lock
from tocsin.guard.django.drf import AtomicMixin

class Wish(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    product = models.CharField(max_length=80)

class Wishlist(AtomicMixin, APIView):
    def post(self, request):
        lock(User, request.user.pk)
        Wish.objects.get_or_create(user=request.user, product=request.data["product"])
        return Response()

urlpatterns = [path("wishes", Wishlist.as_view())]
"""


def test_a_view_whose_base_makes_it_one_transaction(analysed: Analyse) -> None:
    assert said(analysed, WISHES) == []
    assert said(analysed, WISHES.replace("AtomicMixin, APIView", "APIView")) != []
    another = WISHES.replace("request.user.pk", "request.data['user']")
    assert said(analysed, another) == ["TOC205"]


DJANGO = """
from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tocsin.guard.django import atomic, lock

class Wallet(models.Model):
    balance = models.IntegerField()

@require_POST
def pay(request, key):
    with atomic():
        (wallet,) = lock(Wallet, key)
        if wallet.balance < 5:
            return HttpResponse(status=409)
        wallet.balance -= 5
        wallet.save()
    return HttpResponse("paid")

urlpatterns = [path("pay/<int:key>", pay)]
"""


def test_django(analysed: Analyse) -> None:
    assert said(analysed, DJANGO) == []
    unlocked = DJANGO.replace(
        "(wallet,) = lock(Wallet, key)", "wallet = Wallet.objects.get(pk=key)"
    )
    assert said(analysed, unlocked) == ["TOC202"]
    outside = DJANGO.replace("with atomic():", "if True:")
    assert said(analysed, outside) == ["TOC206"]
    decorated = outside.replace("@require_POST", "@require_POST\n@idempotent(identity=who)")
    assert said(analysed, decorated.replace("import atomic", "import idempotent, atomic")) == []
