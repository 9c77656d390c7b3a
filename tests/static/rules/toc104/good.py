from typing import Annotated

from celery import shared_task
from django.db import models
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from mailing import mail
from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    is_staff: Mapped[bool]


class Export(Base):
    __tablename__ = "exports"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


class Order(models.Model):
    status = models.CharField()
    address = models.CharField()


def session() -> Session: ...


Db = Annotated[Session, Depends(session)]


@app.post("/users/{key}/demote")
def demote(key: int, db: Db) -> None:
    db.execute(update(User).where(User.id == key).values(is_staff=False))
    db.commit()


def welcome(user: User) -> None:
    mail(user.email)


@app.post("/welcome")
def only_a_mail(me: int, tasks: BackgroundTasks, db: Db) -> None:
    user = db.get(User, me)
    if not user.is_staff:
        raise HTTPException(403)
    tasks.add_task(welcome, user)


def rebuild(key: int) -> None:
    with Session() as own:
        own.execute(update(Export).where(Export.id == key).values(state="sent"))
        own.commit()


@app.post("/exports/{key}")
def started_by_who_might(key: int, me: int, tasks: BackgroundTasks, db: Db) -> None:
    user = db.get(User, me, with_for_update={"read": True})
    if not user.is_staff:
        raise HTTPException(403)
    tasks.add_task(rebuild, key)
    db.commit()


@shared_task
def send_parcel(key, address):
    if Order.objects.filter(pk=key, status="paid").update(status="shipped"):
        mail(address)


@require_POST
def ship(request, key):
    order = get_object_or_404(Order, pk=key)
    send_parcel.delay(key, order.address)
    return JsonResponse({"queued": True})


class Clock:
    def delay(self, order):
        return order.status


@require_POST
def no_job(request, key):
    order = get_object_or_404(Order, pk=key)
    return JsonResponse({"status": Clock().delay(order)})


urlpatterns = [path("orders/<int:key>/ship", ship), path("orders/<int:key>", no_job)]
