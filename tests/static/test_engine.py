"""What stands in one report: the sites with its cause, the endpoints, the pairs that would race."""

from __future__ import annotations

from tests.static.conftest import Analyse

MODELS = """
from django.db import models

class Role(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    name = models.CharField(max_length=20)

class Item(models.Model):
    name = models.CharField(max_length=20)
"""

VIEWS = """
from functools import wraps
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from app.models import Item, Role

def staff(view):
    @wraps(view)
    def checked(request, *args):
        if not Role.objects.filter(user=request.user, name="staff").exists():
            raise PermissionDenied
        return view(request, *args)
    return checked

@staff
def rename(request, pk):
    Item.objects.filter(pk=pk).update(name="other")
    return HttpResponse("")

@staff
def remove(request, pk):
    Item.objects.filter(pk=pk).delete()
    return HttpResponse("")

def dismiss(request, user):
    Role.objects.filter(user=user).delete()
    return HttpResponse("")
"""

URLS = """
from django.urls import path
from app import views

urlpatterns = [
    path("rename/<int:pk>", views.rename),
    path("remove/<int:pk>", views.remove),
    path("dismiss/<int:user>", views.dismiss),
]
"""


def line(text: str, part: str) -> int:
    (number,) = (n for n, each in enumerate(text.splitlines(), 1) if part in each)
    return number


def test_a_check_names_all_that_it_is_used_on(analysed: Analyse) -> None:
    analysis = analysed(app__models=MODELS, app__views=VIEWS, app__urls=URLS)
    (report,) = (each for each in analysis.reports if each.judge.code == "TOC101")
    sites = (report.site, *report.more)
    assert {site.check.line for site in sites} == {line(VIEWS, "Role.objects.filter(user=request")}
    uses = {site.use.line for site in sites}
    assert uses >= {
        line(VIEWS, 'update(name="other")'),
        line(VIEWS, "Item.objects.filter(pk=pk).delete"),
    }
    assert {each.rpartition("/")[0].rpartition("/")[2] for each in report.endpoints} == {
        "rename",
        "remove",
    }


def test_the_pairs_are_those_that_would_race(analysed: Analyse) -> None:
    analysis = analysed(app__models=MODELS, app__views=VIEWS, app__urls=URLS)
    (report,) = (each for each in analysis.reports if each.judge.code == "TOC101")
    assert {one for one, _ in report.pairs} == set(report.endpoints)
    assert all("dismiss" in other for _, other in report.pairs)


SHARED = """
import logging
from functools import wraps
from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views import View

class Shop(models.Model):
    stock = models.IntegerField()

class Depot(models.Model):
    stock = models.IntegerField()

class Adding(View):
    model = None

    def post(self, request, key):
        row = self.model.objects.get(pk=key)
        row.stock = row.stock + 1
        row.save(update_fields=["stock"])
        return HttpResponse()

class Shops(Adding):
    model = Shop

class Depots(Adding):
    model = Depot

def told(work):
    @wraps(work)
    def telling(*args):
        logging.info("called")
        return work(*args)
    return telling

@told
def stock_of(key):
    return Shop.objects.get(pk=key).stock

@told
def close(key):
    Shop.objects.filter(pk=key).update(stock=-1)

@told
def end(key):
    if stock_of(key) == 0:
        raise ValueError(key)
    close(key)

def ended(request, key):
    end(key)
    return HttpResponse()

urlpatterns = [
    path("shop/<key>", Shops.as_view()),
    path("depot/<key>", Depots.as_view()),
    path("ended/<key>", ended),
]
"""


def test_code_that_serves_several_tables_is_told_once(analysed: Analyse) -> None:
    (report,) = (each for each in analysed(SHARED).reports if each.judge.code == "TOC202")
    assert set(report.endpoints) == {"POST /shop/{key}", "POST /depot/{key}"}


def test_a_wrapper_around_all_that_is_called_is_not_the_place_of_a_use(analysed: Analyse) -> None:
    (report,) = (each for each in analysed(SHARED).reports if each.judge.code == "TOC201")
    assert report.window.check.at.line == line(SHARED, "if stock_of(key) == 0")
    assert report.window.use.effect.at.line == line(SHARED, "    close(key)")


METHODS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    paid: Mapped[int]
    taxes: Mapped[int]

    def refund(self, session, amount, tax):
        self.paid = self.paid - amount
        self.taxes = self.taxes - tax
        session.commit()

    def pay(self, session, amount):
        self.paid = self.paid + amount
        session.commit()
"""


def test_a_method_that_changes_its_row_is_one_cause(analysed: Analyse) -> None:
    found = [each for each in analysed(METHODS).reports if each.judge.code == "TOC202"]
    assert [each.window.check.at.function for each in found] == ["Order.refund", "Order.pay"]
    refund = found[0]
    lines = {each.check.line for each in (refund.site, *refund.more)}
    assert lines == {line(METHODS, "self.paid - amount"), line(METHODS, "self.taxes - tax")}


PRIVATE = """
from app.models import Item

def _rename(pk):
    item = Item.objects.select_for_update().get(pk=pk)
    if item.name == "other":
        raise ValueError(pk)
    Item.objects.filter(pk=pk).update(name=item.name + "!")

def rename(pk):
    LOCK:
        _rename(pk)
"""


def test_a_private_function_is_looked_at_as_it_is_called(analysed: Analyse) -> None:
    for lock, expected in (("with transaction.atomic()", []), ("if pk", ["app.views.rename"])):
        text = "from django.db import transaction\n" + PRIVATE.replace("LOCK", lock)
        analysis = analysed(app__models=MODELS, app__views=text)
        named = {each for report in analysis.reports for each in report.endpoints}
        assert sorted(named) == expected
