from django.db import models, transaction
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Order(models.Model):
    owner = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    stock = models.IntegerField(default=0)


@require_POST
def cancel(request, key):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=key)  # finds: TOC206
    if order.status != "pending":
        return HttpResponse(status=409)
    order.status = "cancelled"
    order.save()
    return HttpResponse(status=204)


urlpatterns = [
    path("cancel/<int:key>/", cancel),
]
