"""Accounts, gift cards and coupons: nobody spends what they do not have."""

from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from .api import Conflict, TransferBody, amount, checked
from .models import Account, Coupon, GiftCard, Redemption


@api_view(["GET"])
def balance(request: Request) -> Response:
    return Response({"balance": get_object_or_404(Account, user=request.user).balance})


@api_view(["POST"])
def withdraw(request: Request) -> Response:
    """Races: the new balance is computed from an old one."""
    n = amount(request)
    account = get_object_or_404(Account, user=request.user)
    if account.balance < n:
        raise Conflict("not enough money")
    account.balance -= n
    account.save()
    return Response({"balance": account.balance})


@api_view(["POST"])
def withdraw_safely(request: Request) -> Response:
    """Safe: checked and taken by one statement."""
    n = amount(request)
    rich = Account.objects.filter(user=request.user, balance__gte=n)
    if not rich.update(balance=F("balance") - n):
        raise Conflict("not enough money")
    return Response({"withdrawn": n})


@api_view(["POST"])
def transfer(request: Request) -> Response:
    """Races on PostgreSQL: in one transaction, but two may have read the same balances."""
    body = checked(TransferBody, request)
    with transaction.atomic():
        source = get_object_or_404(Account, user=request.user)
        target = get_object_or_404(Account, user__username=body["to"])
        if source == target or source.balance < body["n"]:
            raise Conflict("not enough money")
        source.balance -= body["n"]
        target.balance += body["n"]
        source.save()
        target.save()
    return Response({"sent": body["n"]})


@api_view(["POST"])
def transfer_safely(request: Request) -> Response:
    """Safe: both rows are locked, in one fixed order, before they are looked at."""
    body = checked(TransferBody, request)
    me, to, n = request.user.username, body["to"], body["n"]
    with transaction.atomic():
        rows = Account.objects.select_for_update(of=("self",)).select_related("user")
        locked = rows.filter(user__username__in=[me, to]).order_by("id")
        both = {account.user.username: account for account in locked}
        if len(both) != 2:
            raise NotFound
        if both[me].balance < n:
            raise Conflict("not enough money")
        Account.objects.filter(pk=both[me].pk).update(balance=F("balance") - n)
        Account.objects.filter(pk=both[to].pk).update(balance=F("balance") + n)
    return Response({"sent": n})


@api_view(["POST"])
def spend(request: Request, card: str) -> Response:
    """Races: ``F()`` loses nothing, but what it was allowed by is old."""
    n = amount(request)
    if get_object_or_404(GiftCard, pk=card).balance < n:
        raise Conflict("not enough on this card")
    GiftCard.objects.filter(pk=card).update(balance=F("balance") - n)
    return Response({"spent": n})


@api_view(["POST"])
def spend_safely(request: Request, card: str) -> Response:
    """Safe: the update says what it needs."""
    n = amount(request)
    if not GiftCard.objects.filter(pk=card, balance__gte=n).update(balance=F("balance") - n):
        raise Conflict("not enough on this card")
    return Response({"spent": n})


@api_view(["POST"])
def redeem(request: Request, code: str) -> Response:
    """Races on PostgreSQL: a queryset is lazy, and nobody evaluates the one that locks."""
    with transaction.atomic():
        Coupon.objects.select_for_update().filter(pk=code)
        coupon = get_object_or_404(Coupon, pk=code)
        if coupon.redemptions.count() >= coupon.max_uses:
            raise Conflict("used up")
        Redemption.objects.create(coupon=coupon, user=request.user)
        Coupon.objects.filter(pk=code).update(used=F("used") + 1)
    return Response({"redeemed": code})


@api_view(["POST"])
def redeem_safely(request: Request, code: str) -> Response:
    """Safe: the use is taken by the statement that knows the limit."""
    with transaction.atomic():
        left = Coupon.objects.filter(pk=code, used__lt=F("max_uses"))
        if not left.update(used=F("used") + 1):
            raise Conflict("used up, or no such coupon")
        Redemption.objects.create(coupon_id=code, user=request.user)
    return Response({"redeemed": code})
