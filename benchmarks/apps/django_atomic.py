"""Django, ``atomic()`` and ``select_for_update()``, PostgreSQL."""

import os
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

_url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="a benchmark keeps no secrets",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.path[1:],
            "USER": _url.username,
            "HOST": parse_qs(_url.query)["host"][0],
            "CONN_MAX_AGE": 60,
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Account(models.Model):
    balance = models.IntegerField()

    def __str__(self) -> str:
        return f"account {self.pk}"

    class Meta:
        app_label = "bank"


def reset() -> None:
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE IF EXISTS bank_account")
        editor.create_model(Account)
    Account.objects.create(id=1, balance=100)


def take(request: HttpRequest, accounts: models.QuerySet) -> JsonResponse:
    n = int(request.GET["n"])
    with transaction.atomic():
        account = accounts.get(pk=1)
        if account.balance < n:
            return JsonResponse({"error": "not enough money"}, status=409)
        account.balance -= n
        account.save()
    return JsonResponse({"paid": n})


@require_POST
def withdraw(request: HttpRequest) -> JsonResponse:
    return take(request, Account.objects.all())


@require_POST
def withdraw_safely(request: HttpRequest) -> JsonResponse:
    return take(request, Account.objects.select_for_update())


urlpatterns = [path("racy/withdraw", withdraw), path("fixed/withdraw", withdraw_safely)]
application = get_wsgi_application()
