from django.db import models
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_POST


class Order(models.Model):
    owner = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    stock = models.IntegerField(default=0)


@require_POST
def restock(request, key):
    order = get_object_or_404(Order, pk=key)
    order.stock = F("stock") + int(request.POST["n"])
    order.save(update_fields=["stock"])
    return HttpResponse(status=204)


@require_POST
def more(request, key):
    Order.objects.filter(pk=key).update(stock=F("stock") + 1)
    return HttpResponse(status=204)


@require_POST
def written(request, key):
    order = get_object_or_404(Order, pk=key)
    order.stock = int(request.POST["n"])
    order.save(update_fields=["stock"])
    return HttpResponse(status=204)


urlpatterns = [
    path("restock/<int:key>/", restock),
    path("more/<int:key>/", more),
    path("written/<int:key>/", written),
]
