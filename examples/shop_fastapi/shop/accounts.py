"""Money and points: nobody spends what they do not have. Plain ``def`` endpoints, in threads."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field
from sqlalchemy import select, update

from .auth import Me
from .db import Db
from .models import Account, GiftCard, Points

router = APIRouter(tags=["accounts"])

N = Annotated[int, Query(gt=0, examples=[80])]


class Transfer(BaseModel):
    to: str = Field(examples=["bob"])
    n: int = Field(gt=0, examples=[80])


@router.get("/me/account")
def balance(me: Me, db: Db) -> dict[str, int]:
    return {"balance": db.scalar(select(Account.balance).where(Account.username == me)) or 0}


@router.post("/accounts/withdraw")
def withdraw(n: N, me: Me, db: Db) -> dict[str, int]:
    """Races: the new balance is computed from an old one."""
    account = db.get(Account, me)
    if account is None or account.balance < n:
        raise HTTPException(409, "not enough money")
    account.balance -= n
    db.commit()
    return {"balance": account.balance}


@router.post("/safe/accounts/withdraw")
def withdraw_safely(n: N, me: Me, db: Db) -> dict[str, int]:
    """Safe: checked and taken by one statement."""
    left = db.scalar(
        update(Account)
        .where(Account.username == me, Account.balance >= n)
        .values(balance=Account.balance - n)
        .returning(Account.balance)
    )
    if left is None:
        raise HTTPException(409, "not enough money")
    db.commit()
    return {"balance": left}


@router.post("/accounts/transfer")
def transfer(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    """Races: two balances are read, changed in Python, and written back."""
    source, target = db.get(Account, me), db.get(Account, order.to)
    if source is None or target is None or source is target:
        raise HTTPException(404, "no such account")
    if source.balance < order.n:
        raise HTTPException(409, "not enough money")
    source.balance -= order.n
    target.balance += order.n
    db.commit()
    return {"sent": order.n}


@router.post("/safe/accounts/transfer")
def transfer_safely(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    """Safe: rows locked in one fixed order, and the check re-stated by the update (for SQLite)."""
    rows = select(Account.username).where(Account.username.in_([me, order.to]))
    both = db.scalars(rows.order_by(Account.username).with_for_update()).all()
    if len(both) != 2:
        raise HTTPException(404, "no such account")
    taken = db.scalar(
        update(Account)
        .where(Account.username == me, Account.balance >= order.n)
        .values(balance=Account.balance - order.n)
        .returning(Account.username)
    )
    if taken is None:
        raise HTTPException(409, "not enough money")
    db.execute(
        update(Account)
        .where(Account.username == order.to)
        .values(balance=Account.balance + order.n)
    )
    db.commit()
    return {"sent": order.n}


@router.post("/giftcards/{number}/spend")
def spend(number: str, n: N, me: Me, db: Db) -> dict[str, int]:
    """Races: a relative update loses nothing, but what it was allowed by is old."""
    card = db.scalar(select(GiftCard.balance).where(GiftCard.number == number))
    if card is None or card < n:
        raise HTTPException(409, "not enough on this card")
    db.execute(
        update(GiftCard).where(GiftCard.number == number).values(balance=GiftCard.balance - n)
    )
    db.commit()
    return {"spent": n}


@router.post("/safe/giftcards/{number}/spend")
def spend_safely(number: str, n: N, me: Me, db: Db) -> dict[str, int]:
    """Safe: the update says what it needs."""
    spent = db.scalar(
        update(GiftCard)
        .where(GiftCard.number == number, GiftCard.balance >= n)
        .values(balance=GiftCard.balance - n)
        .returning(GiftCard.number)
    )
    if spent is None:
        raise HTTPException(409, "not enough on this card")
    db.commit()
    return {"spent": n}


def move_points(db: Db, source: str, target: str, n: int) -> None:
    taken = db.scalar(
        update(Points)
        .where(Points.username == source, Points.count >= n)
        .values(count=Points.count - n)
        .returning(Points.username)
    )
    if taken is None:
        raise HTTPException(409, "not enough points")
    given = db.scalar(
        update(Points)
        .where(Points.username == target, Points.username != source)
        .values(count=Points.count + n)
        .returning(Points.username)
    )
    if given is None:
        raise HTTPException(404, "nobody to send points to")


@router.post("/points/send")
def send_points(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    """Deadlocks: each of two friends holds their own row and waits for the other's."""
    move_points(db, me, order.to, order.n)
    db.commit()
    return {"sent": order.n}


@router.post("/safe/points/send")
def send_points_in_order(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    """Safe: both rows are locked first, in the order of their names."""
    rows = select(Points.username).where(Points.username.in_([me, order.to]))
    db.execute(rows.order_by(Points.username).with_for_update())
    move_points(db, me, order.to, order.n)
    db.commit()
    return {"sent": order.n}
