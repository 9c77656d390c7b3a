"""Items that belong to somebody, and things that must exist once."""

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from tocsin.guard.django import Grant, atomic, authorize, lock, owns
from tocsin.guard.errors import Conflict, Denied

from .api import GiveBody, ItemSerializer, ProductBody, TeamBody, checked
from .auth import users
from .models import Favourite, Item, Team, Wish


def own_item(request: Request, item_id: int) -> Grant:
    """Asked in the transaction of the change: whose it is, and who asks."""
    return owns(Item, item_id, owner=users.identity(request.auth))


class Items(generics.ListCreateAPIView[Item]):
    queryset = Item.objects.select_related("owner").order_by("id")
    serializer_class = ItemSerializer

    def perform_create(self, serializer: BaseSerializer[Item]) -> None:
        with atomic():
            serializer.save(owner=users.identity(self.request.auth))


class ItemDetail(APIView):
    def get(self, request: Request, item_id: int) -> Response:
        item = get_object_or_404(Item.objects.select_related("owner"), pk=item_id)
        return Response(ItemSerializer(item).data)

    def put(self, request: Request, item_id: int) -> Response:
        with atomic():
            item = authorize(own_item(request, item_id))
            serializer = ItemSerializer(item, data=request.data)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return Response(serializer.data)

    def delete(self, request: Request, item_id: int) -> Response:
        with atomic():
            if not users.identity(request.auth).is_staff:
                raise Denied("for staff")
            gone, _ = Item.objects.filter(pk=item_id).delete()
            if not gone:
                raise NotFound
        return Response(status=204)


@api_view(["POST"])
def give_item(request: Request, item_id: int) -> Response:
    to = checked(GiveBody, request)["to"]
    with atomic():
        item = authorize(own_item(request, item_id))
        item.owner = get_object_or_404(User, username=to)
        item.save(update_fields=["owner"])
    return Response({"id": item_id, "owner": item.owner.username})


class Wishlist(APIView):
    def get(self, request: Request) -> Response:
        mine = Wish.objects.filter(user__username=request.user.username).order_by("id")
        return Response(list(mine.values_list("product", flat=True)))

    def post(self, request: Request) -> Response:
        product = checked(ProductBody, request)["product"]
        with atomic():
            # What is not there cannot be locked; whose list it is can.
            (me,) = lock(User, users.identity(request.auth, change=True).pk)
            if Wish.objects.filter(user=me, product=product).exists():
                return Response({"product": product})
            Wish.objects.create(user=me, product=product)
        return Response({"product": product}, 201)


@api_view(["POST"])
def add_favourite(request: Request) -> Response:
    """With a constraint, ``get_or_create`` gets what another has created."""
    product = checked(ProductBody, request)["product"]
    with atomic():
        me = users.identity(request.auth)
        _, created = Favourite.objects.get_or_create(user=me, product=product)
    return Response({"product": product}, 201 if created else 200)


@api_view(["POST"])
def create_team(request: Request) -> Response:
    """The constraint decides."""
    name = checked(TeamBody, request)["name"]
    try:
        with atomic():
            users.identity(request.auth)
            Team.objects.create(name=name)
    except IntegrityError:
        raise Conflict("name taken") from None
    return Response({"name": name}, 201)
