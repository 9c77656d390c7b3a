from typing import Annotated

from django.db import models
from fastapi import APIRouter, Depends, Header, HTTPException
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from provider import charge
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


@router.post("/payments")
async def pay(amount: int, idempotency_key: Annotated[str, Header()], session: Db) -> dict:
    payment = Payment(key=idempotency_key, amount=amount)
    session.add(payment)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409) from None
    charged = await charge(amount, idempotency_key=idempotency_key)
    return {"id": charged.id}
