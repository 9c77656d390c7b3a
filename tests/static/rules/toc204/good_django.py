from django.db import models, transaction
from django.http import HttpResponse, JsonResponse
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
def add_line(request, key):
    order = get_object_or_404(Order.objects.select_for_update(), pk=key)
    if order.lines.count() >= 10:
        return HttpResponse(status=409)
    Line.objects.create(order=order, name=request.POST["name"])
    return HttpResponse(status=201)


def counted(request, key):
    order = get_object_or_404(Order, pk=key)
    return JsonResponse({"lines": order.lines.count()})


urlpatterns = [
    path("add_line/<int:key>/", add_line),
    path("counted/<int:key>/", counted),
]
