from django.db import models, transaction
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
    customer = Customer.objects.get(pk=key)
    customer.address = request.POST["address"]
    customer.save(update_fields=["address"])
    return HttpResponse(status=204)


def set_note(request, key):
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=key)
        customer.note = request.POST["note"]
        customer.save()
    return HttpResponse(status=204)


def pay(request, key, amount):
    paid = Customer.objects.filter(pk=key, balance__gte=amount)
    if not paid.update(balance=F("balance") - amount):
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def new(request):
    customer = Customer(address=request.POST["address"], balance=0)
    customer.note = "new"
    customer.save()
    return HttpResponse(status=201)


def move(request, key):
    address = Address.objects.get(pk=key)
    address.street = request.POST["street"]
    address.city = request.POST["city"]
    address.save()
    return HttpResponse(status=204)
