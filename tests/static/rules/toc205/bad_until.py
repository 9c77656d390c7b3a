from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.utils.text import slugify


class Page(models.Model):
    slug = models.CharField(max_length=64)


def add(request):
    slug = base = slugify(request.POST["title"])
    number = 1
    while Page.objects.filter(slug=slug).exists():  # finds: TOC205
        number += 1
        slug = f"{base}-{number}"
    Page.objects.create(slug=slug)
    return HttpResponse()


urlpatterns = [path("pages", add)]
