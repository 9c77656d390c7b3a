from django.db import models
from django.http import HttpResponse
from django.urls import path


class Basket(models.Model):
    owner = models.CharField(max_length=80)


class Line(models.Model):
    basket = models.ForeignKey(Basket, models.CASCADE, related_name="lines")
    is_gift = models.BooleanField(default=False)
    name = models.CharField(max_length=80)


def complete(request, pk):
    basket = Basket.objects.get(pk=pk)
    names = [line.name for line in basket.lines.all()]
    if "sold out" in names:
        return HttpResponse(status=409)
    basket.lines.get_or_create(is_gift=True, defaults={"name": "a gift"})  # finds: TOC205
    return HttpResponse(status=204)


urlpatterns = [path("baskets/<int:pk>/complete", complete)]
