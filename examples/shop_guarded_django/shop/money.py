"""Accounts, gift cards and coupons: nobody spends what they do not have."""

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tocsin.guard.django import atomic, lock
from tocsin.guard.errors import Conflict

from .api import TransferBody, amount, checked
from .models import Account, Coupon, GiftCard, Redemption


@api_view(["GET"])
def balance(request: Request) -> Response:
    return Response({"balance": get_object_or_404(Account, user=request.user).balance})


@api_view(["POST"])
def withdraw(request: Request) -> Response:
    n = amount(request)
    with atomic():
        (account,) = lock(Account, request.user.account.pk)
        if account.balance < n:
            raise Conflict("not enough money")
        account.balance -= n
        account.save(update_fields=["balance"])
    return Response({"balance": account.balance})


@api_view(["POST"])
def transfer(request: Request) -> Response:
    body = checked(TransferBody, request)
    me, to, n = request.user.username, body["to"], body["n"]
    keys = dict(
        Account.objects.filter(user__username__in=[me, to]).values_list("user__username", "pk")
    )
    if len(keys) != 2:
        raise NotFound
    with atomic():
        source, target = lock(Account, keys[me], keys[to])
        if source.balance < n:
            raise Conflict("not enough money")
        source.balance -= n
        target.balance += n
        source.save(update_fields=["balance"])
        target.save(update_fields=["balance"])
    return Response({"sent": n})


@api_view(["POST"])
def spend(request: Request, card: str) -> Response:
    n = amount(request)
    with atomic():
        (gift,) = lock(GiftCard, card)
        if gift.balance < n:
            raise Conflict("not enough on this card")
        gift.balance -= n
        gift.save(update_fields=["balance"])
    return Response({"spent": n})


@api_view(["POST"])
def redeem(request: Request, code: str) -> Response:
    with atomic():
        (coupon,) = lock(Coupon, code)
        if coupon.used >= coupon.max_uses:
            raise Conflict("used up")
        coupon.used += 1
        coupon.save(update_fields=["used"])
        Redemption.objects.create(coupon=coupon, user=request.user)
    return Response({"redeemed": code})
