"""Accounts, gift cards and coupons: nobody spends what they do not have."""

from typing import Any

from flask import Blueprint, abort, g
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from .auth import number, text
from .models import Account, Coupon, GiftCard, Redemption, db

money = Blueprint("money", __name__)


@money.get("/me/account")
def balance() -> Any:
    mine = select(Account.balance).where(Account.username == g.username)
    return {"balance": db.session.scalar(mine)}


@money.post("/accounts/withdraw")
def withdraw() -> Any:
    """Races: the new balance is computed from an old one."""
    n = number("n")
    account = db.get_or_404(Account, g.username)
    if account.balance < n:
        abort(409, "not enough money")
    account.balance = account.balance - n
    db.session.commit()
    return {"withdrawn": n}


@money.post("/safe/accounts/withdraw")
def withdraw_safely() -> Any:
    """Safe: checked and taken by one statement."""
    n = number("n")
    done = db.session.execute(
        update(Account)
        .where(Account.username == g.username, Account.balance >= n)
        .values(balance=Account.balance - n)
    )
    if done.rowcount == 0:
        abort(409, "not enough money")
    db.session.commit()
    return {"withdrawn": n}


@money.post("/accounts/transfer")
def transfer() -> Any:
    """Races: two balances are read, changed in Python, and written back."""
    to, n = text("to"), number("n")
    source, target = db.get_or_404(Account, g.username), db.get_or_404(Account, to)
    if source is target or source.balance < n:
        abort(409, "not enough money")
    source.balance -= n
    target.balance += n
    db.session.commit()
    return {"sent": n}


@money.post("/safe/accounts/transfer")
def transfer_safely() -> Any:
    """Safe: rows locked in one fixed order, and the check re-stated (for SQLite)."""
    to, n = text("to"), number("n")
    both = select(Account.username).where(Account.username.in_([g.username, to]))
    if len(db.session.scalars(both.order_by(Account.username).with_for_update()).all()) != 2:
        abort(404, "no such account")
    done = db.session.execute(
        update(Account)
        .where(Account.username == g.username, Account.balance >= n)
        .values(balance=Account.balance - n)
    )
    if done.rowcount == 0:
        abort(409, "not enough money")
    db.session.execute(
        update(Account).where(Account.username == to).values(balance=Account.balance + n)
    )
    db.session.commit()
    return {"sent": n}


@money.post("/giftcards/<card>/spend")
def spend(card: str) -> Any:
    """Races: a relative update loses nothing, but what it was allowed by is old."""
    n = number("n")
    left = db.session.scalar(select(GiftCard.balance).where(GiftCard.number == card))
    if left is None or left < n:
        abort(409, "not enough on this card")
    db.session.execute(
        update(GiftCard).where(GiftCard.number == card).values(balance=GiftCard.balance - n)
    )
    db.session.commit()
    return {"spent": n}


@money.post("/serializable/giftcards/<card>/spend")
def spend_serializably(card: str) -> Any:
    """Safe on PostgreSQL, which refuses the second; SQLite reads before it begins: races."""
    n = number("n")
    db.session.rollback()  # authentication has begun a transaction, at the usual level
    db.session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
    try:
        left = db.session.scalar(select(GiftCard.balance).where(GiftCard.number == card))
        if left is None or left < n:
            abort(409, "not enough on this card")
        db.session.execute(
            update(GiftCard).where(GiftCard.number == card).values(balance=GiftCard.balance - n)
        )
        db.session.commit()
    except OperationalError:
        abort(409, "somebody else was faster: try again")
    return {"spent": n}


@money.post("/safe/giftcards/<card>/spend")
def spend_safely(card: str) -> Any:
    """Safe: the update says what it needs."""
    n = number("n")
    done = db.session.execute(
        update(GiftCard)
        .where(GiftCard.number == card, GiftCard.balance >= n)
        .values(balance=GiftCard.balance - n)
    )
    if done.rowcount == 0:
        abort(409, "not enough on this card")
    db.session.commit()
    return {"spent": n}


@money.post("/coupons/<code>/redeem")
def redeem(code: str) -> Any:
    """Races: uses are counted, then one is added."""
    coupon = db.get_or_404(Coupon, code)
    counted = select(func.count()).select_from(Redemption).where(Redemption.code == code)
    if db.session.scalar(counted) >= coupon.max_uses:
        abort(409, "used up")
    db.session.add(Redemption(code=code, username=g.username))
    coupon.used = Coupon.used + 1
    db.session.commit()
    return {"redeemed": code}


@money.post("/safe/coupons/<code>/redeem")
def redeem_safely(code: str) -> Any:
    """Safe: the use is taken by the statement that knows the limit."""
    done = db.session.execute(
        update(Coupon)
        .where(Coupon.code == code, Coupon.used < Coupon.max_uses)
        .values(used=Coupon.used + 1)
    )
    if done.rowcount == 0:
        abort(409, "used up, or no such coupon")
    db.session.add(Redemption(code=code, username=g.username))
    db.session.commit()
    return {"redeemed": code}
