"""What Django code means without saying it: loaders, managers, relations, mutations."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
import os
from django.db import models, transaction
from django.core.cache import caches, BaseCache

class Order(models.Model):
    number = models.CharField(unique=True)
    status = models.CharField()
    stock = models.IntegerField()

class Invoice(models.Model):
    order = models.OneToOneField(Order, models.CASCADE, related_name="invoice")

class Note(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    key = models.CharField()
"""


def told(analysis: object) -> list[tuple[str, str]]:
    return [
        (report.judge.code, report.window.check.at.function)
        for report in analysis.reports  # type: ignore[attr-defined]
    ]


def test_a_one_to_one_relation_is_asked_for_by_hasattr(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
def invoice(order: Order):
    if hasattr(order, "invoice"):
        return order.invoice
    return Invoice.objects.create(order=order)

def other(order: Order):
    if hasattr(order, "number"):
        return None
    return Invoice.objects.create(order=order)
"""
    )
    assert told(found) == [("TOC205", "invoice")]


def test_columns_are_asked_for_by_getattr(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
def cancel(request, key):
    order = Order.objects.get(pk=key)
    if getattr(order, "status", "") != "pending":
        raise ValueError
    order.status = "cancelled"
    order.save()
"""
    )
    assert told(found) == [("TOC201", "cancel")]


def test_a_cache_that_a_function_gives_is_known_by_its_annotation(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
def get_cache() -> BaseCache:
    return caches["default"]

class Limiter:
    def __init__(self):
        self.cache = get_cache()

    def failed(self, key):
        failures = self.cache.get(key, default=0)
        self.cache.set(key, failures + 1)
        Note.objects.create(key=key)
"""
    )
    assert told(found) == [("TOC404", "Limiter.failed")]


ROWS_OF = """
class OrderQuerySet(models.QuerySet):
    def renumber(self, rows):
        with transaction.atomic():
            locked = self.filter(status="open").select_for_update()
            {run}
            self.bulk_update(rows, ["stock"])

class Basket(models.Model):
    status = models.CharField()
    objects = OrderQuerySet.as_manager()
"""


@pytest.mark.parametrize(
    ("run", "expected"), [("pass", [("TOC208", "OrderQuerySet.renumber")]), ("list(locked)", [])]
)
def test_self_is_the_rows_that_a_manager_manages(
    analysed: Analyse, run: str, expected: list[tuple[str, str]]
) -> None:
    assert told(analysed(HEAD + ROWS_OF.format(run=run))) == expected


def test_a_function_made_for_unknown_code_is_called_by_it(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
from promise import Promise

def cancel(request, key):
    def work(_):
        order = Order.objects.get(pk=key)
        if order.status != "pending":
            raise ValueError
        order.status = "cancelled"
        order.save()

    return Promise.resolve(None).then(work).get()
"""
    )
    assert ("TOC201", "cancel.work") in {(code, name) for code, name in told(found)} or told(
        found
    ) == [("TOC201", "work")]


NUMBERED = """
def fields(key):
    return dict(order_id=key, key="a")

def note(request, key):
    values = dict(order_id=key, key="a")
    if not look(**values):
        Note.objects.create(**values)

def look(**values):
    return Note.objects.filter(**values).first()
"""


def test_a_dict_of_keywords_is_what_is_asked_and_stored(analysed: Analyse) -> None:
    found = analysed(HEAD + NUMBERED)
    assert told(found) == [("TOC205", "note")]
    kept = HEAD.replace(
        "    key = models.CharField()\n",
        "    key = models.CharField()\n\n    class Meta:\n"
        '        unique_together = ("order", "key")\n',
    )
    (report,) = analysed(kept + NUMBERED).reports
    assert report.window.flawed("unhandled")


LOADER = """
from django.apps import apps

def get_model(app, name):
    return apps.get_model(app, name)
"""


def test_a_loader_is_told_apart_by_its_literals_however_often_it_is_called(
    analysed: Analyse,
) -> None:
    many = "\n".join(f"M{n} = get_model('shop', 'Model{n}')" for n in range(30))
    models = "\n".join(
        f"class Model{n}(models.Model):\n    number = models.CharField()\n" for n in range(30)
    )
    found = analysed(
        shop__models="from django.db import models\n" + models,
        shop__loading=LOADER,
        shop__views="from shop.loading import get_model\n"
        + many
        + """

def use(request):
    return [M0, M1, M2, M3, M4, M5, M6, M7, M8, M9, M10, M11, M12, M13, M14, M15, M16, M17, M18]

def make(request, number):
    if M29.objects.filter(number=number).exists():
        raise ValueError
    M29.objects.create(number=number)
""",
    )
    assert told(found) == [("TOC205", "make")]


def test_a_lock_of_rows_keeps_no_new_one_away(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
def note(request, key):
    made = Note(key=key)
    with transaction.atomic():
        there = Note.objects.select_for_update().filter(key=key).first()
        if there and there.order_id:
            return there
        made.save()

def right(request, key, order):
    made = Note(key=key, order_id=order)
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order)
        there = Note.objects.select_for_update().filter(order_id=order).first()
        if there and there.key:
            return there
        made.save()
"""
    )
    assert told(found) == [("TOC205", "note")]


def test_an_advisory_lock_for_something_else_is_no_lock_given_back(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
from django.db import connection

def number(order):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [1])
        Order.objects.filter(pk=order).update(stock=1)

def note(request, order, key):
    number(order)
    if Note.objects.filter(key=key).exists():
        raise ValueError
    Note.objects.create(key=key)
"""
    )
    assert told(found) == [("TOC205", "note")]


TABLE = """
from flask import Flask, abort

app = Flask(__name__)
KINDS = {"mail": 1, "sms": 2}

@app.post("/kinds/<key>")
def count(key):
    if KINDS[key] > 3:
        abort(409)
    store(key)
    KINDS[key]%s

def store(key):
    print(key)
"""


def test_a_table_that_nobody_changes_is_a_constant(analysed: Analyse) -> None:
    assert [code for code, _ in told(analysed(TABLE % " += 1"))] == ["TOC402"]
    assert not any(effect.item for effect in _effects(analysed(TABLE % "")))


def _effects(analysis: object) -> list[object]:
    return [
        effect
        for report in analysis.reports  # type: ignore[attr-defined]
        for effect in report.window.effects
    ]


GRAPHENE = """
import graphene

class Base(graphene.Mutation):
    class Meta:
        abstract = True

    @classmethod
    def get_node_or_error(cls, info, node_id, only_type=None):
        node = info.schema.get_type(only_type).get_node(info, node_id)
        if node is None:
            raise ValueError
        return node

    @classmethod
    def mutate(cls, root, info, **data):
        return cls.perform_mutation(root, info, **data)

class OrderType(graphene.ObjectType):
    class Meta:
        model = Order

class Create(Base):
    class Meta:
        model = Note

    @classmethod
    def perform_mutation(cls, root, info, key):
        if Note.objects.filter(key=key).exists():
            raise ValueError
        note = cls._meta.model(key=key)
        note.save()

class Cancel(Base):
    @classmethod
    def perform_mutation(cls, root, info, id):
        order = cls.get_node_or_error(info, id, only_type=OrderType)
        if order.status != "pending":
            raise ValueError
        order.status = "cancelled"
        order.save()

class Mutations(graphene.ObjectType):
    order_cancel = Cancel.Field()
    note_create = Create.Field()
"""


def test_mutations_are_endpoints_and_rows_are_loaded_by_their_types(analysed: Analyse) -> None:
    found = analysed(HEAD + GRAPHENE)
    assert sorted((report.judge.code, report.endpoints[0]) for report in found.reports) == [
        ("TOC201", "POST /graphql#orderCancel"),
        ("TOC205", "POST /graphql#noteCreate"),
    ]
