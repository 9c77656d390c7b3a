"""What a request leaves for later: with what it handed over, and outside its transaction."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse
from tocsin.static.engine import Analysis

HEAD = """
import threading
from apscheduler.schedulers.background import BackgroundScheduler
from django.db import models, transaction
from django.http import HttpResponse
from huey import RedisHuey
from rq import Queue
from celery import shared_task
import dramatiq

class Order(models.Model):
    status = models.CharField(max_length=9)

clock = BackgroundScheduler()
queue = Queue()
huey = RedisHuey()

def plain(order):
    order.status = "sent"
    order.save()

@shared_task
def task(order):
    order.status = "sent"
    order.save()

@dramatiq.actor
def actor(order):
    order.status = "sent"
    order.save()

@huey.task()
def hueyed(order):
    order.status = "sent"
    order.save()

@shared_task
def by_key(key):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=key)
        if order.status == "paid":
            order.status = "sent"
            order.save()
"""
VIEW = """
def ship(request, key):
    order = Order.objects.get(pk=key)
    if order.status != "paid":
        return HttpResponse(status=409)
    {start}
    return HttpResponse()
"""
URLS = """
from django.urls import path
from app import ship
urlpatterns = [path("orders/<int:key>/ship", ship)]
"""

SNAPSHOTS = {
    "celery": "task.delay(order)",
    "celery, lists": "task.apply_async(args=[order])",
    "celery, after the commit": "transaction.on_commit(lambda: task.delay(order))",
    "dramatiq": "actor.send(order)",
    "dramatiq, later": "actor.send_with_options(args=(order,), delay=10)",
    "huey, later": "hueyed.schedule(args=(order,), delay=10)",
    "rq": "queue.enqueue(plain, order)",
    "rq, later": "queue.enqueue_in(10, plain, order)",
    "apscheduler": 'clock.add_job(plain, "date", args=[order])',
    "apscheduler, by name": 'clock.add_job(func=plain, trigger="date", args=[order])',
    "timer": "threading.Timer(10, plain, [order]).start()",
    "thread": "threading.Thread(target=plain, args=(order,)).start()",
}


def rules(analysis: Analysis) -> set[str]:
    return {r.judge.code for r in analysis.reports if r.match.confidence != "low"}


@pytest.mark.parametrize("start", SNAPSHOTS)
def test_a_job_that_is_handed_a_row(analysed: Analyse, start: str) -> None:
    view = VIEW.replace("{start}", SNAPSHOTS[start])
    assert rules(analysed(app=HEAD + view, urls=URLS)) == {"TOC104"}


@pytest.mark.parametrize(
    "start", ["by_key.delay(key)", "transaction.on_commit(lambda: by_key.delay(order.pk))"]
)
def test_a_job_that_is_handed_a_key(analysed: Analyse, start: str) -> None:
    view = VIEW.replace("{start}", start)
    assert rules(analysed(app=HEAD + view, urls=URLS)) == set()


LOCKED = """
def ship(request, key):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=key)
        if order.status != "paid":
            return HttpResponse(status=409)
        {start}
    return HttpResponse()
"""


@pytest.mark.parametrize(
    ("start", "found"),
    [("plain(order)", set()), ("transaction.on_commit(lambda: plain(order))", {"TOC206"})],
    ids=["inside", "after the commit"],
)
def test_after_the_commit_nothing_is_locked(analysed: Analyse, start: str, found: set[str]) -> None:
    view = LOCKED.replace("{start}", start)
    assert rules(analysed(app=HEAD + view, urls=URLS)) == found


PARTS = """
from celery import shared_task
from helpers import load, close

@shared_task
def expire(key):
    row = load(key)
    if row.left > 0:
        close(row)
"""
HELPERS = """
from models import Order

def load(key):
    return Order.objects.get(pk=key)

def close(row):
    row.left = row.left - 1
    row.save()
"""
MODELS = """
from django.db import models

class Order(models.Model):
    left = models.IntegerField()
"""


def test_a_job_whose_file_writes_nothing_itself(analysed: Analyse) -> None:
    analysis = analysed(jobs=PARTS, helpers=HELPERS, models=MODELS)
    found = [(each.judge.code, each.endpoints) for each in analysis.reports]
    assert found == [("TOC202", ("jobs.expire",))]
    assert analysis.frameworks == ()
