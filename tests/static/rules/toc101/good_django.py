from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpResponse, JsonResponse
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
@transaction.atomic
def close(request, key):
    me = Member.objects.select_for_update().get(name=request.user.username)
    if me.role != "admin":
        raise PermissionDenied
    Order.objects.filter(pk=key).update(status="closed")
    return HttpResponse(status=204)


def listed(request):
    me = Member.objects.get(name=request.user.username)
    if me.role != "admin":
        raise PermissionDenied
    return JsonResponse({"role": me.role})


@require_POST
def demote(request, name):
    Member.objects.filter(name=name).update(role="user")
    return HttpResponse(status=204)


urlpatterns = [
    path("close/<int:key>/", close),
    path("listed/", listed),
    path("demote/<str:name>/", demote),
]
