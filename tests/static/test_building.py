"""Rows that are made of schemas, and that are given several columns at once."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

SQLMODEL = """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, select

app = FastAPI()

class HeroBase(SQLModel):
    name: str
    team: str

class Hero(HeroBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    state: str = "new"
    secret: str = ""
    badge: str = Field(unique=True)

class HeroIn(HeroBase):
    badge: str

class Repository:
    model: type[SQLModel]

    def __init__(self, session: Session) -> None:
        self.session = session

    def create(self, data):
        made = self.model.model_validate(data)
        self.session.add(made)
        self.session.flush()
        return made

class Heroes(Repository):
    model = Hero

def opened() -> Session: ...

@app.post("/heroes/{key}")
def change(key: int, body: HeroIn, session: Session = Depends(opened)):
"""
REFUSED = "    raise HTTPException(409)\n"
FOUND = "if session.exec(select(Hero).where(Hero.name == body.name)).first():\n" + REFUSED
BADGE = FOUND.replace("name", "badge")
ADDED = "session.add(hero)\nsession.commit()\n"
STATE = "hero = session.get(Hero, key)\nif hero.state != 'new':\n" + REFUSED
LOCKED = STATE.replace("key)", "key, with_for_update=True)")
CASES = {
    "validated": (FOUND + "hero = Hero.model_validate(body)\n" + ADDED, ["TOC205"]),
    "with more": (
        FOUND + "hero = Hero.model_validate(body, update={'secret': 'x'})\n" + ADDED,
        ["TOC205"],
    ),
    "as it was called": (FOUND + "hero = Hero.from_orm(body)\n" + ADDED, ["TOC205"]),
    "by a repository": (
        FOUND + "Heroes(session).create({'name': body.name})\nsession.commit()\n",
        ["TOC205"],
    ),
    "something else is looked for": (
        FOUND + "hero = Hero.model_validate({'name': 'x'})\n" + ADDED,
        [],
    ),
    "unique and handled": (
        BADGE
        + "hero = Hero.model_validate(body)\nsession.add(hero)\ntry:\n    session.commit()\n"
        + "except IntegrityError:\n"
        + REFUSED,
        [],
    ),
    "updated": (
        STATE + "hero.sqlmodel_update({'state': 'paid'})\n" + ADDED,
        ["TOC201"],
    ),
    "updated with more": (
        STATE + "hero.sqlmodel_update(body, update={'state': body.name})\n" + ADDED,
        ["TOC201"],
    ),
    "updated under a lock": (LOCKED + "hero.sqlmodel_update({'state': 'paid'})\n" + ADDED, []),
    "something else updated": (STATE + "hero.sqlmodel_update({'secret': 'x'})\n" + ADDED, []),
}


@pytest.mark.parametrize("case", CASES)
def test_rows_made_of_schemas(analysed: Analyse, case: str) -> None:
    body, expected = CASES[case]
    text = SQLMODEL + "".join(f"    {line}\n" for line in body.splitlines())
    assert [each.judge.code for each in analysed(text).reports] == expected


DJANGO = """
from django import forms
from django.db import IntegrityError, models
from django.http import HttpResponse

class Guest(models.Model):
    email = models.EmailField()
    club = models.CharField(max_length=9)

    class Meta:
        CONSTRAINED

class GuestForm(forms.ModelForm):
    class Meta:
        model = Guest
        fields = ["email", "club"]

    def clean(self):
        data = super().clean()
        if Guest.objects.filter(email=data.get("email"), club=data.get("club")).exists():
            raise forms.ValidationError("a member already")
        return data

def validated(request):
    form = GuestForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        form.save()
    except IntegrityError:
        return HttpResponse(status=409)
    return HttpResponse(status=201)

def found_or_made(request, email, club):
    guest = Guest.objects.filter(email=email, club=club).first() or Guest(email=email, club=club)
    try:
        guest.save()
    except IntegrityError:
        return HttpResponse(status=409)
    return HttpResponse(status=201)
"""
UNIQUE = 'unique_together = [("email", "club")]'
URLS = """
from django.urls import path
import app

urlpatterns = [path("a/", app.validated), path("b/<email>/<club>/", app.found_or_made)]
"""


@pytest.mark.parametrize(
    ("constrained", "codes"), [("pass", {"TOC205", "TOC214"}), (UNIQUE, set())]
)
def test_rows_found_or_made_and_rows_of_forms(
    analysed: Analyse, constrained: str, codes: set[str]
) -> None:
    analysis = analysed(DJANGO.replace("CONSTRAINED", constrained), urls=URLS)
    sure = [each for each in analysis.reports if each.match.confidence != "low"]
    assert {each.judge.code for each in sure} == codes
