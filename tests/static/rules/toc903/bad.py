from typing import Annotated

from accounts import is_right
from django.db import models
from django.http import HttpResponse
from django.urls import path
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard import django as guard
from tocsin.guard.limits import Attempts
from tocsin.guard.sqlalchemy import consume

app = FastAPI()
LOGIN = Attempts("login", 5, per=900)


class Base(DeclarativeBase): ...


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]


class Member(models.Model):
    name = models.CharField()


def session() -> Session: ...


@app.post("/login")
def login(name: str, password: str, db: Annotated[Session, Depends(session)]) -> None:
    account = db.get(Account, name)
    if account is None or not is_right(account.password, password):
        consume(db, LOGIN, name)  # finds: TOC903
        db.commit()
        raise HTTPException(401)


def enter(request):
    member = Member.objects.filter(name=request.POST["name"]).first()
    if not is_right(member, request.POST["password"]):
        guard.consume(LOGIN, request.POST["name"], durable=True)  # finds: TOC903
        return HttpResponse(status=403)
    return HttpResponse("ok")


urlpatterns = [path("enter", enter)]
