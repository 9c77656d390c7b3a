"""Endpoints of Django with guards, ``/guarded/…``, and written by hand with the same locks, ``/plain/…``."""

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

from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import Case, F, Q, Value, When
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
Tally = apps.get_model("tocsin_guard", "Tally")


def transition_guarded(request, state):
    order = move(Order, 1, from_=STATES[state], to=state)
    return JsonResponse({"status": order.status})


def transition_plain(request, state):
    with transaction.atomic():
        if not Order.objects.filter(pk=1, status=STATES[state]).update(status=state):
            return JsonResponse({}, status=409)
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


def consume_guarded(request):
    return JsonResponse({"left": consume(STOCK, "TEN")})


def consume_plain(request):
    now, never = int(time.time() * 1e6), 2**53 - 1
    ended = Q(ends__lte=now)
    with transaction.atomic():
        changed = Tally.objects.filter(ended | Q(used__lte=STOCK.amount - 1), pk="plain").update(
            used=Case(When(ended, then=Value(1)), default=F("used") + 1),
            ends=Case(
                When(ended, then=Value(never)),
                default=F("ends"),
                output_field=models.BigIntegerField(),
            ),
        )
        row = Tally.objects.filter(pk="plain").values_list("used", "ends").first()
        if row is None:
            row = (1, never)
            Tally.objects.create(key="plain", used=1, ends=never)
        elif not changed:
            return JsonResponse({}, status=409)
    return JsonResponse({"left": STOCK.amount - row[0]})


urlpatterns = [
    path("guarded/transition/<state>", transition_guarded),
    path("plain/transition/<state>", transition_plain),
    path("guarded/authorize", authorize_guarded),
    path("plain/authorize", authorize_plain),
    path("guarded/consume", consume_guarded),
    path("plain/consume", consume_plain),
]
app = WSGIHandler()
