from django.db import models, transaction
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Shop(models.Model):
    name = models.CharField(max_length=50)
    settings = models.JSONField(default=dict)


@require_POST
def theme(request, key):
    with transaction.atomic():
        shop = Shop.objects.select_for_update().get(pk=key)
        shop.settings["theme"] = request.POST["theme"]
        shop.save(update_fields=["settings"])
    return HttpResponse(status=204)


@require_POST
def anew(request, key):
    shop = Shop.objects.get(pk=key)
    shop.settings = {}
    shop.settings["theme"] = request.POST["theme"]
    shop.save(update_fields=["settings"])
    return HttpResponse(status=204)


@require_POST
def shown(request, key):
    shop = Shop.objects.get(pk=key)
    shop.settings.update(theme="dark")  # for this answer only
    return HttpResponse(shop.settings["theme"])


@require_POST
def copied(request, key):
    shop = Shop.objects.get(pk=key)
    shop.pk = None
    shop.name = f"{shop.name} (copy)"
    shop.save()
    return HttpResponse(status=201)


urlpatterns = [
    path("theme/<int:key>/", theme),
    path("anew/<int:key>/", anew),
    path("shown/<int:key>/", shown),
    path("copied/<int:key>/", copied),
]
