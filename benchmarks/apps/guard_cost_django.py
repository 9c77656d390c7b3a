"""Endpoints of Django with guards, ``/guarded/…``, and written by hand with the same locks, ``/plain/…``."""

import hashlib
import tempfile
import time

import django
from django.conf import settings

folder = tempfile.mkdtemp(prefix="tocsin-cost-")
settings.configure(
    SECRET_KEY="for a benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["tocsin.guard.django.GuardMiddleware"],
    INSTALLED_APPS=["tocsin.guard.django.tables"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{folder}/cost.db",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;",
            },
            "CONN_MAX_AGE": None,
        }
    },
    USE_TZ=True,
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection, models, transaction
from django.http import JsonResponse
from django.urls import path

from tocsin.guard.django import authorize, consume, holds
from tocsin.guard.django import transition as move
from tocsin.guard.limits import Stock

STOCK = Stock("coupons", 10**12)
STATES = {"open": "closed", "closed": "open"}


class User(models.Model):
    username = models.CharField(max_length=20, primary_key=True)
    role = models.CharField(max_length=20)

    class Meta:
        app_label = "cost"


class Order(models.Model):
    status = models.CharField(max_length=20)
    note = models.CharField(max_length=20, default="")

    class Meta:
        app_label = "cost"


call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(User)
    editor.create_model(Order)
User.objects.create(username="alice", role="admin")
Order.objects.create(id=1, status="open")
UPSERT = """
INSERT INTO tocsin_tally AS t (key, used, ends, made) VALUES (%s, %s, %s, TRUE)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN t.ends <= %s THEN excluded.used ELSE t.used + excluded.used END,
    ends = CASE WHEN t.ends <= %s THEN excluded.ends ELSE t.ends END
WHERE t.ends <= %s OR t.used <= %s
RETURNING used, ends
"""


def transition_guarded(request, state):
    order = move(Order, 1, from_=STATES[state], to=state)
    return JsonResponse({"status": order.status})


def transition_plain(request, state):
    with transaction.atomic():
        if not Order.objects.filter(pk=1, status=STATES[state]).update(status=state):
            return JsonResponse({}, status=409 if Order.objects.filter(pk=1) else 404)
        order = Order.objects.get(pk=1)
    return JsonResponse({"status": order.status})


def authorize_guarded(request):
    with transaction.atomic():
        authorize(holds(User.objects.filter(username="alice", role="admin")))
        Order.objects.filter(pk=1).update(note="seen")
    return JsonResponse({})


def authorize_plain(request):
    with transaction.atomic():
        if not list(User.objects.filter(username="alice", role="admin").select_for_update()):
            return JsonResponse({}, status=403)
        Order.objects.filter(pk=1).update(note="seen")
    return JsonResponse({})


def consume_guarded(request, code):
    return JsonResponse({"left": consume(STOCK, code)})


def consume_plain(request, code):
    # What a client sends is longer than the column, if it likes.
    key = hashlib.sha256(f"plain {code}".encode()).hexdigest()
    now, never = int(time.time() * 1e6), 2**53 - 1
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, (key, 1, never, now, now, now, STOCK.amount - 1))
        row = cursor.fetchone()
    if row is None:
        return JsonResponse({}, status=409)
    return JsonResponse({"left": STOCK.amount - row[0]})


urlpatterns = [
    path("guarded/transition/<state>", transition_guarded),
    path("plain/transition/<state>", transition_plain),
    path("guarded/authorize", authorize_guarded),
    path("plain/authorize", authorize_plain),
    path("guarded/consume/<code>", consume_guarded),
    path("plain/consume/<code>", consume_plain),
]
app = WSGIHandler()
