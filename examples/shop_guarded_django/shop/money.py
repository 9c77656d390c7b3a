"""Accounts, gift cards and coupons: nobody spends what they do not have."""

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tocsin.guard.django import atomic, idempotent, lock, take
from tocsin.guard.errors import Conflict

from .api import TransferBody, amount, checked
from .auth import users
from .models import Account, Coupon, GiftCard, Redemption


@api_view(["GET"])
def balance(request: Request) -> Response:
    return Response(
        {"balance": get_object_or_404(Account, user__username=request.user.username).balance}
    )


@api_view(["POST"])
def withdraw(request: Request) -> Response:
    n = amount(request)
    with atomic():
        me = users.identity(request.auth)
        account = take(Account, me.account.pk, n, left="balance")
    return Response({"balance": account.balance})


def sender(request: Request) -> str:
    return request.user.username


@api_view(["POST"])
@idempotent(identity=sender, required=False)
def transfer(request: Request) -> Response:
    """With an ``Idempotency-Key``, however often it is sent it is one transfer."""
    body = checked(TransferBody, request)
    me, to, n = sender(request), body["to"], body["n"]
    keys = dict(
        Account.objects.filter(user__username__in=[me, to]).values_list("user__username", "pk")
    )
    if len(keys) != 2:
        raise NotFound
    with atomic():
        users.identity(request.auth)
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
        users.identity(request.auth)
        take(GiftCard, card, n, left="balance")
    return Response({"spent": n})


@api_view(["POST"])
def redeem(request: Request, code: str) -> Response:
    with atomic():
        me = users.identity(request.auth)
        coupon = take(Coupon, code, used="used", most="max_uses")
        Redemption.objects.create(coupon=coupon, user=me)
    return Response({"redeemed": code})
