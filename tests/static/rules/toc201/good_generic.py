from django.core.exceptions import BadRequest
from django.db import models
from django.urls import path
from django.views.generic import UpdateView
from rest_framework import generics, serializers


class Order(models.Model):
    status = models.CharField(max_length=16)
    address = models.CharField(max_length=64)


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "status", "address"]
        read_only_fields = ["status"]


class Orders(generics.UpdateAPIView):
    """No request changes what is tested."""

    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    def perform_update(self, serializer):
        if serializer.instance.status != "open":
            raise BadRequest
        serializer.save()


class Unknown(UpdateView):
    """Nobody sees which row it is about."""

    def get_object(self):
        return find(self.kwargs["key"])

    def form_valid(self, form):
        if Order.objects.filter(address=form.cleaned_data["address"]).exists():
            raise BadRequest
        return super().form_valid(form)


def find(key):
    return __import__("elsewhere").find(key)


urlpatterns = [
    path("orders/<int:pk>", Orders.as_view()),
    path("unknown/<int:pk>", Unknown.as_view()),
]
