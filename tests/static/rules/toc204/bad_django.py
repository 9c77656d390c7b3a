from django.db import models
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
def add_line(request, key):
    order = get_object_or_404(Order, pk=key)
    if order.lines.count() >= 10:  # finds: TOC204
        return HttpResponse(status=409)
    Line.objects.create(order=order, name=request.POST["name"])
    return HttpResponse(status=201)


urlpatterns = [
    path("add_line/<int:key>/", add_line),
]
