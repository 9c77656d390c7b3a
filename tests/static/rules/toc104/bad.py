import threading
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


def send_everything(user: User, key: int) -> None:
    with Session() as own:
        own.execute(update(Export).where(Export.id == key).values(state="sent"))
        own.commit()
    mail(user.email)


@app.post("/exports/{key}")
def export(key: int, me: int, tasks: BackgroundTasks, db: Db) -> None:
    user = db.get(User, me)  # finds: TOC104
    if not user.is_staff:
        raise HTTPException(403)
    tasks.add_task(send_everything, user, key)


@shared_task
def send_parcel(key, status):
    if status == "paid":
        Order.objects.filter(pk=key).update(status="shipped")


@require_POST
def ship(request, key):
    order = get_object_or_404(Order, pk=key)  # finds: TOC104
    send_parcel.delay(key, order.status)
    return JsonResponse({"queued": True})


@shared_task(bind=True)
def cancel_order(self, order):
    if order.status == "paid":
        order.status = "cancelled"
        order.save(update_fields=["status"])


@require_POST
def cancel(request, key):
    order = get_object_or_404(Order, pk=key)  # finds: TOC104
    cancel_order.apply_async(args=(order,))
    return JsonResponse({"queued": True})


def close(order):
    if order.status == "open":
        order.status = "closed"
        order.save(update_fields=["status"])


@require_POST
def close_later(request, key):
    order = get_object_or_404(Order, pk=key)  # finds: TOC104
    threading.Thread(target=close, args=(order,)).start()
    return JsonResponse({"queued": True})


urlpatterns = [
    path("orders/<int:key>/ship", ship),
    path("orders/<int:key>/cancel", cancel),
    path("orders/<int:key>/close", close_later),
]
