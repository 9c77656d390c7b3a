from django import forms
from django.core.exceptions import BadRequest
from django.db import models
from django.urls import path
from django.views.generic import UpdateView


class Order(models.Model):
    status = models.CharField(max_length=16)
    address = models.CharField(max_length=64)


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["status", "address"]


class OrderView(UpdateView):  # finds: TOC201
    form_class = OrderForm
    model = Order

    def form_valid(self, form):
        if self.object.status != "open":
            raise BadRequest
        return super().form_valid(form)


urlpatterns = [path("orders/<int:pk>", OrderView.as_view())]
