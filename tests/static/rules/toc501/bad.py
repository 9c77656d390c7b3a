from typing import Annotated

from django.db import models
from django.http import HttpResponse
from django.urls import path
from fastapi import APIRouter, Depends
from flask import Flask, render_template, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

flask = app = Flask(__name__)
db = SQLAlchemy(app)
router = APIRouter()


class Subscriber(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    token = db.Column(db.String)
    wants = db.Column(db.String)


@app.get("/unsubscribe/<token>")
def unsubscribe(token):
    Subscriber.query.filter_by(token=token).delete()  # finds: TOC501
    db.session.commit()
    return render_template("bye.html")


@app.route("/subscribers/<int:key>", methods=["GET", "POST"])
def choose(key):
    subscriber = db.session.get(Subscriber, key)
    if request.method == "GET":
        subscriber.wants = request.args["wants"]  # finds: TOC501
        db.session.commit()
    return render_template("choice.html")


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]


def session() -> Session: ...


def cancelled(key: int, session: Session) -> None:
    session.execute(update(Order).where(Order.id == key).values(status="off"))  # finds: TOC501
    session.commit()


@router.get("/orders/{key}/cancel")
def cancel(key: int, session: Annotated[Session, Depends(session)]) -> None:
    cancelled(key, session)


class Invoice(models.Model):
    status = models.CharField()


def confirm(request, key):
    Invoice.objects.filter(pk=key).update(status="confirmed")  # finds: TOC501
    return HttpResponse("ok")


urlpatterns = [path("invoices/<int:key>/confirm", confirm)]
