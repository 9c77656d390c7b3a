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

from tocsin.guard.django import Grant, atomic, authorized, authorized_view, holds, lock, owns
from tocsin.guard.errors import Conflict

from .api import GiveBody, ItemSerializer, ProductBody, TeamBody, checked
from .models import Favourite, Item, Team, Wish


def own_item(request: Request, item_id: int) -> Grant:
    return owns(Item, item_id, owner=request.user.pk)


def staff(request: Request) -> Grant:
    return holds(User.objects.filter(pk=request.user.pk, is_staff=True), detail="for staff")


class Items(generics.ListCreateAPIView[Item]):
    queryset = Item.objects.select_related("owner").order_by("id")
    serializer_class = ItemSerializer

    def perform_create(self, serializer: BaseSerializer[Item]) -> None:
        serializer.save(owner=self.request.user)


class ItemDetail(APIView):
    def get(self, request: Request, item_id: int) -> Response:
        item = get_object_or_404(Item.objects.select_related("owner"), pk=item_id)
        return Response(ItemSerializer(item).data)

    def put(self, request: Request, item_id: int) -> Response:
        with authorized(own_item(request, item_id)) as item:
            serializer = ItemSerializer(item, data=request.data)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return Response(serializer.data)

    def delete(self, request: Request, item_id: int) -> Response:
        with authorized(staff(request)):
            gone, _ = Item.objects.filter(pk=item_id).delete()
            if not gone:
                raise NotFound
        return Response(status=204)


@api_view(["POST"])
@authorized_view(own_item, into="item")
def give_item(request: Request, item_id: int, item: Item) -> Response:
    item.owner = get_object_or_404(User, username=checked(GiveBody, request)["to"])
    item.save(update_fields=["owner"])
    return Response({"id": item_id, "owner": item.owner.username})


class Wishlist(APIView):
    def get(self, request: Request) -> Response:
        mine = Wish.objects.filter(user=request.user).order_by("id")
        return Response(list(mine.values_list("product", flat=True)))

    def post(self, request: Request) -> Response:
        product = checked(ProductBody, request)["product"]
        with atomic():
            # What is not there cannot be locked; whose list it is can.
            (me,) = lock(User, request.user.pk)
            if Wish.objects.filter(user=me, product=product).exists():
                return Response({"product": product})
            Wish.objects.create(user=me, product=product)
        return Response({"product": product}, 201)


@api_view(["POST"])
def add_favourite(request: Request) -> Response:
    """With a constraint, ``get_or_create`` gets what another has created."""
    product = checked(ProductBody, request)["product"]
    _, created = Favourite.objects.get_or_create(user=request.user, product=product)
    return Response({"product": product}, 201 if created else 200)


@api_view(["POST"])
def create_team(request: Request) -> Response:
    """The constraint decides."""
    name = checked(TeamBody, request)["name"]
    try:
        with atomic():
            Team.objects.create(name=name)
    except IntegrityError:
        raise Conflict("name taken") from None
    return Response({"name": name}, 201)
