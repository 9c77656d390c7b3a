from pathlib import Path
from typing import Annotated

from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import Depends, FastAPI
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.django import consume as take
from tocsin.guard.limits import Rate, Stock
from tocsin.guard.memory import Tallies
from tocsin.guard.memory import consume as count
from tocsin.guard.sqlalchemy import consume

app = FastAPI()
COUPON = Stock("coupon", 100)
EXPORTS = Rate("exports", 10, per=60)
tallies = Tallies()


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    coupon: Mapped[str]


class Booking(models.Model):
    seat = models.CharField(max_length=20)


def session() -> Session: ...


@app.post("/orders/{code}")
def order(code: str, db: Annotated[Session, Depends(session)]) -> None:
    db.add(Order(coupon=code))
    db.commit()
    consume(db, COUPON, code)  # finds: TOC906
    db.commit()


@require_POST
def book(request, seat):
    Booking.objects.create(seat=seat)
    take(COUPON, seat)  # finds: TOC906
    return HttpResponse(status=201)


@app.post("/exports")
def export(text: str) -> None:
    Path("/srv/exports/last").write_text(text, "utf-8")
    count(tallies, EXPORTS, "all")  # finds: TOC906


urlpatterns = [path("bookings/<seat>", book)]
