from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_POST


class Order(models.Model):
    owner = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    stock = models.IntegerField(default=0)


@require_POST
def change(request, key):
    done = Order.objects.filter(pk=key, owner=request.user.username).update(
        stock=request.POST["stock"]
    )
    return HttpResponse(status=204 if done else 403)


@require_POST
@transaction.atomic
def locked(request, key):
    order = get_object_or_404(Order.objects.select_for_update(), pk=key)
    if order.owner != request.user.username:
        raise PermissionDenied
    order.stock = request.POST["stock"]
    order.save(update_fields=["stock"])
    return HttpResponse(status=204)


@require_POST
def give(request, key):
    Order.objects.filter(pk=key, owner=request.user.username).update(owner=request.POST["to"])
    return HttpResponse(status=204)


urlpatterns = [
    path("change/<int:key>/", change),
    path("locked/<int:key>/", locked),
    path("give/<int:key>/", give),
]
