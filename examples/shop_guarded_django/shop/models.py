"""The tables, beside those of ``django.contrib.auth``: managers are staff, the admin superuser."""

from django.contrib.auth.models import Group, User
from django.db import models

Membership = User.groups.through


class Profile(models.Model):
    user = models.OneToOneField(User, models.CASCADE)
    email = models.EmailField()
    version = models.PositiveIntegerField(default=1)


class Order(models.Model):
    PENDING, CANCELLED, SHIPPED = "pending", "cancelled", "shipped"

    buyer = models.ForeignKey(User, models.CASCADE, related_name="orders")
    seller = models.ForeignKey(User, models.CASCADE, related_name="sales")
    amount = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default=PENDING)


class Refund(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    amount = models.PositiveIntegerField()


class StoreCredit(models.Model):
    user = models.OneToOneField(User, models.CASCADE)
    amount = models.PositiveIntegerField(default=0)


class Account(models.Model):
    user = models.OneToOneField(User, models.CASCADE)
    balance = models.IntegerField(default=0)


class GiftCard(models.Model):
    number = models.CharField(max_length=20, primary_key=True)
    balance = models.IntegerField(default=0)


class Coupon(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    max_uses = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)  # always the number of redemptions


class Redemption(models.Model):
    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="redemptions")
    user = models.ForeignKey(User, models.CASCADE)


class Item(models.Model):
    name = models.CharField(max_length=80)
    owner = models.ForeignKey(User, models.CASCADE)


class Wish(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    product = models.CharField(max_length=80)


class Favourite(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    product = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "product"], name="once")]


class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)


class Invoice(models.Model):
    group = models.ForeignKey(Group, models.CASCADE)
    amount = models.PositiveIntegerField()
    paid = models.BooleanField(default=False)
