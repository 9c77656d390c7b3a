"""One coupon, for Django."""

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
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from tocsin.guard.django import consume  # noqa: E402
from tocsin.guard.django.tables.models import Tally  # noqa: E402
from tocsin.guard.limits import Stock  # noqa: E402

COUPON = Stock("coupon", 1)


def seed():
    call_command("migrate", verbosity=0)
    Tally.objects.all().delete()
    Tally.objects.create(key="unguarded", used=0, ends=0)


@require_POST
def redeem(request):
    return JsonResponse({"left": consume(COUPON, "TEN")})


@require_POST
def redeem_unguarded(request):
    mine = Tally.objects.get(key="unguarded")
    if mine.used >= COUPON.amount:
        return JsonResponse({"error": "used up"}, status=409)
    mine.used += 1
    mine.save()
    return JsonResponse({"left": COUPON.amount - mine.used})


urlpatterns = [path("guarded", redeem), path("unguarded", redeem_unguarded)]
app = get_wsgi_application()
