"""What holds within one process is no finding, and is said once, with its place."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

FASTAPI = """
import asyncio
import threading

from fastapi import FastAPI, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    refunds: Mapped[int]

app = FastAPI()
lock = asyncio.Lock()
seats = {"left": 3}
taken = {}
"""

LOCKED = """
@app.post("/orders/{key}/cancel")
async def cancel(key: int, session: AsyncSession):
    async with lock:
        order = await session.get(Order, key)  # the check
        if order.status != "pending":
            raise HTTPException(409)
        order.status = "cancelled"
        order.refunds = order.refunds + 1
        await session.commit()
"""

LOCKED_TWICE = LOCKED + LOCKED.replace("cancel", "ship").replace("shipled", "shipped").replace(
    "# the", "#"
)

LOOP = """
@app.post("/seats")
async def take():
    if seats["left"] <= 0:  # the check
        raise HTTPException(409)
    seats["left"] = seats["left"] - 1
"""

FILLED = """
@app.get("/rates/{name}")
async def rate(name: str):
    if name not in taken:
        taken[name] = len(name)
    return taken[name]
"""

ROW_LOCK = LOCKED.replace("Order, key", "Order, key, with_for_update=True")


def line(text: str) -> int:
    return next(n for n, each in enumerate(text.splitlines(), 1) if "# the check" in each)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (LOCKED, "lock holds within one process; with several workers it keeps nobody out"),
        (LOCKED_TWICE, "lock holds within one process; with several workers it keeps nobody out"),
        (
            LOOP,
            (
                "what is checked in seats holds within one process; with several workers each has "
                "its own"
            ),
        ),
    ],
    ids=["lock", "lock twice", "loop"],
)
def test_a_caveat_is_said_once_with_its_place(analysed: Analyse, code: str, said: str) -> None:
    text = FASTAPI + code
    analysis = analysed(text)
    assert [each.judge.code for each in analysis.reports] == []
    (caveat,) = analysis.caveats
    assert (str(caveat), caveat.at.line) == (said, line(text))


@pytest.mark.parametrize("code", [FILLED, ROW_LOCK], ids=["cache fill", "row lock beside"])
def test_what_would_be_no_finding_without_it_is_no_caveat(analysed: Analyse, code: str) -> None:
    assert analysed(FASTAPI + code).caveats == ()


def test_a_trace_that_was_cut_is_counted(analysed: Analyse) -> None:
    long = "".join(f"    Order.objects.filter(pk={n}).update(status='x')\n" for n in range(260))
    models = (
        "from django.db import models\nclass Order(models.Model):\n    status = models.Field()\n"
    )
    assert analysed(models + "def short():\n    Order.objects.update(status='x')\n").cut == 0
    assert analysed(models + "def long():\n" + long).cut == 1
