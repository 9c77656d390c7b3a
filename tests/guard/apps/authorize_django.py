"""A manager who hands the post over, and pays once, for Django."""

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

from tocsin.guard.django import authorized_view, owns  # noqa: E402


class Post(models.Model):
    holder = models.CharField(max_length=20)

    class Meta:
        app_label = "posts"


class Payment(models.Model):
    amount = models.IntegerField()

    class Meta:
        app_label = "posts"


def seed():
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (Post, Payment):
            if model._meta.db_table in present:
                editor.delete_model(model)
            editor.create_model(model)
    Post.objects.create(id=1, holder="alice")


@require_POST
@authorized_view(lambda request: owns(Post, 1, holder="alice"), into="post")
def hand_over(request, post):
    Payment.objects.create(amount=100)
    post.holder = "bob"
    post.save()
    return HttpResponse("done")


@require_POST
def hand_over_unguarded(request):
    with transaction.atomic():
        if Post.objects.get(pk=1).holder != "alice":
            return HttpResponse(status=403)
        Payment.objects.create(amount=100)
        Post.objects.filter(pk=1).update(holder="bob")
    return HttpResponse("done")


urlpatterns = [path("guarded", hand_over), path("unguarded", hand_over_unguarded)]
app = get_wsgi_application()
