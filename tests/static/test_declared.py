"""What a class declares that its database will keep, and what that closes."""

from __future__ import annotations

import ast

import pytest

from tests.static.conftest import Analyse
from tocsin.static.declared import checked, excluded, indexed, together, unique_sets


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[UniqueConstraint("a", "b", name="u")]', [{"a", "b"}]),
        ('[models.UniqueConstraint(fields=["a", "b"], name="u")]', [{"a", "b"}]),
        ('(Index("i", "a", unique=True), Index("j", "b"))', [{"a"}]),
        ("(Index('one', text('(true)'), unique=True),)", [set()]),
        ("()", []),
    ],
)
def test_unique_sets(text: str, expected: list[set[str]]) -> None:
    assert unique_sets(parsed(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [('("a", "b")', [{"a", "b"}]), ('[("a", "b"), ("c",)]', [{"a", "b"}, {"c"}]), ("both", [])],
)
def test_together(text: str, expected: list[set[str]]) -> None:
    assert together(parsed(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CheckConstraint("stock >= 0")', {"stock"}),
        ('CheckConstraint("0 <= stock AND stock <= capacity")', {"stock", "capacity"}),
        ("CheckConstraint(Item.stock >= 0)", {"stock"}),
        ('models.CheckConstraint(condition=Q(stock__gte=0), name="n")', {"stock"}),
        ("models.CheckConstraint(check=Q(stock__isnull=False))", set()),
        ("CheckConstraint(\"status IN ('open', 'paid')\")", set()),
        ('"stock >= 0"', set()),
    ],
)
def test_checked(text: str, expected: set[str]) -> None:
    assert checked(parsed(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ExcludeConstraint(("room", "="), ("during", "&&"), using="gist")', {"room", "during"}),
        ('ExcludeConstraint((Column("room"), "="), (during, "&&"))', {"room", "during"}),
        (
            (
                'ExclusionConstraint(name="n", expressions=[("room", EQUAL),'
                ' (TsTzRange("begins", "ends"), OVERLAPS)])'
            ),
            {"room", "begins", "ends"},
        ),
        ('UniqueConstraint("room", "during")', None),
    ],
)
def test_excluded(text: str, expected: set[str] | None) -> None:
    assert excluded(parsed(text)) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Annotated[str, Indexed(unique=True)]", True), ("Annotated[str, Indexed()]", False)],
)
def test_indexed(text: str, expected: bool) -> None:
    assert indexed(parsed(text)) is expected


DJANGO = """
from django.db import IntegrityError, models
from django.db.models import F, Q

class Item(models.Model):
    stock = models.{field}()
    sold = models.IntegerField()

    class Meta:
        constraints = [{constraint}]

def take(request, key, n):
    item = Item.objects.get(pk=key)
    if item.stock < n:
        raise ValueError
    try:
        {write}
    except {error}:
        raise ValueError
"""
RELATIVE = 'Item.objects.filter(pk=key).update(stock=F("stock") - n)'
COMPUTED = "item.stock = item.stock - n; item.save()"
CHECK = 'models.CheckConstraint(condition=Q(stock__gte=0), name="n")'
OTHER = 'models.CheckConstraint(condition=Q(sold__gte=0), name="n")'
CASES = {
    "none": ("IntegerField", "", RELATIVE, "IntegrityError", ["TOC203 high"]),
    "handled": ("IntegerField", CHECK, RELATIVE, "IntegrityError", []),
    "not handled": ("IntegerField", CHECK, RELATIVE, "KeyError", ["TOC203 medium"]),
    "of another column": ("IntegerField", OTHER, RELATIVE, "IntegrityError", ["TOC203 high"]),
    "positive": ("PositiveIntegerField", "", RELATIVE, "IntegrityError", []),
    "computed in Python": ("IntegerField", CHECK, COMPUTED, "IntegrityError", ["TOC202 high"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_check_refuses_what_goes_past_the_limit(analysed: Analyse, case: str) -> None:
    field, constraint, write, error, expected = CASES[case]
    text = DJANGO.format(field=field, constraint=constraint, write=write, error=error)
    reports = analysed(text).reports
    assert [f"{each.judge.code} {each.match.severity}" for each in reports] == expected


MAPPED = """
from fastapi import FastAPI, HTTPException
from sqlalchemy import CheckConstraint, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()

class Base(DeclarativeBase): ...

class Item(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    stock: Mapped[int]

    __table_args__ = (CheckConstraint("stock >= 0"),)

@app.post("/items/{key}")
def take(key: int, n: int, db: Session) -> None:
    item = db.get(Item, key)
    if item.stock < n:
        raise HTTPException(409)
    try:
        item.stock = Item.stock - n
        db.commit()
    except IntegrityError:
        raise HTTPException(409) from None
"""


@pytest.mark.parametrize(("error", "expected"), [("IntegrityError", []), ("KeyError", ["TOC203"])])
def test_the_error_comes_where_it_is_flushed(
    analysed: Analyse, error: str, expected: list[str]
) -> None:
    text = MAPPED.replace("except IntegrityError", f"except {error}")
    assert [report.judge.code for report in analysed(text).reports] == expected


ROOMS = """
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, models

class Booking(models.Model):
    room = models.IntegerField()
    guest = models.IntegerField()
    during = models.DateTimeField()

    class Meta:
        constraints = [{constraint}]

def book(request, room, guest, during):
    if Booking.objects.filter({asked}).exists():
        raise ValueError
    try:
        Booking.objects.create(room=room, guest=guest, during=during)
    except {error}:
        raise ValueError
"""
EXCLUDED = 'ExclusionConstraint(name="n", expressions=[("room", "="), ("during", "&&")])'
OVERLAP = "room=room, during__overlap=during"
BOOKED = {
    "handled": (EXCLUDED, OVERLAP, "IntegrityError", []),
    "not handled": (EXCLUDED, OVERLAP, "KeyError", ["TOC205 medium"]),
    "none": ("", OVERLAP, "IntegrityError", ["TOC205 high"]),
    "something else asked": (EXCLUDED, "guest=guest, room=room", "IntegrityError", ["TOC205 high"]),
}


@pytest.mark.parametrize("case", BOOKED)
def test_an_exclusion_refuses_what_overlaps(analysed: Analyse, case: str) -> None:
    constraint, asked, error, expected = BOOKED[case]
    reports = analysed(ROOMS.format(constraint=constraint, asked=asked, error=error)).reports
    assert [f"{each.judge.code} {each.match.severity}" for each in reports] == expected
