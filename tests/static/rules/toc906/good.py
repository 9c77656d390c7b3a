from typing import Annotated

from django.db import models, transaction
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import Depends, FastAPI
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.django import consume as take
from tocsin.guard.limits import Stock
from tocsin.guard.sqlalchemy import consume

app = FastAPI()
COUPON = Stock("coupon", 100)
GIFT = Stock("gift", 100)


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    coupon: Mapped[str]


class Booking(models.Model):
    seat = models.CharField(max_length=20)


def session() -> Session: ...


@app.post("/orders/{code}")
def in_one_transaction(code: str, db: Annotated[Session, Depends(session)]) -> None:
    db.add(Order(coupon=code))
    db.flush()
    consume(db, COUPON, code)
    db.commit()


@app.post("/gifts/{code}")
def one_or_the_other(code: str, free: bool, db: Annotated[Session, Depends(session)]) -> None:
    if free:
        db.add(Order(coupon=""))
        db.commit()
    else:
        consume(db, COUPON, code)
        db.commit()


@app.post("/thanks/{code}")
def a_second_limit(code: str, db: Annotated[Session, Depends(session)]) -> None:
    consume(db, COUPON, code)
    db.add(Order(coupon=code))
    db.commit()
    consume(db, GIFT, code)
    db.commit()


@require_POST
def book(request, seat):
    with transaction.atomic():
        Booking.objects.create(seat=seat)
        take(COUPON, seat)
    return HttpResponse(status=201)


urlpatterns = [path("bookings/<seat>", book)]
