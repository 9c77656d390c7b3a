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
