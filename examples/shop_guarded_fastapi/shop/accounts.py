"""Money and points: nobody spends what they do not have. Plain ``def`` endpoints, in threads."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from tocsin.guard.errors import Conflict, Missing
from tocsin.guard.fastapi import asked, respond
from tocsin.guard.idempotency import Answer, Asked
from tocsin.guard.sqlalchemy import lock, once, take

from .auth import Me, Proof
from .db import Db
from .models import Account, GiftCard, Points

router = APIRouter(tags=["accounts"])

N = Annotated[int, Query(gt=0, examples=[80])]


class Transfer(BaseModel):
    to: str = Field(examples=["bob"])
    n: int = Field(gt=0, examples=[80])


@router.get("/me/account")
def balance(me: Proof, db: Db) -> dict[str, int]:
    return {
        "balance": db.scalar(select(Account.balance).where(Account.username == me.username)) or 0
    }


@router.post("/accounts/withdraw")
def withdraw(n: N, me: Me, db: Db) -> dict[str, int]:
    account = take(db, Account, me.username, n, left="balance")
    return {"balance": account.balance}


async def key(request: Request, me: Proof) -> Asked | None:
    return await asked(request, identity=me.username, required=False)


@router.post("/accounts/transfer")
def transfer(
    order: Transfer, me: Me, db: Db, key: Annotated[Asked | None, Depends(key)]
) -> Response:
    """With an ``Idempotency-Key``, however often it is sent it is one transfer."""

    def send() -> Answer:
        source, target = lock(db, Account, me.username, order.to)
        if source is target:
            raise Missing("nobody to send money to")
        if source.balance < order.n:
            raise Conflict("not enough money")
        source.balance -= order.n
        target.balance += order.n
        return Answer.of({"sent": order.n})

    return respond(once(db, key, send))


@router.post("/giftcards/{number}/spend")
def spend(number: str, n: N, me: Me, db: Db) -> dict[str, int]:
    take(db, GiftCard, number, n, left="balance")
    return {"spent": n}


@router.post("/points/send")
def send_points(order: Transfer, me: Me, db: Db) -> dict[str, int]:
    source, target = lock(db, Points, me.username, order.to)
    if source is target:
        raise Missing("nobody to send points to")
    if source.count < order.n:
        raise Conflict("not enough points")
    source.count -= order.n
    target.count += order.n
    return {"sent": order.n}
