"""What the views share: bodies, amounts, and the answer to those who come too late."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from .models import Item, Team


class Conflict(APIException):
    status_code = 409
    default_detail = "somebody else was faster"


class TransferBody(serializers.Serializer[Any]):
    to = serializers.CharField()
    n = serializers.IntegerField(min_value=1)


class GiveBody(serializers.Serializer[Any]):
    to = serializers.CharField()


class HandoverBody(serializers.Serializer[Any]):
    group = serializers.CharField()


class EmailBody(serializers.Serializer[Any]):
    email = serializers.EmailField()
    version = serializers.IntegerField(min_value=1)


class ProductBody(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=80)


class TeamBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)


class ItemSerializer(serializers.ModelSerializer[Item]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = Item
        fields = ["id", "name", "owner"]


class TeamSerializer(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ["name"]  # unique in the model: the serializer looks before it saves


def checked(body: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def amount(request: Request) -> int:
    """A positive ``n``, of the query."""
    n = request.query_params.get("n", "")
    if not n.isdecimal() or int(n) < 1:
        raise ValidationError({"n": "a positive number"})
    return int(n)
