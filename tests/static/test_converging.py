"""Two at once that leave what one would leave are told of with low confidence."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

MODELS = """
from django.db import models

class Order(models.Model):
    status = models.CharField(max_length=9)
    hidden_at = models.DateTimeField(null=True)
    redeemed = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)
    total = models.IntegerField()
    worker = models.CharField(max_length=9)
    customer = models.ForeignKey("Customer", on_delete=models.CASCADE)

class Customer(models.Model):
    balance = models.IntegerField()
    orders = models.IntegerField()

class Refund(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

class OrderAudit(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
"""
VIEWS = """
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from elsewhere import charge, send_mail, tasks
from models import Order, OrderAudit, Refund

def first(request, key):
    order = Order.objects.get(pk=key)
    FIRST
    return HttpResponse()

def second(request, key, word):
    order = Order.objects.get(pk=key)
    SECOND
    return HttpResponse()

urlpatterns = [path("<int:key>/first", first), path("<int:key>/second/<word>", second)]
"""
CANCEL = """if order.status != "open":
        return HttpResponse(status=409)
    MORE
    order.status = "cancelled"
    order.save(update_fields=["status"])"""
HIDE = """if order.hidden_at:
        return HttpResponse(status=409)
    order.hidden_at = timezone.now()
    order.save(update_fields=["hidden_at"])"""
SHOW = """order.hidden_at = None
    order.save(update_fields=["hidden_at"])"""
DELETE = """if order.deleted or order.total > 9:
        return HttpResponse(status=404)
    MORE
    order.deleted = True
    order.save(update_fields=["deleted"])"""
REDEEM = """if order.redeemed or order.total > 9:
        return HttpResponse(status=409)
    order.redeemed = True
    order.save(update_fields=["redeemed"])"""
CLAIMED = """order.worker = request.user.username
    order.save(update_fields=["worker"])"""


def put(value: str) -> str:
    return f'order.status = {value}\n    order.save(update_fields=["status"])'


def told(analyse: Analyse, first: str, second: str = "pass") -> set[str]:
    views = VIEWS.replace("FIRST", first).replace("SECOND", second)
    reports = analyse(models=MODELS, views=views).reports
    return {r.match.confidence for r in reports if r.judge.code == "TOC201"}


@pytest.mark.parametrize(
    ("second", "confidence"),
    [
        ("pass", "low"),
        (put("'cancelled'"), "low"),
        (put("'open'"), "low"),
        (put("'paid'"), "medium"),
        (put("word"), "medium"),
    ],
    ids=["alone", "the same", "back", "another transition", "anything"],
)
def test_who_else_writes_it(analysed: Analyse, second: str, confidence: str) -> None:
    assert confidence in told(analysed, CANCEL.replace("    MORE\n", ""), second)


@pytest.mark.parametrize(
    ("more", "confidence"),
    [
        ("OrderAudit.objects.create(order=order)", "low"),
        ("Refund.objects.create(order=order)", "medium"),
        ("send_mail(order)", "low"),
        ("tasks.notify_customer.delay(key)", "low"),
        ("charge(order)", "medium"),
        (CLAIMED, "medium"),
        ("order.customer.balance = order.customer.balance + 1", "medium"),
    ],
    ids=["noted", "a row", "a mail", "a job that tells", "a call", "who was first", "a counter"],
)
def test_what_else_is_done(analysed: Analyse, more: str, confidence: str) -> None:
    assert told(analysed, CANCEL.replace("MORE", more)) == {confidence}


@pytest.mark.parametrize(
    ("first", "second", "confidence"),
    [
        (HIDE, SHOW, "low"),
        (HIDE, put("'open'"), "low"),
        (REDEEM, "pass", "medium"),
    ],
    ids=["a flag and its end", "another column", "used up"],
)
def test_flags(analysed: Analyse, first: str, second: str, confidence: str) -> None:
    assert told(analysed, first, second) == {confidence}


@pytest.mark.parametrize(
    ("more", "confidence"),
    [
        ("charge(order)", "low"),
        ("Refund.objects.create(order=order)", "medium"),
        ("order.customer.orders = order.customer.orders - 1", "medium"),
    ],
)
def test_what_is_only_marked_as_deleted(analysed: Analyse, more: str, confidence: str) -> None:
    assert told(analysed, DELETE.replace("MORE", more)) == {confidence}
