"""What ends where it ended the first time is told of with low confidence."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

MODELS = """
from django.db import models

class User(models.Model):
    email = models.CharField(max_length=99)
    confirmed = models.BooleanField(default=False)
    owner = models.CharField(max_length=9)
    state = models.CharField(max_length=9)
    credit = models.IntegerField()

class InviteToken(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    code = models.CharField(max_length=9)

class Seat(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    room = models.CharField(max_length=9)
    row = models.CharField(max_length=9)

    class Meta:
        unique_together = [("user", "room")]
"""
VIEWS = """
import hashlib
from django.core.cache import cache
from django.db import IntegrityError
from django.http import HttpResponse
from django.urls import path
from elsewhere import charge, fetched, log_in
from models import InviteToken, Seat, User

def view(request, key, word):
    user = User.objects.get(pk=key)
    BODY
    return HttpResponse()

urlpatterns = [path("<int:key>/<word>", view)]
"""
OPENED = """token = InviteToken.objects.filter(code=word).first()
    if token is None:
        return HttpResponse(status=404)
    token.user.confirmed = True
    token.user.save(update_fields=["confirmed"])
    MORE
    token.delete()"""
GIVEN = """if user.COLUMN != request.user.username:
        return HttpResponse(status=409)
    user.COLUMN = word
    user.save(update_fields=["COLUMN"])"""
SEAT = """if Seat.objects.filter(user=user, row=word).exists():
        return HttpResponse(status=409)
    try:
        Seat.objects.create(user=user, row=word, room=ROOM)
    except ERROR:
        return HttpResponse(status=409)"""
KEPT = """mark = cache.get(f"{key}/mark")
    if mark:
        return HttpResponse(mark)
    cache.set(f"{key}/mark", True)
    MORE"""

HASHED = """made = user.email.encode()
    user.email = f"{hashlib.sha256(made).hexdigest()}@example.org"
    user.save()"""


def told(analyse: Analyse, body: str, code: str) -> set[str]:
    views = VIEWS.replace("BODY", body)
    reports = analyse(models=MODELS, views=views).reports
    return {r.match.confidence for r in reports if r.judge.code == code}


@pytest.mark.parametrize(
    ("body", "code", "confidence"),
    [
        (OPENED.replace("    MORE\n", ""), "TOC405", "low"),
        (OPENED.replace("MORE", "log_in(request, token.user)"), "TOC405", "medium"),
        (OPENED.replace("MORE", "Seat.objects.create(user=user, room=word)"), "TOC405", "medium"),
        (GIVEN.replace("COLUMN", "owner"), "TOC201", "low"),
        (GIVEN.replace("COLUMN", "state"), "TOC201", "medium"),
        (HASHED, "TOC202", "low"),
        ("user.email = user.email + word\n    user.save()", "TOC202", "medium"),
        (KEPT.replace("MORE", "cache.set(f'{key}', fetched(key))"), "TOC404", "low"),
        (KEPT.replace("MORE", "Seat.objects.create(user=user, room=word)"), "TOC404", "medium"),
    ],
    ids=[
        "a link that confirms",
        "a link that lets in",
        "a link that makes",
        "given by two",
        "a state",
        "made anew",
        "added to",
        "a cache",
        "a mark",
    ],
)
def test_what_is_done_again(analysed: Analyse, body: str, code: str, confidence: str) -> None:
    assert told(analysed, body, code) == {confidence}


@pytest.mark.parametrize(
    ("room", "error", "confidence"),
    [
        ("'A'", "IntegrityError", "low"),
        ("'A'", "KeyError", "medium"),
        ("request.POST['room']", "IntegrityError", "medium"),
    ],
    ids=["handled", "not handled", "two rooms"],
)
def test_a_constraint_on_other_columns(
    analysed: Analyse, room: str, error: str, confidence: str
) -> None:
    body = SEAT.replace("ROOM", room).replace("ERROR", error)
    assert told(analysed, body, "TOC205") == {confidence}


def test_the_columns_of_the_constraint_are_named(analysed: Analyse) -> None:
    body = SEAT.replace("ROOM", "'A'").replace("ERROR", "KeyError")
    reports = analysed(models=MODELS, views=VIEWS.replace("BODY", body)).reports
    assert ["constraint on room, user refuses" in r.match.message for r in reports] == [True]
