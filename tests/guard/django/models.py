"""A few tables. Settings are there before this is imported: conftest.py."""

from __future__ import annotations

from django.db import models


class Order(models.Model):
    buyer = models.CharField(max_length=20)
    status = models.CharField(max_length=20, default="pending")
    note = models.CharField(max_length=20, default="")

    class Meta:
        app_label = "guarded"


class Refund(models.Model):
    order_id = models.IntegerField()

    class Meta:
        app_label = "guarded"


class Staff(models.Model):
    username = models.CharField(max_length=20, primary_key=True)
    role = models.CharField(max_length=20)

    class Meta:
        app_label = "guarded"


class Profile(models.Model):
    username = models.CharField(max_length=20, primary_key=True)
    email = models.CharField(max_length=80)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "guarded"


class Coupon(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    used = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField()

    class Meta:
        app_label = "guarded"


class Wallet(models.Model):
    username = models.CharField(max_length=20, primary_key=True)
    balance = models.PositiveSmallIntegerField(null=True)
    euros = models.DecimalField(max_digits=8, decimal_places=2, default=10)

    class Meta:
        app_label = "guarded"


MODELS = (Order, Refund, Staff, Profile, Coupon, Wallet)


def filled(database: str) -> None:
    Order.objects.using(database).create(id=1, buyer="alice")
    Order.objects.using(database).create(id=2, buyer="bob", status="shipped")
    Staff.objects.using(database).create(username="alice", role="user")
    Staff.objects.using(database).create(username="carol", role="manager")
    Profile.objects.using(database).create(username="alice", email="alice@example.com")
    Coupon.objects.using(database).create(code="TEN", most=3)
    Wallet.objects.using(database).create(username="alice", balance=100)
    Wallet.objects.using(database).create(username="bob")
