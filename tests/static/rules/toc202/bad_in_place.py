from django.db import models, transaction
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Shop(models.Model):
    name = models.CharField(max_length=50)
    settings = models.JSONField(default=dict)
    tags = models.JSONField(default=list)

    def forget(self, name):
        if name in self.settings:
            del self.settings[name]


@require_POST
def theme(request, key):
    shop = Shop.objects.get(pk=key)  # finds: TOC202
    shop.settings["theme"] = request.POST["theme"]
    shop.save(update_fields=["settings"])
    return HttpResponse(status=204)


@require_POST
def colour(request, key):
    shop = Shop.objects.get(pk=key)  # finds: TOC202
    shop.settings["colours"]["front"] = request.POST["colour"]
    shop.save(update_fields=["settings"])
    return HttpResponse(status=204)


@require_POST
def forget(request, key):
    shop = Shop.objects.get(pk=key)  # finds: TOC202
    shop.forget(request.POST["name"])
    with transaction.atomic():
        shop.save(update_fields=["settings"])
    return HttpResponse(status=204)


@require_POST
def tag(request, key):
    shop = Shop.objects.get(pk=key)  # finds: TOC202
    shop.tags.append(request.POST["tag"])
    shop.save(update_fields=["tags"])
    return HttpResponse(status=204)


urlpatterns = [
    path("theme/<int:key>/", theme),
    path("colour/<int:key>/", colour),
    path("forget/<int:key>/", forget),
    path("tag/<int:key>/", tag),
]
