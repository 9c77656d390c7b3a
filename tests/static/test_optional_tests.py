"""Tests that are made on some paths only, and rows that are changed on some and saved on all."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django_ltree.managers import TreeManager
from django_ltree.models import TreeModel

class Check(models.Model):
    status = models.CharField()
    seen = models.DateTimeField()

class Flip(models.Model):
    check = models.ForeignKey(Check, on_delete=models.CASCADE)
"""
PING = """
def ping(request, key, status, now):
    with transaction.atomic():
        check = Check.objects.LOOK.get(pk=key)
        if check.status != status:
            MORE
            check.status = status
        check.seen = now
        check.save(update_fields=["status", "seen"])
"""


@pytest.mark.parametrize(
    ("look", "more", "expected"),
    [
        ("all()", "Flip.objects.create(check=check)", ["TOC201"]),
        ("select_for_update()", "Flip.objects.create(check=check)", []),
        ("all()", "pass", []),
    ],
)
def test_a_row_is_changed_under_a_test_and_saved_after_it(
    analysed: Analyse, look: str, more: str, expected: list[str]
) -> None:
    found = analysed(HEAD + PING.replace("LOOK", look).replace("MORE", more))
    assert [r.judge.code for r in found.reports if r.judge.code != "TOC211"] == expected


TREE = """
class ItemManager(TreeManager):
    def create_child(self, parent=None, **kwargs):
        if parent:
            if self.children(parent.path).filter(title=kwargs.get("title")).exists():
                raise ValidationError("taken")
        return super().create_child(parent=parent, **kwargs)

class Item(TreeModel):
    title = models.CharField()
    objects = ItemManager()

def add(request, key, title):
    parent = Item.objects.get(pk=key)
    ATOMIC
    Item.objects.create_child(parent=parent, TITLE)
    parent.save()
"""


@pytest.mark.parametrize(("title", "expected"), [("title=title", ["TOC205"]), ("name=title", [])])
def test_a_test_that_is_made_if_there_is_a_parent(
    analysed: Analyse, title: str, expected: list[str]
) -> None:
    text = HEAD + TREE.replace("TITLE", title).replace("    ATOMIC\n", "")
    found = [r.judge.code for r in analysed(text).reports]
    assert [code for code in found if code == "TOC205"] == expected
