from typing import Annotated

from django.db import models
from fastapi import APIRouter, Depends
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter()
flask = Flask(__name__)
db = SQLAlchemy(flask)


class Payment(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    key = db.Column(db.String, unique=True)
    amount = db.Column(db.Integer)


class Refund(models.Model):
    amount = models.IntegerField()


async def session() -> AsyncSession: ...


Db = Annotated[AsyncSession, Depends(session)]


@router.get("/payments")
async def listed(session: Db) -> dict:
    return {"payments": await session.scalar("select 1")}


@router.post("/comments")
async def no_payment(amount: int, session: Db) -> dict:
    session.add(Payment(amount=amount))
    await session.commit()
    return {}


@router.post("/payments/search")
async def nothing_added(amount: int) -> dict:
    return {"amount": amount}


@flask.post("/donate")
def with_a_header():
    from flask import request

    db.session.add(Payment(key=request.headers["Idempotency-Key"], amount=1))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
    return {}
