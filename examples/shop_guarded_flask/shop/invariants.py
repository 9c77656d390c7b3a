"""What must be true after any two requests, whatever their order."""

from sqlalchemy import func, select

from .main import app
from .models import Account, Coupon, GiftCard, Order, Redemption, Refund, db


def no_negative_balance() -> None:
    with app.app_context():
        for lowest in (func.min(Account.balance), func.min(GiftCard.balance)):
            assert db.session.scalar(select(lowest)) >= 0, "somebody overspent"


def one_refund_per_cancellation() -> None:
    with app.app_context():
        done = select(Order.id).where(Order.status == "cancelled").order_by(Order.id)
        cancelled = db.session.scalars(done).all()
        refunded = db.session.scalars(select(Refund.order_id).order_by(Refund.order_id)).all()
        assert cancelled == refunded, f"cancelled {cancelled}, refunded {refunded}"


def coupons_within_limit() -> None:
    with app.app_context():
        for coupon in db.session.scalars(select(Coupon)):
            uses = select(func.count()).where(Redemption.code == coupon.code)
            assert db.session.scalar(uses) <= coupon.max_uses, f"{coupon.code}: too often"
