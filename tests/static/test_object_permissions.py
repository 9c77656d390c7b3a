"""Rights on one object, which Django's own authentication backend does not know."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

APP = """
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpResponse
from django.urls import path

class Note(models.Model):
    text = models.TextField()

def edit(request, key):
    note = Note.objects.get(pk=key)
    if not request.user.has_perm({asked}):
        raise PermissionDenied
    return HttpResponse(note.text)

urlpatterns = [path("notes/<int:key>", edit)]
"""
PLAIN = 'INSTALLED_APPS = ["django.contrib.auth"]'
GUARDIAN = PLAIN + '\nAUTHENTICATION_BACKENDS = ["guardian.backends.ObjectPermissionBackend"]'


@pytest.mark.parametrize(
    ("asked", "settings", "found"),
    [
        ('"app.edit", note', PLAIN, ["TOC110"]),
        ('"app.edit", obj=note', PLAIN, ["TOC110"]),
        ('"app.edit"', PLAIN, []),
        ('"app.edit", None', PLAIN, []),
        ('"app.edit", note', GUARDIAN, []),
        ('"app.edit", note', "DEBUG = False", []),
    ],
    ids=["object", "by name", "no object", "none", "another backend", "settings not seen"],
)
def test_rights_on_objects(analysed: Analyse, asked: str, settings: str, found: list[str]) -> None:
    analysis = analysed(app=APP.replace("{asked}", asked), settings=settings)
    assert [each.judge.code for each in analysis.reports] == found
