from typing import Annotated

from celery import shared_task
from django.db import models
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import BackgroundTasks, Depends, FastAPI
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


def send_everything(user_id: int, key: int) -> None:
    with Session() as own, own.begin():
        user = own.get(User, user_id, with_for_update={"read": True})
        if user is None or not user.is_staff:
            return
        own.execute(update(Export).where(Export.id == key).values(state="sent"))


@app.post("/exports/{key}")
def export(key: int, me: int, tasks: BackgroundTasks) -> None:
    tasks.add_task(send_everything, me, key)


@shared_task
def send_parcel(key):
    Order.objects.filter(pk=key, status="paid").update(status="shipped")


@require_POST
def ship(request, key):
    send_parcel.delay(key)
    return JsonResponse({"queued": True})


urlpatterns = [path("orders/<int:key>/ship", ship)]
