"""A seat that is booked once for a key, for Django."""

import json
import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["tocsin.guard.django.GuardMiddleware"],
    INSTALLED_APPS=["tocsin.guard.django.tables"],
    DATABASES={"default": json.loads(os.environ["GUARDED_DJANGO"])},
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from tocsin.guard.django import idempotent  # noqa: E402
from tocsin.guard.django.tables.models import Once  # noqa: E402


class Payment(models.Model):
    key = models.CharField(max_length=50, default="")

    class Meta:
        app_label = "payments"


def seed():
    call_command("migrate", verbosity=0)
    Once.objects.all().delete()
    if Payment._meta.db_table in connection.introspection.table_names():
        Payment.objects.all().delete()
        return
    with connection.schema_editor() as editor:
        editor.create_model(Payment)


@require_POST
@idempotent(identity=lambda request: "alice")
def pay(request):
    Payment.objects.create()
    return JsonResponse({"paid": 1}, status=201)


@require_POST
def pay_unguarded(request):
    key = request.headers["Idempotency-Key"]
    if not Payment.objects.filter(key=key).exists():
        Payment.objects.create(key=key)
    return JsonResponse({"paid": 1}, status=201)


urlpatterns = [path("guarded", pay), path("unguarded", pay_unguarded)]
app = get_wsgi_application()
