from django.db import models
from django.db.models import F
from django.http import HttpResponse


class Customer(models.Model):
    address = models.CharField()
    note = models.CharField()
    balance = models.IntegerField()


class Address(models.Model):
    street = models.CharField()
    city = models.CharField()


def set_address(request, key):
    customer = Customer.objects.get(pk=key)  # finds: TOC211
    customer.address = request.POST["address"]
    customer.save()
    return HttpResponse(status=204)


def pay(request, key, amount):
    paid = Customer.objects.filter(pk=key, balance__gte=amount)
    if not paid.update(balance=F("balance") - amount):
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def put(request, key):
    customer = Customer.objects.filter(pk=key).first()  # finds: TOC205
    if customer is None:
        customer = Customer(pk=key, balance=0)
    customer.note = request.POST["note"]
    if customer._state.adding:
        customer.save()
    else:
        customer.save(update_fields=["note"])
    return HttpResponse(status=204)
