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


SAVED = """
class Ticket(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    {column} = models.IntegerField()

    def save(self, *args, **kwargs):
        if self._state.adding:
            last = Ticket.objects.filter(order=self.order).aggregate(largest=models.Max("{column}"))
            if last["largest"] is not None:
                self.{column} = last["largest"] + 1
        super().save(*args, **kwargs)

def make(request, order):
    Ticket.objects.create(order=order)

def rename(request, key):
    ticket = Ticket.objects.get(pk=key)
    ticket.save()
"""


@pytest.mark.parametrize(("column", "confidence"), [("number", "medium"), ("sort_order", "low")])
def test_create_goes_through_the_models_own_save(
    analysed: Analyse, column: str, confidence: str
) -> None:
    urls = "\nfrom django.urls import path\nurlpatterns = [path('t', make), path('r', rename)]\n"
    found = analysed(HEAD + SAVED.format(column=column) + urls).reports
    (report,) = (each for each in found if each.judge.code != "TOC501")
    assert (report.judge.code, report.match.confidence) == ("TOC204", confidence)
    assert report.endpoints[0] == "ANY /t"


ALLOWED = """
from django.http import JsonResponse
from django.urls import path

class Member(models.Model):
    user = models.CharField()
    role = models.IntegerField()
    active = models.BooleanField()

def allowed(view):
    def wrapped(request, key):
        if key:
            if Member.objects.filter(user=request.user, active=True, role=20).exists():
                return view(request, key)
        return JsonResponse({}, status=403)
    return wrapped

@allowed
def remove(request, key):
    member = Member.objects.get(pk=key, active=True)
    member.active = False
    member.save(update_fields=["active"])

@allowed
def add(request, key):
    Member.objects.create(user=key, active=True, role=5)

def demote(request, key):
    Member.objects.filter(pk=key).update(role=5)

urlpatterns = [path("remove/<key>", remove), path("add/<key>", add), path("demote/<key>", demote)]
"""


def test_a_right_that_is_asked_before_is_no_state_of_what_is_written(analysed: Analyse) -> None:
    found = analysed(HEAD + ALLOWED).reports
    sure = {(each.judge.code, each.match.confidence) for each in found}
    assert "TOC201" not in {code for code, _ in sure}
    assert "TOC205" not in {code for code, _ in sure}
    assert ("TOC101", "medium") in sure  # rights are taken by a right


def test_what_a_decorator_asks_before_every_handler_is_only_possible(analysed: Analyse) -> None:
    other = ALLOWED.replace(
        "member = Member.objects.get(pk=key, active=True)\n    member.active = False\n"
        '    member.save(update_fields=["active"])',
        "Note.objects.filter(pk=key).delete()",
    ).replace(
        "Member.objects.create(user=key, active=True, role=5)", "Note.objects.create(key=key)"
    )
    found = [each for each in analysed(HEAD + other).reports if each.judge.code == "TOC101"]
    assert {each.match.confidence for each in found} == {"low"}


def test_what_is_written_as_it_was_asked_for_makes_no_check_untrue(analysed: Analyse) -> None:
    text = """
def open_again(request, key):
    if not Order.objects.filter(pk=key, status="open").exists():
        raise ValueError
    Order.objects.filter(pk=key).update(status="{status}")
"""
    assert told(analysed(HEAD + text.replace("{status}", "open"))) == []
    assert told(analysed(HEAD + text.replace("{status}", "closed"))) == [("TOC201", "open_again")]


QUIET = """
from django.utils import timezone

class Job(models.Model):
    class Status(models.TextChoices):
        DONE = "done"

    status = models.CharField()
    ended = models.DateTimeField()

    def finish(self):
        if self.status == self.Status.DONE:
            return
        self.status = self.Status.DONE
        self.ended = timezone.now()
        self.save(update_fields=["status", "ended"])
        {then}

def end(request, key):
    job = Job.objects.get(pk=key)
    job.finish()
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [("pass", set()), ("Note.objects.create(key=self.pk)", {"TOC201"})],
)
def test_a_helper_that_does_nothing_twice_is_left_alone(
    analysed: Analyse, then: str, expected: set[str]
) -> None:
    found = told(analysed(HEAD + QUIET.format(then=then)))
    assert {code for code, _ in found} == expected


def test_a_key_that_is_renamed_was_no_state_that_was_asked(analysed: Analyse) -> None:
    text = """
from django.shortcuts import get_object_or_404
import uuid

def rename(request, number):
    order = get_object_or_404(Order, number=number)
    order.number = uuid.uuid4()
    order.save(update_fields=["number"])

def redeem(request, number):
    order = get_object_or_404(Order, number=number)
    order.number = None
    order.save(update_fields=["number"])
"""
    assert told(analysed(HEAD + text)) == [("TOC201", "redeem")]


def test_a_row_that_a_helper_has_stored_is_new_no_more(analysed: Analyse) -> None:
    text = """
def for_order(order):
    note = Note.objects.filter(order=order).first()
    if note is None:
        note = Note(order=order)
        note.save()
    return note

def touch(request, order):
    note = for_order(order)
    note.key = "a"
    note.save(update_fields=["key"])
"""
    assert told(analysed(HEAD + text)) == [("TOC205", "for_order")]


SEQUENCES = """
class Numbered(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self._state.adding:
            self.by = "somebody"
        super().save(*args, **kwargs)

class Ticket(Numbered):
    order = models.ForeignKey(Order, models.CASCADE)
    number = models.IntegerField()

    def save(self, *args, **kwargs):
        with transaction.atomic():
            last = Given.objects.filter(order=self.order).aggregate(largest=models.Max("number"))
            self.number = last["largest"] + 1
            super().save(*args, **kwargs)
            Given.objects.create(order=self.order, number=self.number)

class Given(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    number = models.IntegerField()

def make(request, order):
    Ticket.objects.create(order=order)
"""


def test_a_row_says_what_it_was_made_of_after_it_was_stored(analysed: Analyse) -> None:
    urls = "\nfrom django.urls import path\nurlpatterns = [path('t', make)]\n"
    found = analysed(HEAD + SEQUENCES + urls).reports
    (report,) = (each for each in found if each.judge.code != "TOC501")
    assert (report.judge.code, report.window.check.at.function) == ("TOC204", "Ticket.save")
    assert report.window.use.effect.item is not None
    assert report.window.use.effect.item.name.endswith("Given")


@pytest.mark.parametrize("named", ['"auth.User"', "settings.AUTH_USER_MODEL", "get_user_model()"])
@pytest.mark.parametrize("own", [True, False])
def test_what_belongs_to_who_asks_is_found_from_them(
    analysed: Analyse, named: str, *, own: bool
) -> None:
    if own and named.startswith('"'):
        named = '"app.Account"'
    account = "class Account(AbstractUser):\n    phone = models.CharField()\n"
    found = analysed(
        HEAD
        + f"""
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
{account if own else ""}
class Wallet(models.Model):
    user = models.OneToOneField({named}, models.CASCADE, related_name="wallet")
    balance = models.IntegerField()

def pay(request):
    wallet = request.user.wallet
    if wallet.balance < 5:
        raise ValueError
    wallet.balance -= 5
    wallet.save()

from django.urls import path
urlpatterns = [path("pay", pay)]
"""
    )
    assert ("TOC202", "pay") in told(found)
