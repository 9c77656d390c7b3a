"""A refund that relies on the state of an order, for Django."""

import json
import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.Relying", "tocsin.guard.django.GuardMiddleware"],
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

from tocsin.guard.django import StateConflictMiddleware  # noqa: E402
from tocsin.guard.errors import Conflict  # noqa: E402


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


class Relying(StateConflictMiddleware):
    def __call__(self, request):
        guarded = request.path == "/guarded"
        return super().__call__(request) if guarded else self._get_response(request)

    def states(self, request):
        return [Order.objects.filter(pk=1)]


@require_POST
def refund(request):
    order = Order.objects.get(pk=1)
    if order.status != "pending":
        raise Conflict("what this relies on was changed meanwhile: try again")
    Refund.objects.create(order_id=1)
    order.status = "refunded"
    order.save()
    return HttpResponse("done")


urlpatterns = [path("guarded", refund), path("unguarded", refund)]
app = get_wsgi_application()
