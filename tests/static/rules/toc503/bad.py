from typing import Annotated

from django.db import models
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import APIRouter, Depends
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from provider import charge
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
async def pay(amount: int, session: Db) -> dict:
    charged = await charge(amount)
    session.add(Payment(amount=amount))  # finds: TOC503
    await session.commit()
    return {"id": charged.id}


@flask.post("/donate")
def donate():
    db.session.add(Payment(amount=1))  # finds: TOC503
    db.session.commit()
    return {}


@require_POST
def refund(request, key):
    Refund.objects.create(amount=int(request.POST["amount"]))  # finds: TOC503
    return JsonResponse({})


urlpatterns = [path("payments/<int:key>/refund/", refund)]
