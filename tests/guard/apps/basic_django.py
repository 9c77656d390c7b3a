"""An administrator who logs in to resign, and is paid once, for Django."""

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

from tocsin.guard.basic import Gate, Hashes  # noqa: E402
from tocsin.guard.basic.scrypt import Scrypt  # noqa: E402
from tocsin.guard.django import atomic  # noqa: E402
from tocsin.guard.django.accounts import Accounts  # noqa: E402
from tocsin.guard.django.basic import authenticated  # noqa: E402
from tocsin.guard.errors import Denied  # noqa: E402

passwords = Hashes(Scrypt(ln=1))


class User(models.Model):
    username = models.CharField(max_length=20, primary_key=True)
    password = models.CharField(max_length=120)
    role = models.CharField(max_length=20)

    class Meta:
        app_label = "staff"


class Payment(models.Model):
    class Meta:
        app_label = "staff"


def seed():
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (User, Payment):
            if model._meta.db_table in present:
                editor.delete_model(model)
            editor.create_model(model)
    User.objects.create(username="bob", password=passwords.hash("bob"), role="admin")


users = Accounts(User, username="username", active=None)
gate = Gate(accounts=users, passwords=passwords, limits=None, realm="shop", bursts=None, plain=True)


@require_POST
@authenticated(gate)
def resign(request, me):
    with atomic():
        user = users.identity(me, change=True)
        if user.role != "admin":
            raise Denied("for administrators")
        user.role = "user"
        user.save()
        Payment.objects.create()
    return HttpResponse("resigned")


@require_POST
@authenticated(gate)
def resign_unguarded(request, me):
    user = User.objects.get(username=me.username)
    if user.role != "admin":
        raise Denied("for administrators")
    user.role = "user"
    user.save()
    Payment.objects.create()
    return HttpResponse("resigned")


urlpatterns = [path("guarded", resign), path("unguarded", resign_unguarded)]
app = get_wsgi_application()
