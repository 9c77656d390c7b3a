"""One name that two uploads ask for, for Django."""

from pathlib import Path

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["tocsin.guard.django.GuardMiddleware"],
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from tocsin.guard.django import receive  # noqa: E402
from tocsin.guard.files import Root  # noqa: E402

folder = Path(__file__).with_name("uploads")
folder.mkdir(exist_ok=True)
root = Root(folder)


def seed():
    for each in folder.iterdir():
        each.unlink()


@require_POST
def upload(request):
    receive(root, "report", request, limit=100)
    return JsonResponse({}, status=201)


@require_POST
def upload_unguarded(request):
    if (folder / "report").exists():
        return JsonResponse({"error": "taken"}, status=409)
    (folder / "report").write_bytes(request.body)
    return JsonResponse({}, status=201)


urlpatterns = [path("guarded", upload), path("unguarded", upload_unguarded)]
app = get_wsgi_application()
