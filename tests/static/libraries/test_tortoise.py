"""Tortoise ORM: queries of the class, awaited; locks, F expressions, constraints."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from fastapi import FastAPI, HTTPException
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.models import Model
from tortoise.transactions import atomic, in_transaction

app = FastAPI()

class Shop(Model):
    left = fields.IntField()

class Order(Model):
    id = fields.IntField(pk=True)
    status = fields.CharField(20)
    code = fields.CharField(20, unique=True)
    note = fields.TextField()
    shop = fields.ForeignKeyField("models.Shop", related_name="orders")

@app.post("/orders/{key}")
async def change(key: int, n: int) -> None:
"""
REFUSED = "    raise HTTPException(409)\n"
STATE = "if order.status != 'open':\n" + REFUSED
PAID = "order.status = 'paid'\nawait order.save(update_fields=['status'])\n"


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


CASES = {
    "a state": ("order = await Order.get(id=key)\n" + STATE + PAID, ["TOC201"]),
    "a state, filtered": (
        "order = await Order.filter(id=key).first()\n" + STATE + PAID,
        ["TOC201"],
    ),
    "by the primary key": ("order = await Order.get_or_none(pk=key)\n" + STATE + PAID, ["TOC201"]),
    "locked": (
        "async with in_transaction():\n"
        + indented("order = await Order.select_for_update().get(id=key)\n" + STATE + PAID),
        [],
    ),
    "locked outside": (
        "order = await Order.select_for_update().get(id=key)\n" + STATE + PAID,
        ["TOC206"],
    ),
    "stated again": (
        "done = await Order.filter(id=key, status='open').update(status='paid')\n"
        "if not done:\n" + REFUSED,
        [],
    ),
    "a number": (
        (
            "shop = await Shop.get(id=key)\nshop.left = shop.left - n\n"
            "await shop.save(update_fields=['left'])"
        ),
        ["TOC202"],
    ),
    "a number of the database": ("await Shop.filter(id=key).update(left=F('left') - n)", []),
    "created": (
        "if not await Order.filter(note=key).exists():\n    await Order.create(note=key)",
        ["TOC205"],
    ),
    "created, and unique": (
        "try:\n    if not await Order.filter(code=key).exists():\n"
        "        await Order.create(code=key)\nexcept IntegrityError:\n" + REFUSED,
        [],
    ),
    "with what belongs to it": (
        "order = await Order.get(id=key).prefetch_related('shop')\n" + STATE + PAID,
        ["TOC201"],
    ),
    "with what belongs to it, locked": (
        "async with in_transaction():\n"
        + indented(
            "order = await Order.select_for_update().get(id=key).prefetch_related('shop')\n"
            + STATE
            + PAID
        ),
        [],
    ),
    "one value of one row": (
        (
            "last = await Shop.all().order_by('-left').first().values('left')\n"
            "await Shop.filter(id=key).update(left=last['left'] - n)"
        ),
        [],
    ),
    "one value of that row": (
        (
            "shop = await Shop.get(id=key).values('left')\n"
            "await Shop.filter(id=key).update(left=shop['left'] - n)"
        ),
        ["TOC202"],
    ),
    "several columns at once": (
        "order = await Order.get(id=key)\n"
        + STATE
        + "await order.update_from_dict({'status': 'paid'}).save()\n",
        ["TOC201"],
    ),
    "several columns of a locked row": (
        "async with in_transaction():\n"
        + indented(
            "order = await Order.select_for_update().get(id=key)\n"
            + STATE
            + "await order.update_from_dict({'status': 'paid'}).save()\n"
        ),
        [],
    ),
    "found or created": ("await Order.get_or_create(note=key)", ["TOC205"]),
}


@pytest.mark.parametrize("case", CASES)
def test_rows(analysed: Analyse, case: str) -> None:
    body, expected = CASES[case]
    found = analysed(HEAD + indented(body))
    assert [report.judge.code for report in found.reports] == expected


def test_a_decorated_transaction(analysed: Analyse) -> None:
    body = indented("order = await Order.select_for_update().get(id=key)\n" + STATE + PAID)
    text = HEAD.replace("async def change", "@atomic()\nasync def change") + body
    assert analysed(text).reports == ()
