"""Windows and protections seen through the project's own functions."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from contextlib import contextmanager
from django.db import models, transaction
from django.db.models import F

class Order(models.Model):
    status = models.CharField()
    stock = models.IntegerField()
"""


def rules(analysis: object) -> list[str]:
    return [report.judge.code for report in analysis.reports]  # type: ignore[attr-defined]


RACES = """
def cancel(request, key):
    order = find(key)
    check(order)
    store(order)
"""

CHECK = """
def check(order):
    if order.status != "pending":
        raise ValueError
"""
STORE = """
def store(order):
    order.status = "cancelled"
    order.save()
"""
FINDERS = {
    "plain": ("def find(key):\n    return Order.objects.get(pk=key)\n", ["TOC201"]),
    "locked outside": (
        "def find(key):\n    return Order.objects.select_for_update().get(pk=key)\n",
        ["TOC206"],
    ),
}


@pytest.mark.parametrize("finder", FINDERS)
def test_a_window_spans_functions(analysed: Analyse, finder: str) -> None:
    text, expected = FINDERS[finder]
    assert rules(analysed(HEAD + text + CHECK + STORE + RACES)) == expected


WRAPPERS = {
    "context manager": (
        "@contextmanager\ndef unit():\n    with transaction.atomic():\n        yield\n"
    ),
    "alias": "unit = transaction.atomic\n",
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapped_transaction_is_one(analysed: Analyse, wrapper: str) -> None:
    body = """
def cancel(request, key):
    with unit():
        order = Order.objects.select_for_update().get(pk=key)
        if order.status != "pending":
            raise ValueError
        order.status = "cancelled"
        order.save()
"""
    assert rules(analysed(HEAD + WRAPPERS[wrapper] + body)) == []


def test_atomic_alone_is_no_protection(analysed: Analyse) -> None:
    body = """
@transaction.atomic
def cancel(request, key):
    order = Order.objects.get(pk=key)
    if order.status != "pending":
        raise ValueError
    order.status = "cancelled"
    order.save()
"""
    assert rules(analysed(HEAD + body)) == ["TOC201"]


def test_a_decorated_lock_is_one(analysed: Analyse) -> None:
    body = """
@transaction.atomic
def cancel(request, key):
    order = Order.objects.select_for_update().get(pk=key)
    if order.status != "pending":
        raise ValueError
    order.status = "cancelled"
    order.save()
"""
    assert rules(analysed(HEAD + body)) == []


def test_a_queryset_that_locks_and_is_never_evaluated_locks_nothing(analysed: Analyse) -> None:
    body = """
@transaction.atomic
def cancel(request, key):
    Order.objects.select_for_update().filter(pk=key)
    order = Order.objects.get(pk=key)
    if order.status != "pending":
        raise ValueError
    order.status = "cancelled"
    order.save()
"""
    assert rules(analysed(HEAD + body)) == ["TOC208"]


def test_a_decorator_of_the_project_runs_before(analysed: Analyse) -> None:
    body = """
from functools import wraps

def pending(view):
    @wraps(view)
    def checked(request, key):
        order = Order.objects.get(pk=key)
        if order.status != "pending":
            raise ValueError
        return view(request, key)
    return checked

@pending
def cancel(request, key):
    Order.objects.filter(pk=key).update(status="cancelled", stock=F("stock") + 1)
"""
    assert rules(analysed(HEAD + body)) == ["TOC201"]


def test_a_manager_of_the_project_is_followed(analysed: Analyse) -> None:
    text = """
from django.db import models

class Orders(models.Manager):
    def pending(self):
        return self.filter(status="pending")

class Order(models.Model):
    status = models.CharField()
    objects = Orders()

def cancel(request, key):
    order = Order.objects.pending().filter(pk=key).first()
    if order is None:
        raise ValueError
    order.status = "cancelled"
    order.save(update_fields=["status"])

def cancel_safely(request, key):
    if not Order.objects.pending().filter(pk=key).update(status="cancelled"):
        raise ValueError
"""
    analysis = analysed(text)
    assert rules(analysis) == ["TOC201"]
    assert analysis.reports[0].window.use.effect.at.function == "cancel"


def test_recursion_ends(analysed: Analyse) -> None:
    body = """
def cancel(request, key):
    order = Order.objects.get(pk=key)
    if order.status != "pending":
        return cancel(request, order.pk)
    order.status = "cancelled"
    order.save()
"""
    assert rules(analysed(HEAD + body)) == ["TOC201"]


def test_the_same_source_gives_the_same_findings(analysed: Analyse) -> None:
    one, other = analysed(HEAD + FINDERS["plain"][0] + CHECK + STORE + RACES), None
    other = analysed(HEAD + FINDERS["plain"][0] + CHECK + STORE + RACES)
    assert [r.window.check.at for r in one.reports] == [r.window.check.at for r in other.reports]


def test_a_row_that_is_handed_in_was_read_before(analysed: Analyse) -> None:
    body = """
def take(order: Order, n):
    order.stock = order.stock - n
    order.save()
"""
    assert rules(analysed(HEAD + body)) == ["TOC202"]


@pytest.mark.parametrize(
    "found",
    [
        'from django.apps import apps\n\nOrder = apps.get_model("shop", "Order")',
        (
            "from django.utils.module_loading import import_string\n\n"
            'Order = import_string("shop.models.Order")'
        ),
    ],
)
def test_a_model_is_found_by_its_label(analysed: Analyse, found: str) -> None:
    view = """
def take(request, key, n):
    order = Order.objects.get(pk=key)
    order.stock -= n
    order.save()
"""
    assert rules(analysed(shop__models=HEAD, shop__views=found + view)) == ["TOC202"]


LOCKED = """
import contextlib
import functools
import threading
from flask import Flask

app = Flask(__name__)
known = {{}}

class Exclusive:
    def __init__(self, lock):
        self.lock = lock

    def __call__(self, function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            with self.lock:
                return function(*args, **kwargs)
        return wrapped

gate = threading.Lock()

def exclusive():
    return Exclusive({lock})

@app.post("/<key>")
@{decorator}
def take(key):
    if known[key] < 1:
        raise ValueError
    app.log(key)
    known[key] = known[key] - 1
"""


@pytest.mark.parametrize("decorator", ["exclusive()", "Exclusive({lock})"])
@pytest.mark.parametrize(("lock", "rule"), [("gate", []), ("contextlib.nullcontext()", ["TOC402"])])
def test_a_decorator_may_be_an_object(
    analysed: Analyse, decorator: str, lock: str, rule: list[str]
) -> None:
    body = LOCKED.format(decorator=decorator.format(lock=lock), lock=lock)
    assert rules(analysed(body)) == rule


FOUND_OR_MADE = """
class Profile(models.Model):
    user = models.IntegerField(unique=True)
    seen = models.IntegerField(default=0)

    def touch(self):
        self.seen = 1
        self.save()

def for_user(user):
    profile = Profile.objects.filter(user=user).first()
    if profile is None:
        profile = Profile(user=user)
    return profile

def one(request, user):
    for_user(user).touch()

def other(request, user):
    profile = for_user(user)
    profile.save()
"""


def test_a_row_that_a_helper_finds_or_makes_is_told_once_whoever_stores_it(
    analysed: Analyse,
) -> None:
    found = [r for r in analysed(HEAD + FOUND_OR_MADE).reports if r.judge.code == "TOC205"]
    assert [report.window.check.at.function for report in found] == ["for_user"]
    assert {name.rpartition(".")[2] for name in found[0].endpoints} == {"one", "other"}
