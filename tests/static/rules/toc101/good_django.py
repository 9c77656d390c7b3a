from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Member(models.Model):
    name = models.CharField(max_length=50, primary_key=True)
    role = models.CharField(max_length=20)
    status = models.CharField(max_length=20)


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


def reopen(request, key):
    if request.method != "POST":
        return HttpResponse(status=405)
    me = Member.objects.get(name=request.user.username)
    if me.status != "hired":
        raise PermissionDenied
    order = Order.objects.get(pk=key)  # shown on the way to a change, in a transaction that locks
    with transaction.atomic():
        mine = Member.objects.select_for_update().get(name=request.user.username)
        if mine.status != "hired":
            raise PermissionDenied
        Order.objects.filter(pk=order.pk).update(status="open")
    return HttpResponse(status=204)


@require_POST
def dismiss(request, name):
    Member.objects.filter(name=name).update(status="gone")
    return HttpResponse(status=204)


@require_POST
def demote(request, name):
    Member.objects.filter(name=name).update(role="user")
    return HttpResponse(status=204)


urlpatterns = [
    path("close/<int:key>/", close),
    path("listed/", listed),
    path("reopen/<int:key>/", reopen),
    path("dismiss/<str:name>/", dismiss),
    path("demote/<str:name>/", demote),
]
