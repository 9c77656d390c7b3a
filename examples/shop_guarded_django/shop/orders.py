"""Cancel, refund, ship: an order leaves ``pending`` once."""

from django.db.models import F
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tocsin.guard.django import atomic, transition
from tocsin.guard.transitions import transitions

from .auth import users
from .models import Order, Refund, StoreCredit

MOVES = transitions({Order.PENDING: (Order.CANCELLED, Order.SHIPPED)})


@api_view(["GET"])
def my_orders(request: Request) -> Response:
    mine = Order.objects.filter(buyer__username=request.user.username).order_by("id")
    return Response(list(mine.values("id", "amount", "status")))


@api_view(["POST"])
def cancel(request: Request, order_id: int) -> Response:
    with atomic():
        me = users.identity(request.auth)
        mine = Order.objects.filter(buyer=me)
        order = transition(mine, order_id, to=Order.CANCELLED, table=MOVES)
        Refund.objects.create(order=order, amount=order.amount)
        StoreCredit.objects.filter(user=me).update(amount=F("amount") + order.amount)
    return Response({"status": order.status})


@api_view(["POST"])
def ship(request: Request, order_id: int) -> Response:
    with atomic():
        sold = Order.objects.filter(seller=users.identity(request.auth))
        order = transition(sold, order_id, to=Order.SHIPPED, table=MOVES)
    return Response({"status": order.status})
