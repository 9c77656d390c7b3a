"""Cancel, refund, ship: an order leaves ``pending`` once."""

from typing import Any

from flask import Blueprint, g
from sqlalchemy import select

from tocsin.guard.sqlalchemy import lock, transition
from tocsin.guard.transitions import transitions

from .auth import me
from .models import Order, Refund, StoreCredit, db

orders = Blueprint("orders", __name__)

MOVES = transitions({"pending": ("cancelled", "shipped")})


@orders.get("/me/orders")
def my_orders() -> Any:
    mine = select(Order).where(Order.buyer == g.proof.username).order_by(Order.id)
    rows = db.session.scalars(mine)
    return [{"id": row.id, "amount": row.amount, "status": row.status} for row in rows]


@orders.post("/orders/<int:order_id>/cancel")
def cancel(order_id: int) -> Any:
    username = me().username
    mine = [Order.buyer == username]
    order = transition(db.session, Order, order_id, to="cancelled", table=MOVES, where=mine)
    db.session.add(Refund(order_id=order.id, amount=order.amount))
    (credit,) = lock(db.session, StoreCredit, username)
    credit.amount += order.amount
    db.session.commit()
    return {"status": "cancelled"}


@orders.post("/orders/<int:order_id>/ship")
def ship(order_id: int) -> Any:
    sold = [Order.seller == me().username]
    transition(db.session, Order, order_id, to="shipped", table=MOVES, where=sold)
    db.session.commit()
    return {"status": "shipped"}
