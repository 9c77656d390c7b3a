"""What must be true after any two requests, whatever their order."""

from sqlalchemy import func, select

from .db import sessions
from .models import Account, Coupon, Duty, GiftCard, Order, Points, Redemption, Refund


def no_negative_balance() -> None:
    with sessions() as db:
        for lowest in (
            func.min(Account.balance),
            func.min(GiftCard.balance),
            func.min(Points.count),
        ):
            assert db.scalar(select(lowest)) >= 0, "somebody spent what they did not have"


def money_is_conserved() -> None:
    """Holds for transfers; a withdrawal takes money out."""
    with sessions() as db:
        assert db.scalar(select(func.sum(Account.balance))) == 500, "money was made or lost"


def one_refund_per_cancellation() -> None:
    with sessions() as db:
        cancelled = db.scalars(
            select(Order.id).where(Order.status == "cancelled").order_by(Order.id)
        ).all()
        refunded = db.scalars(select(Refund.order_id).order_by(Refund.order_id)).all()
        assert cancelled == refunded, f"cancelled {cancelled}, refunded {refunded}"


def coupons_within_limit() -> None:
    with sessions() as db:
        for coupon in db.scalars(select(Coupon)):
            uses = (
                select(func.count()).select_from(Redemption).where(Redemption.code == coupon.code)
            )
            assert db.scalar(uses) <= coupon.max_uses, f"{coupon.code} was redeemed too often"


def somebody_is_on_call() -> None:
    with sessions() as db:
        assert db.scalar(select(func.count()).select_from(Duty).where(Duty.on_call)) > 0, (
            "nobody is"
        )
