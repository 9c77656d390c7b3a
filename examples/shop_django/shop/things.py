"""Items that belong to somebody, and things that must exist once."""

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from .api import (
    Conflict,
    GiveBody,
    ItemSerializer,
    ProductBody,
    TeamBody,
    TeamSerializer,
    checked,
)
from .models import Favourite, Item, Team, Wish
from .people import lock


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
        """Races: ``save`` writes all it has read, and inserts what is no longer there."""
        item = get_object_or_404(Item.objects.select_related("owner"), pk=item_id)
        if item.owner != request.user:
            raise PermissionDenied
        serializer = ItemSerializer(item, data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    def delete(self, request: Request, item_id: int) -> Response:
        """Races: ``request.user`` is staff as it was when the request was authenticated."""
        if not request.user.is_staff:
            raise PermissionDenied
        gone, _ = Item.objects.filter(pk=item_id).delete()
        if not gone:
            raise NotFound
        return Response(status=204)


class SafeItemDetail(APIView):
    def put(self, request: Request, item_id: int) -> Response:
        """Safe: the owner is part of what is updated."""
        body = checked(ItemSerializer, request)
        if not Item.objects.filter(pk=item_id, owner=request.user).update(name=body["name"]):
            raise PermissionDenied
        return Response({"id": item_id, "name": body["name"]})

    def delete(self, request: Request, item_id: int) -> Response:
        """Safe: the user is locked, and then looked at."""
        with transaction.atomic():
            if not lock(request.user.username)[request.user.username].is_staff:
                raise PermissionDenied
            gone, _ = Item.objects.filter(pk=item_id).delete()
            if not gone:
                raise NotFound
        return Response(status=204)


@api_view(["POST"])
def give_item(request: Request, item_id: int) -> Response:
    """Safe by itself; it takes away the ownership that others trust."""
    heir = get_object_or_404(User, username=checked(GiveBody, request)["to"])
    if not Item.objects.filter(pk=item_id, owner=request.user).update(owner=heir):
        raise PermissionDenied
    return Response({"id": item_id, "owner": heir.username})


class Wishlist(APIView):
    def get(self, request: Request) -> Response:
        mine = Wish.objects.filter(user=request.user).order_by("id")
        return Response(list(mine.values_list("product", flat=True)))

    def post(self, request: Request) -> Response:
        """Races: without a constraint, ``get_or_create`` is a get, then a create."""
        product = checked(ProductBody, request)["product"]
        _, created = Wish.objects.get_or_create(user=request.user, product=product)
        return Response({"product": product}, 201 if created else 200)


@api_view(["POST"])
def add_favourite(request: Request) -> Response:
    """Safe: with a constraint, ``get_or_create`` gets what another has created."""
    product = checked(ProductBody, request)["product"]
    _, created = Favourite.objects.get_or_create(user=request.user, product=product)
    return Response({"product": product}, 201 if created else 200)


class Teams(generics.CreateAPIView[Team]):
    """Crashes: validated against the database, then saved; the constraint's error is nobody's."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer


@api_view(["POST"])
def create_team_safely(request: Request) -> Response:
    """Safe: ask the database for forgiveness, not for permission."""
    body: dict[str, Any] = checked(TeamBody, request)
    try:
        Team.objects.create(name=body["name"])
    except IntegrityError:
        raise Conflict("name taken") from None
    return Response({"name": body["name"]}, 201)
