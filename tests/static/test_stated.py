"""Uniqueness that serializers state, in words that are no columns."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

SHOP = """
from django.db import models
from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter
from rest_framework.validators import UniqueTogetherValidator

class Seat(models.Model):
    row = models.IntegerField()
    number = models.IntegerField()

class SeatSerializer(serializers.ModelSerializer):
    class Meta:
        model = Seat
        fields = ["row", "number"]
        validators = [UniqueTogetherValidator(queryset=Seat.objects.all(), fields=FIELDS)]

class Seats(viewsets.ModelViewSet):
    serializer_class = SeatSerializer
    queryset = Seat.objects.all()

router = DefaultRouter()
router.register("seats", Seats)
urlpatterns = router.urls
"""


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ('("row", "number")', {"TOC214"}),
        ('("row of seats", "number")', set()),
        ('("class",)', set()),
        ("()", set()),
    ],
)
def test_only_names_of_columns_are_looked_for(
    analysed: Analyse, fields: str, codes: set[str]
) -> None:
    found = analysed(SHOP.replace("FIELDS", fields)).reports
    assert {each.judge.code for each in found} & {"TOC214"} == codes
