"""Services: their functions are named like the routes, and decorators hand them to views."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock: Mapped[int]
"""

SERVICE = """
from fastapi import HTTPException
from sqlalchemy import update
from sqlalchemy.orm import Session
from models import Product

def NAME(db: Session, key: int) -> None:
    product = db.get(Product, key)
    if product.stock <= 0:
        raise HTTPException(409)
    db.execute(update(Product).where(Product.id == key).values(stock=Product.stock - 1))
    db.commit()
"""

ROUTES = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session
import services

app = FastAPI()

def opened() -> Session: ...

@app.post("/products/{key}/buy")
def buy(key: int, db: Session = Depends(opened)) -> None:
    services.NAME(db, key)
"""


@pytest.mark.parametrize("name", ["buy", "sell"])
def test_a_service_named_like_its_route_is_no_decorator(analysed: Analyse, name: str) -> None:
    texts = {"services": SERVICE, "app": ROUTES}
    named = {module: text.replace("NAME", name) for module, text in texts.items()}
    analysis = analysed(models=MODELS, **named)
    found = [(each.judge.code, each.match.confidence) for each in analysis.reports]
    assert found == [("TOC203", "medium")]


INJECTED = """
from functools import wraps
from flask import Flask, abort, request
from peewee import IntegerField, Model, PostgresqlDatabase

app = Flask(__name__)
db = PostgresqlDatabase("books")

class Book(Model):
    copies = IntegerField()

    class Meta:
        database = db

class Shelf:
    def take(self, key):
        with db.atomic():
            book = Book.select().where(Book.id == key)LOCKED.get()
            if book.copies < 1:
                abort(409)
            book.copies -= 1
            book.save()

def with_shelf(view):
    @wraps(view)
    def inner(*args, **kwargs):
        return view(*args, shelf=Shelf(), **kwargs)

    return inner

@app.post("/books/<int:key>/take")
@with_shelf
def take(key, shelf):
    shelf.take(key)
    return ""
"""


@pytest.mark.parametrize(
    ("locked", "endpoints"), [("", ["POST /books/{key}/take"]), (".for_update()", [])]
)
def test_what_a_decorator_hands_to_a_view_is_what_the_view_has(
    analysed: Analyse, locked: str, endpoints: list[str]
) -> None:
    analysis = analysed(INJECTED.replace("LOCKED", locked))
    assert [name for each in analysis.reports[:1] for name in each.endpoints] == endpoints


UNIT = """
from dataclasses import dataclass
from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

class Base(DeclarativeBase):
    pass

class Slot(Base):
    __tablename__ = "slots"
    id: Mapped[int] = mapped_column(primary_key=True)
    guest: Mapped[int | None]

@dataclass
class Place:
    id: int
    guest: int | None

class Slots:
    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, key):
        row = self.session.scalar(select(Slot).where(Slot.id == key)LOCKED)
        return Place(id=row.id, guest=row.guest)

    def store(self, place):
        self.session.execute(update(Slot).where(Slot.id == place.id).values(guest=place.guest))

opened = sessionmaker(create_engine("postgresql:///slots"))

class Unit:
    def __enter__(self):
        self.session = opened()
        self.slots = Slots(self.session)
        return self

    def __exit__(self, *args):
        self.session.rollback()

    def commit(self):
        self.session.commit()

app = FastAPI()

@app.post("/slots/{key}/take")
def take(key: int, guest: int):
    with Unit() as unit:
        place = unit.slots.get(key)
        if place.guest is not None:
            raise HTTPException(409)
        place.guest = guest
        unit.slots.store(place)
        unit.commit()
"""


@pytest.mark.parametrize(("locked", "codes"), [("", ["TOC201"]), (".with_for_update()", [])])
def test_a_unit_of_work_has_its_repositories_when_it_is_entered(
    analysed: Analyse, locked: str, codes: list[str]
) -> None:
    analysis = analysed(UNIT.replace("LOCKED", locked))
    assert [each.judge.code for each in analysis.reports] == codes


LOCKING = """
from functools import wraps
from django.db import models, transaction
from django.http import HttpResponse

class Event(models.Model):
    title = models.CharField(max_length=9)
    revision = models.IntegerField()

def locks(model):
    def decorate(view):
        @wraps(view)
        @transaction.atomic
        def wrapper(request, *args, **kwargs):
            row = model.objectsLOCKED.get(pk=kwargs["pk"])
            return view(request, row, *args, **kwargs)

        return wrapper

    return decorate

@locks(Event)
def rename(request, event, pk):
    if event.revision != int(request.POST["revision"]):
        return HttpResponse(status=412)
    event.revision += 1
    event.save(update_fields=["revision"])
    return HttpResponse(status=204)
"""
URLS = "from django.urls import path\nimport app\nurlpatterns = [path('e/<int:pk>/', app.rename)]\n"


@pytest.mark.parametrize(
    ("locked", "codes"), [(".select_for_update()", []), (".all()", ["TOC202", "TOC212"])]
)
def test_a_row_that_a_decorator_hands_to_a_view_by_its_place(
    analysed: Analyse, locked: str, codes: list[str]
) -> None:
    analysis = analysed(LOCKING.replace("LOCKED", locked), urls=URLS)
    assert {each.judge.code for each in analysis.reports} <= set(codes)
    assert bool(analysis.reports) is bool(codes)


JOBS = """
from celery import shared_task
from django.db import models, transaction

import bank

class Order(models.Model):
    paid = models.BooleanField()

@shared_task
def settle(key):
    order = Order.objects.get(pk=key)
    if order.paid:
        return
    DONE
    order.paid = True
    order.save(update_fields=["paid"])
"""


@pytest.mark.parametrize(
    ("done", "codes"),
    [("bank.charge(order.pk)", ["TOC201"]), ("bank.send_mail(order.pk)", []), ("pass", [])],
)
def test_what_a_job_does_before_it_marks_a_row_is_done_twice(
    analysed: Analyse, done: str, codes: list[str]
) -> None:
    analysis = analysed(JOBS.replace("DONE", done))
    sure = [each for each in analysis.reports if each.match.confidence != "low"]
    assert [each.judge.code for each in sure] == codes
