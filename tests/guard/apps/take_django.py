"""A coupon for one, and money for one withdrawal, for Django."""

import json
import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["tocsin.guard.django.GuardMiddleware"],
    INSTALLED_APPS=[],
    DATABASES={"default": json.loads(os.environ["GUARDED_DJANGO"])},
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from tocsin.guard.django import atomic, take  # noqa: E402


class Coupon(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    used = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField()

    class Meta:
        app_label = "stock"


class Account(models.Model):
    name = models.CharField(max_length=20, primary_key=True)
    balance = models.PositiveIntegerField()

    class Meta:
        app_label = "stock"


def seed():
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (Coupon, Account):
            if model._meta.db_table in present:
                editor.delete_model(model)
            editor.create_model(model)
    Coupon.objects.create(code="TEN", most=1)
    Account.objects.create(name="alice", balance=150)


@require_POST
def buy(request):
    with atomic():
        take(Coupon, "TEN", used="used", most="most")
        take(Account, "alice", 80, left="balance")
    return HttpResponse("bought")


@require_POST
def buy_unguarded(request):
    coupon = Coupon.objects.get(pk="TEN")
    account = Account.objects.get(pk="alice")
    if coupon.used >= coupon.most or account.balance < 80:
        return HttpResponse(status=409)
    coupon.used += 1
    coupon.save()
    account.balance -= 80
    account.save()
    return HttpResponse("bought")


urlpatterns = [path("guarded", buy), path("unguarded", buy_unguarded)]
app = get_wsgi_application()
