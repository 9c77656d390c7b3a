"""What must be true after any two requests, whatever their order."""

from typing import Any

from sqlalchemy import Select, exists, func, select

from .db import sessions
from .models import Account, Coupon, Duty, GiftCard, Order, Points, Redemption, Refund


def answers(question: Select[Any]) -> list[Any]:
    with sessions() as db:
        return list(db.scalars(question))


def no_negative_balance() -> None:
    for column in (Account.balance, GiftCard.balance, Points.count):
        assert not answers(select(column).where(column < 0)), "somebody overspent"


def money_is_conserved() -> None:
    """Holds for transfers; a withdrawal takes money out."""
    assert answers(select(func.sum(Account.balance))) == [500], "money was made or lost"


def one_refund_per_cancellation() -> None:
    cancelled = select(Order.id).where(Order.status == "cancelled").order_by(Order.id)
    refunded = select(Refund.order_id).order_by(Refund.order_id)
    assert answers(cancelled) == answers(refunded), "refunds are not what was cancelled"


def coupons_within_limit() -> None:
    uses = select(func.count()).where(Redemption.code == Coupon.code).scalar_subquery()
    assert not answers(select(Coupon.code).where(uses > Coupon.max_uses)), "redeemed too often"


def somebody_is_on_call() -> None:
    assert answers(select(exists().where(Duty.on_call))) == [True], "nobody is"
