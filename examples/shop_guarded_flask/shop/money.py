"""Accounts, gift cards and coupons: nobody spends what they do not have."""

from typing import Any

from flask import Blueprint, g
from sqlalchemy import select

from tocsin.guard.errors import Conflict
from tocsin.guard.sqlalchemy import lock

from .auth import number, text
from .models import Account, Coupon, GiftCard, Redemption, db

money = Blueprint("money", __name__)


@money.get("/me/account")
def balance() -> Any:
    mine = select(Account.balance).where(Account.username == g.username)
    return {"balance": db.session.scalar(mine)}


@money.post("/accounts/withdraw")
def withdraw() -> Any:
    n = number("n")
    (account,) = lock(db.session, Account, g.username)
    if account.balance < n:
        raise Conflict("not enough money")
    account.balance -= n
    db.session.commit()
    return {"withdrawn": n}


@money.post("/accounts/transfer")
def transfer() -> Any:
    to, n = text("to"), number("n")
    source, target = lock(db.session, Account, g.username, to)
    if source is target or source.balance < n:
        raise Conflict("not enough money")
    source.balance -= n
    target.balance += n
    db.session.commit()
    return {"sent": n}


@money.post("/giftcards/<card>/spend")
def spend(card: str) -> Any:
    n = number("n")
    (gift,) = lock(db.session, GiftCard, card)
    if gift.balance < n:
        raise Conflict("not enough on this card")
    gift.balance -= n
    db.session.commit()
    return {"spent": n}


@money.post("/coupons/<code>/redeem")
def redeem(code: str) -> Any:
    (coupon,) = lock(db.session, Coupon, code)
    if coupon.used >= coupon.max_uses:
        raise Conflict("used up")
    coupon.used += 1
    db.session.add(Redemption(code=code, username=g.username))
    db.session.commit()
    return {"redeemed": code}
