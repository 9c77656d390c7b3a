"""One order that is cancelled and refunded, for Django."""

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
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from tocsin.guard.django import atomic, transition  # noqa: E402


class Order(models.Model):
    status = models.CharField(max_length=20)

    class Meta:
        app_label = "orders"


class Refund(models.Model):
    order_id = models.IntegerField()

    class Meta:
        app_label = "orders"


def seed():
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (Order, Refund):
            if model._meta.db_table in present:
                editor.delete_model(model)
            editor.create_model(model)
    Order.objects.create(id=1, status="pending")


@require_POST
def cancel(request):
    with atomic():
        order = transition(Order, 1, from_="pending", to="cancelled")
        Refund.objects.create(order_id=order.pk)
    return HttpResponse("done")


@require_POST
def cancel_unguarded(request):
    with transaction.atomic():
        order = Order.objects.get(pk=1)
        if order.status != "pending":
            return HttpResponse(status=409)
        order.status = "cancelled"
        order.save()
        Refund.objects.create(order_id=order.pk)
    return HttpResponse("done")


urlpatterns = [path("guarded", cancel), path("unguarded", cancel_unguarded)]
app = get_wsgi_application()
