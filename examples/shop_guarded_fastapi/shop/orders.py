"""Cancel, refund, ship: an order leaves ``pending`` once."""

from typing import Literal

from fastapi import APIRouter
from sqlalchemy import func, select

from tocsin.guard.sqlalchemy.asyncio import lock, transition
from tocsin.guard.transitions import transitions

from .auth import AsyncMe, Proof
from .db import AsyncDb
from .models import Order, Refund, StoreCredit

router = APIRouter(tags=["orders"])

MOVES = transitions(
    {"pending": ("cancelled", "shipped")}, states=Literal["pending", "cancelled", "shipped"]
)


@router.post("/orders/{order_id}/cancel")
async def cancel(order_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    mine = [Order.buyer == me.username]
    order = await transition(db, Order, order_id, to="cancelled", table=MOVES, where=mine)
    db.add(Refund(order_id=order.id, amount=order.amount))
    (credit,) = await lock(db, StoreCredit, me.username)
    credit.amount += order.amount
    return {"status": order.status}


@router.post("/orders/{order_id}/ship")
async def ship(order_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    sold = [Order.seller == me.username]
    order = await transition(db, Order, order_id, to="shipped", table=MOVES, where=sold)
    return {"status": order.status}


@router.get("/me/orders")
async def my_orders(me: Proof, db: AsyncDb) -> list[dict[str, int | str]]:
    mine = select(Order.id, Order.amount, Order.status).where(Order.buyer == me.username)
    rows = await db.execute(mine.order_by(Order.id))
    return [{"id": row.id, "amount": row.amount, "status": row.status} for row in rows]


@router.get("/me/statement")
async def statement(me: Proof, db: AsyncDb) -> dict[str, int]:
    """One statement, one snapshot."""
    pending = (
        select(func.coalesce(func.sum(Order.amount), 0))
        .where(Order.buyer == me.username, Order.status == "pending")
        .scalar_subquery()
    )
    mine = select(StoreCredit.amount, pending).where(StoreCredit.username == me.username)
    row = (await db.execute(mine)).one_or_none()
    return {"credit": row[0], "pending": row[1]} if row else {"credit": 0, "pending": 0}
