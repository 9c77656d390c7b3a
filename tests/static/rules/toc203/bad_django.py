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
def take(request, key):
    n = int(request.POST["n"])
    order = get_object_or_404(Order, pk=key)  # finds: TOC203
    if order.stock < n:
        return HttpResponse(status=409)
    order.stock = F("stock") - n
    order.save(update_fields=["stock"])
    return HttpResponse(status=204)


urlpatterns = [
    path("take/<int:key>/", take),
]
