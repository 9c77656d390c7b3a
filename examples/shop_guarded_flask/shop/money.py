"""Accounts, gift cards and coupons: nobody spends what they do not have."""

from typing import Any

from flask import Blueprint, g
from sqlalchemy import select

from tocsin.guard.errors import Conflict
from tocsin.guard.flask import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import lock, once, take

from .auth import me, number, text
from .models import Account, Coupon, GiftCard, Redemption, db

money = Blueprint("money", __name__)


@money.get("/me/account")
def balance() -> Any:
    mine = select(Account.balance).where(Account.username == g.proof.username)
    return {"balance": db.session.scalar(mine)}


@money.post("/accounts/withdraw")
def withdraw() -> Any:
    n = number("n")
    take(db.session, Account, me().username, n, left="balance")
    db.session.commit()
    return {"withdrawn": n}


@money.post("/accounts/transfer")
def transfer() -> Any:
    """With an ``Idempotency-Key``, however often it is sent it is one transfer."""
    to, n = text("to"), number("n")
    username = me().username

    def send() -> Answer:
        source, target = lock(db.session, Account, username, to)
        if source is target or source.balance < n:
            raise Conflict("not enough money")
        source.balance -= n
        target.balance += n
        return Answer.of({"sent": n})

    answer = once(db.session, asked(identity=username, required=False), send)
    db.session.commit()
    return respond(answer)


@money.post("/giftcards/<card>/spend")
def spend(card: str) -> Any:
    n = number("n")
    me()
    take(db.session, GiftCard, card, n, left="balance")
    db.session.commit()
    return {"spent": n}


@money.post("/coupons/<code>/redeem")
def redeem(code: str) -> Any:
    username = me().username
    take(db.session, Coupon, code, used="used", most="max_uses")
    db.session.add(Redemption(code=code, username=username))
    db.session.commit()
    return {"redeemed": code}
