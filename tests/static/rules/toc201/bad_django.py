from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_POST


class Order(models.Model):
    owner = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    stock = models.IntegerField(default=0)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    name = models.CharField(max_length=50)


@require_POST
@transaction.atomic
def cancel(request, key):
    order = get_object_or_404(Order, pk=key)  # finds: TOC201
    if order.status != "pending":
        return HttpResponse(status=409)
    order.status = "cancelled"
    order.save()
    Line.objects.create(order=order, name="refund")
    return HttpResponse(status=204)


urlpatterns = [
    path("cancel/<int:key>/", cancel),
]
