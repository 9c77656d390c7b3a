"""Cancel, refund, ship: an order leaves ``pending`` once."""

from django.db.models import F
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tocsin.guard.django import atomic, transition
from tocsin.guard.transitions import transitions

from .models import Order, Refund, StoreCredit

MOVES = transitions({Order.PENDING: (Order.CANCELLED, Order.SHIPPED)})


@api_view(["GET"])
def my_orders(request: Request) -> Response:
    mine = Order.objects.filter(buyer=request.user).order_by("id")
    return Response(list(mine.values("id", "amount", "status")))


@api_view(["POST"])
def cancel(request: Request, order_id: int) -> Response:
    mine = Order.objects.filter(buyer=request.user)
    with atomic():
        order = transition(mine, order_id, to=Order.CANCELLED, table=MOVES)
        Refund.objects.create(order=order, amount=order.amount)
        StoreCredit.objects.filter(user=request.user).update(amount=F("amount") + order.amount)
    return Response({"status": order.status})


@api_view(["POST"])
def ship(request: Request, order_id: int) -> Response:
    sold = Order.objects.filter(seller=request.user)
    order = transition(sold, order_id, to=Order.SHIPPED, table=MOVES)
    return Response({"status": order.status})
