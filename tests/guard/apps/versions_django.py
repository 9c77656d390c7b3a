"""An edit of a version that was read before, for Django."""

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

from tocsin.guard.django import atomic, edit  # noqa: E402


class Profile(models.Model):
    email = models.CharField(max_length=20)
    version = models.IntegerField()

    class Meta:
        app_label = "profiles"


def seed():
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (Profile,):
            if model._meta.db_table in present:
                editor.delete_model(model)
            editor.create_model(model)
    Profile.objects.create(id=1, email="a@b", version=1)


@require_POST
def change(request):
    with atomic():
        profile = edit(Profile, 1, version=1)
        profile.email = "c@d"
        profile.save(update_fields=["email"])
    return HttpResponse("done")


@require_POST
def change_unguarded(request):
    with transaction.atomic():
        profile = Profile.objects.get(pk=1)
        if profile.version != 1:
            return HttpResponse(status=409)
        profile.email = "c@d"
        profile.version += 1
        profile.save()
    return HttpResponse("done")


urlpatterns = [path("guarded", change), path("unguarded", change_unguarded)]
app = get_wsgi_application()
