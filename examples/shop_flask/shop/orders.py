"""Cancel, refund, ship: an order leaves ``pending`` once."""

from typing import Any

from flask import Blueprint, abort, g
from sqlalchemy import select, update

from .models import Order, Refund, StoreCredit, db

orders = Blueprint("orders", __name__)


def refund(order_id: int, amount: int) -> None:
    db.session.add(Refund(order_id=order_id, amount=amount))
    db.session.execute(
        update(StoreCredit)
        .where(StoreCredit.username == g.username)
        .values(amount=StoreCredit.amount + amount)
    )


@orders.get("/me/orders")
def my_orders() -> Any:
    mine = select(Order).where(Order.buyer == g.username).order_by(Order.id)
    rows = db.session.scalars(mine)
    return [{"id": row.id, "amount": row.amount, "status": row.status} for row in rows]


@orders.post("/orders/<int:order_id>/cancel")
def cancel(order_id: int) -> Any:
    """Races: one transaction holds the check and the use, but nothing holds the row."""
    order = db.session.scalar(
        select(Order).where(
            Order.id == order_id, Order.buyer == g.username, Order.status == "pending"
        )
    )
    if order is None:
        abort(409, "not a pending order of yours")
    order.status = "cancelled"
    refund(order.id, order.amount)
    db.session.commit()
    return {"status": "cancelled"}


@orders.post("/late/orders/<int:order_id>/cancel")
def cancel_with_a_late_lock(order_id: int) -> Any:
    """Races: the row is locked, but what is tested was loaded before that."""
    order = db.session.get(Order, order_id)
    if order is None or order.buyer != g.username:
        abort(404, "no order of yours")
    db.session.scalar(select(Order).where(Order.id == order_id).with_for_update())
    if order.status != "pending":
        abort(409, "not pending")
    order.status = "cancelled"
    refund(order.id, order.amount)
    db.session.commit()
    return {"status": "cancelled"}


@orders.post("/safe/orders/<int:order_id>/cancel")
def cancel_safely(order_id: int) -> Any:
    """Safe: the statement that cancels is the one that checks."""
    amount = db.session.scalar(
        update(Order)
        .where(Order.id == order_id, Order.buyer == g.username, Order.status == "pending")
        .values(status="cancelled")
        .returning(Order.amount)
    )
    if amount is None:
        abort(409, "not a pending order of yours")
    refund(order_id, amount)
    db.session.commit()
    return {"status": "cancelled"}


@orders.post("/orders/<int:order_id>/ship")
def ship(order_id: int) -> Any:
    """Safe by itself; a cancellation that read ``pending`` before it still cancels after it."""
    done = db.session.execute(
        update(Order)
        .where(Order.id == order_id, Order.seller == g.username, Order.status == "pending")
        .values(status="shipped")
    )
    if done.rowcount == 0:
        abort(409, "not a pending order that you sell")
    db.session.commit()
    return {"status": "shipped"}
