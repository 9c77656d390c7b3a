"""Cancel, refund, ship: an order leaves ``pending`` once."""

from fastapi import APIRouter, HTTPException
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .auth import AsyncMe
from .db import AsyncDb
from .models import Order, Refund, StoreCredit

router = APIRouter(tags=["orders"])


async def refund(db: AsyncSession, order_id: int, buyer: str, amount: int) -> None:
    db.add(Refund(order_id=order_id, amount=amount))
    await db.execute(
        update(StoreCredit)
        .where(StoreCredit.username == buyer)
        .values(amount=StoreCredit.amount + amount)
    )


@router.post("/orders/{order_id}/cancel")
async def cancel(order_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Races: one transaction holds the check and the use, but nothing holds the row."""
    order = await db.scalar(
        select(Order).where(Order.id == order_id, Order.buyer == me, Order.status == "pending")
    )
    if order is None:
        raise HTTPException(409, "not a pending order of yours")
    order.status = "cancelled"
    await refund(db, order.id, me, order.amount)
    await db.commit()
    return {"status": "cancelled"}


@router.post("/locked/orders/{order_id}/cancel")
async def cancel_locked(order_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe where rows can be locked; SQLite has no ``FOR UPDATE``, and there it races."""
    order = await db.scalar(
        select(Order)
        .where(Order.id == order_id, Order.buyer == me, Order.status == "pending")
        .with_for_update()
    )
    if order is None:
        raise HTTPException(409, "not a pending order of yours")
    order.status = "cancelled"
    await refund(db, order.id, me, order.amount)
    await db.commit()
    return {"status": "cancelled"}


@router.post("/safe/orders/{order_id}/cancel")
async def cancel_safely(order_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe: the statement that cancels is the one that checks."""
    amount = await db.scalar(
        update(Order)
        .where(Order.id == order_id, Order.buyer == me, Order.status == "pending")
        .values(status="cancelled")
        .returning(Order.amount)
    )
    if amount is None:
        raise HTTPException(409, "not a pending order of yours")
    await refund(db, order_id, me, amount)
    await db.commit()
    return {"status": "cancelled"}


@router.post("/orders/{order_id}/ship")
async def ship(order_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe by itself; a cancellation that read ``pending`` before it still cancels after it."""
    shipped = await db.scalar(
        update(Order)
        .where(Order.id == order_id, Order.seller == me, Order.status == "pending")
        .values(status="shipped")
        .returning(Order.id)
    )
    if shipped is None:
        raise HTTPException(409, "not a pending order that you sell")
    await db.commit()
    return {"status": "shipped"}


@router.get("/me/orders")
async def my_orders(me: AsyncMe, db: AsyncDb) -> list[dict[str, int | str]]:
    rows = await db.execute(
        select(Order.id, Order.amount, Order.status).where(Order.buyer == me).order_by(Order.id)
    )
    return [{"id": row.id, "amount": row.amount, "status": row.status} for row in rows]


@router.get("/me/statement")
async def statement(me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    """Races: two reads, two snapshots; a cancellation between them is neither here nor there."""
    credit = await db.scalar(select(StoreCredit.amount).where(StoreCredit.username == me))
    pending = await db.scalar(
        select(func.coalesce(func.sum(Order.amount), 0)).where(
            Order.buyer == me, Order.status == "pending"
        )
    )
    return {"credit": credit or 0, "pending": pending or 0}


@router.get("/safe/me/statement")
async def statement_at_once(me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    """Safe: one statement, one snapshot."""
    pending = (
        select(func.coalesce(func.sum(Order.amount), 0))
        .where(Order.buyer == me, Order.status == "pending")
        .scalar_subquery()
    )
    row = (
        await db.execute(select(StoreCredit.amount, pending).where(StoreCredit.username == me))
    ).one_or_none()
    return {"credit": row[0], "pending": row[1]} if row else {"credit": 0, "pending": 0}
