from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Member(models.Model):
    name = models.CharField(max_length=50, primary_key=True)
    role = models.CharField(max_length=20)


class Order(models.Model):
    owner = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    stock = models.IntegerField(default=0)


@require_POST
def close(request, key):
    me = Member.objects.get(name=request.user.username)  # finds: TOC101
    if me.role != "admin":
        raise PermissionDenied
    Order.objects.filter(pk=key).update(status="closed")
    return HttpResponse(status=204)


@require_POST
def demote(request, name):
    Member.objects.filter(name=name).update(role="user")
    return HttpResponse(status=204)


urlpatterns = [
    path("close/<int:key>/", close),
    path("demote/<str:name>/", demote),
]
