"""Alice, an administrator whose hash is an old one, and Bob, who is none, for Django."""

import base64
import json
import os
from functools import partial

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

from django.core.exceptions import PermissionDenied  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from tocsin.guard.basic import Counting, Gate, Hashes, Limits  # noqa: E402
from tocsin.guard.basic.scrypt import Scrypt  # noqa: E402
from tocsin.guard.django import atomic, consume, refund  # noqa: E402
from tocsin.guard.django.accounts import Accounts  # noqa: E402
from tocsin.guard.django.basic import authenticated  # noqa: E402
from tocsin.guard.errors import Denied  # noqa: E402
from tocsin.guard.limits import Attempts  # noqa: E402

old, passwords = Hashes(Scrypt(ln=1, r=1)), Hashes(Scrypt(ln=2, r=1))
OTHER = passwords.hash("other")


class User(models.Model):
    username = models.CharField(max_length=20, primary_key=True)
    password = models.CharField(max_length=120)
    role = models.CharField(max_length=20)

    class Meta:
        app_label = "staff"


class Failure(models.Model):
    class Meta:
        app_label = "staff"


def seed():
    call_command("migrate", verbosity=0)
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (User, Failure):
            if model._meta.db_table in present:
                editor.delete_model(model)
            editor.create_model(model)
    User.objects.create(username="alice", password=old.hash("secret"), role="admin")
    User.objects.create(username="bob", password=passwords.hash("bob"), role="user")


users = Accounts(User, username="username", active=None)
asked = {"accounts": users, "passwords": passwords, "realm": "shop", "bursts": None, "plain": True}
gate = Gate(limits=None, **asked)
free = Counting(lambda _: None, lambda _: None)
ATTEMPTS = Attempts("attempts", 1, per=900)
once = Counting(partial(consume, ATTEMPTS, durable=True), partial(refund, ATTEMPTS))
limited = Gate(limits=Limits(account=once, address=free), **asked)


def snapshot(request):
    given = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    name, _, password = given.partition(":")
    user = User.objects.get(username=name)
    if not passwords.verify(user.password, password):
        raise PermissionDenied
    return user, password


@require_POST
@authenticated(gate)
def promote(request, me):
    with atomic():
        if users.identity(me).role != "admin":
            raise Denied("for administrators")
        User.objects.filter(username="bob").update(role="admin")
    return HttpResponse()


@require_POST
def promote_unguarded(request):
    me, _ = snapshot(request)
    if me.role != "admin":
        raise PermissionDenied
    User.objects.filter(username="bob").update(role="admin")
    return HttpResponse()


def renamed(me, *, change):
    with atomic():
        user = users.identity(me, change=change)
        user.role += "!"
        user.save(update_fields=["role"])
    return HttpResponse()


@require_POST
@authenticated(gate)
def rename(request, me):
    return renamed(me, change=True)


@require_POST
@authenticated(gate)
def rename_shared(request, me):
    return renamed(me, change=False)


@require_POST
def rename_unguarded(request):
    me, _ = snapshot(request)
    me.role += "!"
    me.save(update_fields=["role"])
    return HttpResponse()


@require_POST
@authenticated(gate)
def login(request, me):
    return HttpResponse(me.username)


@require_POST
def login_unguarded(request):
    me, password = snapshot(request)
    if passwords.stale(me.password):
        me.password = passwords.hash(password)
        me.save(update_fields=["password"])
    return HttpResponse(me.username)


@require_POST
@authenticated(limited)
def attempt(request, me):
    return HttpResponse(me.username)


@require_POST
def attempt_unguarded(request):
    if Failure.objects.exists():
        return HttpResponse(status=429)
    Failure.objects.create()
    return HttpResponse(status=401)


@require_POST
def demote(request):
    User.objects.filter(username="alice").update(role="user")
    return HttpResponse()


@require_POST
def change(request):
    User.objects.filter(username="alice").update(password=OTHER)
    return HttpResponse()


urlpatterns = [
    path("guarded/promote", promote),
    path("unguarded/promote", promote_unguarded),
    path("guarded/rename", rename),
    path("shared/rename", rename_shared),
    path("unguarded/rename", rename_unguarded),
    path("guarded/login", login),
    path("unguarded/login", login_unguarded),
    path("guarded/attempt", attempt),
    path("unguarded/attempt", attempt_unguarded),
    path("demote", demote),
    path("change", change),
]
app = get_wsgi_application()
