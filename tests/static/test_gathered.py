"""Rows that are put into lists, pairs and mappings are still rows when they are taken out."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from collections import defaultdict
from django.db import models
from django.db.models import F

class Line(models.Model):
    shop = models.IntegerField()
    quantity = models.IntegerField()
    sent = models.IntegerField(default=0)

class Parcel(models.Model):
    line = models.ForeignKey(Line, models.CASCADE)

def refuse(row, number):
    if row.sent + number > row.quantity:
        raise ValueError("too many")

def send(row, number):
    row.sent = F("sent") + number
    row.save(update_fields=["sent"])

def dispatch(request, keys, numbers):
    rows = list(Line.objects.filter(pk__in=keys))
"""

WAYS = {
    "zip": """
    for row, number in zip(rows, numbers):
        refuse(row, number)
    for row, number in zip(rows, numbers, strict=True):
        send(row, number)
""",
    "enumerate": """
    for index, row in enumerate(rows):
        refuse(row, numbers[index])
    for index, row in enumerate(rows, 1):
        send(row, numbers[index - 1])
""",
    "defaultdict": """
    by_shop = defaultdict(list)
    for row in rows:
        refuse(row, 1)
        by_shop[row.shop].append(row)
    for shop in by_shop:
        for row in by_shop[shop]:
            send(row, 1)
""",
    "setdefault and items": """
    by_shop = {}
    for row in rows:
        refuse(row, 1)
        by_shop.setdefault(row.shop, []).append(row)
    for shop, several in by_shop.items():
        for row in several:
            send(row, 1)
""",
    "values": """
    by_key = {}
    for row, number in zip(rows, numbers):
        refuse(row, number)
        by_key[row.pk] = {"row": row, "number": number}
    for each in by_key.values():
        send(each["row"], each["number"])
""",
    "a computed key": """
    by_key = {row.pk: {"row": row} for row in rows}
    for key, number in zip(keys, numbers):
        refuse(by_key[key]["row"], number)
        send(by_key.get(key)["row"], number)
""",
    "pairs": """
    pairs = [(row, number) for row, number in zip(rows, numbers)]
    for row, number in pairs:
        refuse(row, number)
    for row, number in pairs:
        send(row, number)
""",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_gathered_row_is_checked_and_written(analysed: Analyse, way: str) -> None:
    found = analysed(HEAD + WAYS[way])
    assert [report.judge.code for report in found.reports] == ["TOC203"]


@pytest.mark.parametrize("way", WAYS)
def test_a_gathered_row_that_is_locked_is_safe(analysed: Analyse, way: str) -> None:
    locked = HEAD.replace("Line.objects", "Line.objects.select_for_update()")
    locked = locked.replace("def dispatch", "@transaction.atomic\ndef dispatch")
    locked = locked.replace("import models\n", "import models, transaction\n", 1)
    assert analysed(locked + WAYS[way]).reports == ()


def test_of_several_functions_none_is_taken_for_the_one_that_is_meant(analysed: Analyse) -> None:
    found = analysed(
        HEAD
        + """
    def counted(row):
        send(row, 1)

    def shown(row):
        return row.sent

    ways = {"count": counted, "show": shown}
    for row in rows:
        refuse(row, 1)
        ways[request.GET["way"]](row)
"""
    )
    assert found.reports == ()


MISSING = """
from django.db import models
from django.views.decorators.http import require_POST

class Tag(models.Model):
    page = models.IntegerField()
    name = models.CharField()

@require_POST
def tags(request, page, wanted):
    known = KNOWN
    MAKE
"""

URLS = """
from django.urls import path
import app

urlpatterns = [path("pages/<page>/tags/<wanted>", app.tags)]
"""

KNOWN = (
    'set(Tag.objects.filter(page=page).values_list("name", flat=True))',
    "{tag.name for tag in Tag.objects.filter(page=page)}",
)


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize(
    "make",
    [
        "for name in set(wanted) - known: Tag.objects.create(page=page, name=name)",
        "Tag.objects.bulk_create([Tag(page=page, name=name) for name in set(wanted) - known])",
    ],
)
def test_what_is_missing_is_created_twice(analysed: Analyse, known: str, make: str) -> None:
    found = analysed(MISSING.replace("KNOWN", known).replace("MAKE", make), urls=URLS)
    assert [report.judge.code for report in found.reports] == ["TOC205"]


@pytest.mark.parametrize(
    "make",
    [
        "Tag.objects.bulk_create([Tag(page=page, name=n) for n in set(wanted) - known], IGNORE)",
        "Tag.objects.filter(name__in=known - set(wanted)).delete()",
    ],
)
def test_what_is_missing_is_passed_over_or_removed(analysed: Analyse, make: str) -> None:
    text = MISSING.replace("KNOWN", KNOWN[0]).replace("MAKE", make)
    text = text.replace("IGNORE", "ignore_conflicts=True")
    unique = '    class Meta:\n        unique_together = [("page", "name")]\n\n@require_POST'
    assert analysed(text.replace("\n@require_POST", unique, 1), urls=URLS).reports == ()
