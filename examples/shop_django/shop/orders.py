"""Cancel, refund, ship: an order leaves ``pending`` once."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from .api import Conflict
from .models import Order, Refund, StoreCredit


def refund(order: Order, buyer: User) -> None:
    Refund.objects.create(order=order, amount=order.amount)
    StoreCredit.objects.filter(user=buyer).update(amount=F("amount") + order.amount)


@api_view(["GET"])
def my_orders(request: Request) -> Response:
    mine = Order.objects.filter(buyer=request.user).order_by("id")
    return Response(list(mine.values("id", "amount", "status")))


@api_view(["POST"])
def cancel(request: Request, order_id: int) -> Response:
    """Races: every statement is a transaction of its own."""
    order = get_object_or_404(Order, pk=order_id, buyer=request.user)
    if order.status != Order.PENDING:
        raise Conflict
    order.status = Order.CANCELLED
    order.save()
    refund(order, request.user)
    return Response({"status": order.status})


@api_view(["POST"])
def cancel_in_transaction(request: Request, order_id: int) -> Response:
    """Races on PostgreSQL: ``atomic`` is all or nothing, not one at a time."""
    with transaction.atomic():
        order = get_object_or_404(Order, pk=order_id, buyer=request.user)
        if order.status != Order.PENDING:
            raise Conflict
        order.status = Order.CANCELLED
        order.save()
        refund(order, request.user)
    return Response({"status": order.status})


@api_view(["POST"])
def cancel_locked(request: Request, order_id: int) -> Response:
    """Safe: the row is locked (or, on SQLite, the database) before it is looked at."""
    with transaction.atomic():
        mine = Order.objects.select_for_update().filter(buyer=request.user)
        order = get_object_or_404(mine, pk=order_id)
        if order.status != Order.PENDING:
            raise Conflict
        order.status = Order.CANCELLED
        order.save(update_fields=["status"])
        refund(order, request.user)
    return Response({"status": order.status})


@api_view(["POST"])
def cancel_safely(request: Request, order_id: int) -> Response:
    """Safe: the statement that cancels is the one that checks."""
    with transaction.atomic():
        mine = Order.objects.filter(pk=order_id, buyer=request.user)
        if not mine.filter(status=Order.PENDING).update(status=Order.CANCELLED):
            raise Conflict
        refund(mine.get(), request.user)
    return Response({"status": Order.CANCELLED})


@api_view(["POST"])
def ship(request: Request, order_id: int) -> Response:
    """Safe by itself; a cancellation that read ``pending`` before it still cancels after it."""
    sold = Order.objects.filter(pk=order_id, seller=request.user, status=Order.PENDING)
    if not sold.update(status=Order.SHIPPED):
        raise Conflict
    return Response({"status": Order.SHIPPED})
