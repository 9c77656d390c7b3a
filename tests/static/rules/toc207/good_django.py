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
@transaction.atomic
def cancel(request, key):
    order = Order.objects.get(pk=key)
    Order.objects.select_for_update().get(pk=key)
    order.refresh_from_db()
    if order.status != "pending":
        return HttpResponse(status=409)
    order.status = "cancelled"
    order.save()
    return HttpResponse(status=204)


@require_POST
@transaction.atomic
def loaded_again(request, key):
    get_object_or_404(Order, pk=key)
    order = Order.objects.select_for_update().get(pk=key)
    if order.status != "pending":
        return HttpResponse(status=409)
    order.status = "cancelled"
    order.save()
    return HttpResponse(status=204)


urlpatterns = [
    path("cancel/<int:key>/", cancel),
    path("loaded_again/<int:key>/", loaded_again),
]
