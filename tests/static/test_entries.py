"""What runs around a request is in its trace, however the framework was told of it."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

CLASSES = """
from functools import wraps
from flask import Flask, abort, g
from flask.views import MethodView
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase): ...

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]

app = Flask(__name__)

def admins(view):
    @wraps(view)
    def asked(*args, **kwargs):
        user = db.session.get(User, g.user_id)
        if user.role != "admin":
            abort(403)
        return view(*args, **kwargs)
    return asked

class Demotion(MethodView):
    def post(self, key):
        db.session.get(User, key).role = "guest"
        db.session.commit()

class Orders(MethodView):
    {decorators}
    def put(self, key):
        order = db.session.get(Order, key)
        order.status = "paid"
        db.session.commit()

app.add_url_rule("/users/<int:key>/demote", view_func=Demotion.as_view("demote"))
app.add_url_rule("/orders/<int:key>", view_func=Orders.as_view("orders"))
"""


@pytest.mark.parametrize(
    ("decorators", "found"),
    [
        ("decorators = [admins]", [("TOC101", ("PUT /orders/{key}",))]),
        ("method_decorators = [admins]", [("TOC101", ("PUT /orders/{key}",))]),
        ("", []),
    ],
    ids=["decorators", "method_decorators", "none"],
)
def test_the_decorators_that_a_class_names(
    analysed: Analyse, decorators: str, found: list[tuple[str, tuple[str, ...]]]
) -> None:
    reports = analysed(CLASSES.replace("{decorators}", decorators)).reports
    assert [(each.judge.code, each.endpoints) for each in reports] == found


ANSWERED = """
from django.db import IntegrityError, models
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

class Label(models.Model):
    name = models.CharField(max_length=9, unique=True)

class BaseView(APIView):
    def handle_exception(self, exc):
        if isinstance(exc, (ERROR, KeyError)):
            return Response({"error": "no"}, status=400)
        return super().handle_exception(exc)

class Labels(BaseView):
    def post(self, request):
        if not Label.objects.filter(name=request.data["name"]).exists():
            Label.objects.create(name=request.data["name"])
        return Response()

urlpatterns = [path("labels/", Labels.as_view())]
"""


@pytest.mark.parametrize(
    ("error", "expected"), [("IntegrityError", []), ("ValueError", ["TOC205"])]
)
def test_a_view_answers_errors_itself(analysed: Analyse, error: str, expected: list[str]) -> None:
    reports = analysed(ANSWERED.replace("ERROR", error)).reports
    assert [each.judge.code for each in reports] == expected


ALONE = {
    "documents": """
from pymongo import MongoClient

users = MongoClient()["shop"]["users"]

class Taken(Exception): ...

def register(email):
    if users.find_one({"email": email}):
        raise Taken
    users.insert_one({"email": email})
""",
    "keys": """
import redis

keys = redis.Redis()

class Taken(Exception): ...

def claim(key):
    if keys.get(key):
        raise Taken
    keys.setex(key, 60, "1")
""",
}


@pytest.mark.parametrize("store", ALONE)
def test_functions_that_write_are_looked_at_without_a_route(analysed: Analyse, store: str) -> None:
    assert len(analysed(ALONE[store]).reports) == 1
