from django import forms
from django.db import models
from django.http import HttpResponse
from django.urls import path


class Shop(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE, related_name="shops")
    name = models.CharField(max_length=64)


class ShopForm(forms.ModelForm):
    class Meta:
        model = Shop
        fields = ["name"]


def add(request):
    form = ShopForm(request.POST)
    if form.is_valid():
        if request.user.shops.count() >= 3:  # finds: TOC204
            return HttpResponse(status=403)
        shop = form.save(commit=False)
        shop.owner = request.user
        shop.save()
    return HttpResponse()


urlpatterns = [path("shops", add)]
