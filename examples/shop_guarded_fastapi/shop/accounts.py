"""Money and points: nobody spends what they do not have. Plain ``def`` endpoints, in threads."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from tocsin.guard.errors import Conflict, Missing
from tocsin.guard.sqlalchemy import lock

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
    (account,) = lock(db, Account, me)
    if account.balance < n:
        raise Conflict("not enough money")
    account.balance -= n
    return {"balance": account.balance}


@router.post("/accounts/transfer")
def transfer(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    source, target = lock(db, Account, me, order.to)
    if source is target:
        raise Missing("nobody to send money to")
    if source.balance < order.n:
        raise Conflict("not enough money")
    source.balance -= order.n
    target.balance += order.n
    return {"sent": order.n}


@router.post("/giftcards/{number}/spend")
def spend(number: str, n: N, me: Me, db: Db) -> dict[str, int]:
    (card,) = lock(db, GiftCard, number)
    if card.balance < n:
        raise Conflict("not enough on this card")
    card.balance -= n
    return {"spent": n}


@router.post("/points/send")
def send_points(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    source, target = lock(db, Points, me, order.to)
    if source is target:
        raise Missing("nobody to send points to")
    if source.count < order.n:
        raise Conflict("not enough points")
    source.count -= order.n
    target.count += order.n
    return {"sent": order.n}
