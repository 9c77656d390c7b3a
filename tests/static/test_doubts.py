"""What is open and hardly worth a thought is told of with low confidence, and only that."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    hidden: Mapped[bool]
    seen: Mapped[int]

class AuditLog(Base):
    __tablename__ = "audit_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[int]
"""
HEAD = (
    "import logging\nfrom elsewhere import Shown, charge, form, names\n"
    "from models import AuditLog, Page\n"
    "from sqlalchemy.orm import Session\nlogger = logging.getLogger(__name__)\n"
)
BODIES = {
    "toggled": "page.hidden = not page.hidden",
    "maximum": "page.seen = max(page.seen, n)",
    "no less than none": "page.seen = max(page.seen - n, 0)",
    "counted": "page.seen = page.seen + n",
    "filled": "if page.title is None:\n        page.title = str(n)",
    "filled with more": """if page.title is None:
        page.title = str(n)
        db.add(Page(title=page.title))""",
    "filled by a helper": "fill(page, str(n))",
    "refused": """if page.title is None:
        raise ValueError(n)
    page.title = str(n)""",
    "settled": "if page.title != str(n):\n        page.title = str(n)",
    "settled with more": """if page.title != str(n):
        page.title = str(n)
        db.add(Page(title=page.title))""",
    "only the newer": "if page.seen < n:\n        page.seen = n",
    "confirmed": """if page.hidden:
        raise ValueError(n)
    logger.info("hidden %s", n)
    page.hidden = True""",
    "confirmed with more": """if page.hidden:
        raise ValueError(n)
    charge(n)
    page.hidden = True""",
    "confirmed and noted": """if page.hidden:
        raise ValueError(n)
    db.add(AuditLog(what=n))
    page.hidden = True""",
    "confirmed by two": """if page.hidden and not page.title:
        raise ValueError(n)
    page.hidden = True
    page.title = None""",
    "confirmed after a form": """if page.hidden:
        raise ValueError(n)
    if not form.validate():
        return
    page.hidden = True""",
    "confirmed with what is made": """if page.hidden:
        raise ValueError(n)
    shown = Shown(names.get(n), n)
    page.hidden = True""",
    "already so": """if page.title == str(n):
        raise ValueError(n)
    page.title = str(n)""",
    "already so, with more": """if page.title == str(n):
        raise ValueError(n)
    charge(n)
    page.title = str(n)""",
    "noted in a log": """if db.query(AuditLog).filter_by(what=n).first() is None:
        db.add(AuditLog(what=n))""",
    "reworded": 'page.title = "X-%s" % page.title[-4:]',
    "reworded with more": 'page.title = "X-%s-%s" % (page.title[-4:], n)',
    "marked in a log": """entry = db.get(AuditLog, n)
    if entry.what > n:
        entry.what = n""",
    "another state": """if page.title != "new":
        raise ValueError(n)
    page.title = str(n)""",
}
LOW = {
    "toggled",
    "maximum",
    "filled",
    "filled by a helper",
    "settled",
    "confirmed",
    "confirmed and noted",
    "confirmed by two",
    "already so",
    "reworded",
    "marked in a log",
    "noted in a log",
    "confirmed with what is made",
    "confirmed after a form",
}
HELPER = """
def fill(page: Page, title):
    if page.title is not None:
        return
    page.title = title
"""


def confidences(analyse: Analyse, body: str, name: str = "pages") -> set[str]:
    page = "page = db.get(Page, key)"
    head = HEAD + HELPER if "fill(" in body else HEAD
    text = f"{head}\ndef work(db: Session, key, n):\n    {page}\n    {body}\n"
    analysis = analyse(models=MODELS, **{name: text + "    db.commit()\n"})
    return {report.match.confidence for report in analysis.reports}


@pytest.mark.parametrize("case", BODIES)
def test_what_of_two_at_once_hardly_matters(analysed: Analyse, case: str) -> None:
    found = confidences(analysed, BODIES[case])
    assert found == {"low"} if case in LOW else "medium" in found


@pytest.mark.parametrize(
    "name", ["scripts__mend", "cron", "shop__cli__mend", "init_shop", "shop__random_data"]
)
def test_scripts_and_commands(analysed: Analyse, name: str) -> None:
    assert confidences(analysed, BODIES["counted"], name) == {"low"}


@pytest.mark.parametrize(
    ("function", "confidence"),
    [("create_initial_pages", "low"), ("_dummy_data", "low"), ("create_pages", "medium")],
)
def test_sample_data_and_first_rows(analysed: Analyse, function: str, confidence: str) -> None:
    text = f"{HEAD}\ndef {function}(db: Session, key, n):\n    page = db.get(Page, key)\n"
    analysis = analysed(models=MODELS, pages=f"{text}    {BODIES['counted']}\n    db.commit()\n")
    assert {report.match.confidence for report in analysis.reports} == {confidence}


def test_other_code_that_no_route_reaches_may_run_twice_at_once(analysed: Analyse) -> None:
    assert confidences(analysed, BODIES["counted"], "worker__jobs") == {"medium"}


VERSIONED = """
from models import Page, Session
from sqlalchemy.orm import Mapped, mapped_column
from models import Base

class NAME(Base):
    __tablename__ = "TABLE"
    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int]

def keep(db: Session, key):
    if db.query(NAME).filter_by(page=key).first() is None:
        db.add(NAME(page=key))
        db.commit()
"""


@pytest.mark.parametrize(("table", "confidence"), [("page_versions", "low"), ("covers", "medium")])
def test_a_version_that_is_kept_twice(analysed: Analyse, table: str, confidence: str) -> None:
    text = VERSIONED.replace("TABLE", table).replace("NAME", "Kept")
    found = analysed(models=MODELS, pages=text).reports
    assert {each.match.confidence for each in found} == {confidence}


def test_a_row_that_somebody_else_has_loaded_may_be_locked(analysed: Analyse) -> None:
    text = (
        f"{HEAD}\ndef work(db: Session, page: Page, n):\n    {BODIES['counted']}\n    db.commit()\n"
    )
    analysis = analysed(models=MODELS, pages=text)
    assert [report.match.confidence for report in analysis.reports] == ["low"]


LOOKED_AT = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    read = db.Column(db.Boolean)
    title = db.Column(db.String)

@app.route("/notes/<int:key>")
def show(key):
    note = Note.query.get(key)
    note.COLUMN = VALUE
    db.session.commit()
    return note.title
"""


@pytest.mark.parametrize(
    ("column", "value", "confidence"),
    [
        ("read", "True", "low"),
        ("title", "str(key)", "medium"),
        ("title", "note.title if note.title else str(key)", "medium"),
    ],
)
def test_a_mark_that_a_look_leaves(
    analysed: Analyse, column: str, value: str, confidence: str
) -> None:
    analysis = analysed(LOOKED_AT.replace("COLUMN", column).replace("VALUE", value))
    found = [r.match.confidence for r in analysis.reports if r.judge.code == "TOC501"]
    assert found == [confidence]


FREE = """
import secrets
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class Code(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    word = db.Column(db.String, unique=True)

@app.post("/codes/<name>")
def make(name):
    word = WORD
    if Code.query.filter_by(word=word).first() is None:
        db.session.add(Code(word=word))
        db.session.commit()
    return word
"""


@pytest.mark.parametrize(("word", "sure"), [("secrets.token_hex(8)", "low"), ("name", "medium")])
def test_what_was_drawn_is_hardly_drawn_twice(analysed: Analyse, word: str, sure: str) -> None:
    found = [r for r in analysed(FREE.replace("WORD", word)).reports if r.judge.code == "TOC205"]
    assert [report.match.confidence for report in found] == [sure]


@pytest.mark.parametrize(("word", "sure"), [("secrets.token_hex(8)", "low"), ("name", "medium")])
def test_nor_is_what_is_drawn_until_it_is_free(analysed: Analyse, word: str, sure: str) -> None:
    until = """    while Code.query.filter_by(word=word).first() is not None:
        word = word + "x"
    db.session.add(Code(word=word))
    db.session.commit()
    return word
"""
    text = FREE[: FREE.index("    if Code")].replace("WORD", word) + until
    found = [r for r in analysed(text).reports if r.judge.code == "TOC205"]
    assert [report.match.confidence for report in found] == [sure]


ASKED = """
from fastapi import FastAPI, HTTPException
from models import Page, Session

app = FastAPI()

def name(db, key, word):
    page = db.get(Page, key)
    if page.title != "new":
        raise HTTPException(409)
    page.title = word

@app.post("/pages/{key}/name/{word}")
def handler(key: int, word: str, db: Session) -> None:
    name(db, key, word)
    db.commit()
"""


def test_what_a_helper_asks_and_does_is_no_less_sure(analysed: Analyse) -> None:
    assert [r.match.confidence for r in analysed(ASKED, models=MODELS).reports] == ["medium"]


NUMBERED = """
from django.db import models
from django.http import HttpResponse
from django.urls import path

class Item(models.Model):
    number = models.IntegerField()

def add(request):
    last = Item.objects.aggregate(most=models.Max("number"))["most"]
    Item.objects.create(number=last + STEP)
    return HttpResponse()

urlpatterns = [path("add/", add)]
"""


@pytest.mark.parametrize(("step", "sure"), [("1", "medium"), ("100", "low")])
def test_steps_that_leave_room_are_places_in_a_list(
    analysed: Analyse, step: str, sure: str
) -> None:
    found = analysed(NUMBERED.replace("STEP", step)).reports
    assert [r.match.confidence for r in found if r.judge.code == "TOC204"] == [sure]


FILLED = LOOKED_AT.replace(
    "    note.COLUMN = VALUE",
    """    if note.read and not note.COLUMN:
        note.COLUMN = str(key)""",
)


@pytest.mark.parametrize(("column", "confidence"), [("title", "low"), ("read", "medium")])
def test_what_a_look_fills_in_where_it_is_missing(
    analysed: Analyse, column: str, confidence: str
) -> None:
    text = FILLED.replace("not note.COLUMN", "not note.title").replace("COLUMN", column)
    found = [r.match.confidence for r in analysed(text).reports if r.judge.code == "TOC501"]
    assert found == [confidence]


KEPT = """
import time
from elsewhere import fetched
from flask import Flask

app = Flask(__name__)
known = {}

@app.route("/news/<name>")
def news(name):
    found = known.get(name)
    if TEST:
        return found[1]
    made = fetched(name)
    known[name] = (time.monotonic(), VALUE)
    return made
"""


@pytest.mark.parametrize(
    ("test", "value", "sure"),
    [
        ("found and time.monotonic() - found[0] < 60", "made", "low"),  # a cache: as good each time
        ("found and time.monotonic() - found[0] < 60", "found[1] + 1", "medium"),
        ("found and found[1]", "made", "medium"),
        ("found is not None", "made", "medium"),
    ],
)
def test_what_is_computed_again_when_it_is_old(
    analysed: Analyse, test: str, value: str, sure: str
) -> None:
    found = analysed(KEPT.replace("TEST", test).replace("VALUE", value)).reports
    confidences = {r.match.confidence for r in found if r.judge.code == "TOC402"}
    assert confidences == {"low"} if sure == "low" else "medium" in confidences


def test_a_cache_is_known_by_its_name(analysed: Analyse) -> None:
    text = KEPT.replace("TEST", "found is not None").replace("VALUE", "made")
    found = analysed(text.replace("known", "_news_cache")).reports
    assert {r.match.confidence for r in found if r.judge.code == "TOC402"} == {"low"}


BARE = """
from django.db import models
from django.http import HttpResponse
from django.urls import path

class Page(models.Model):
    name = models.CharField(max_length=9)
    hits = models.IntegerField()

def work(key):
    READ
    if page.hits > 9:
        raise ValueError(key)
    page.hits = len(key)
    page.save(update_fields=["hits"])

def view(request, key):
    work(key)
    return HttpResponse()

urlpatterns = [path("pages/<key>", ROUTED)]
"""
LOCKED = "page = Page.objects.select_for_update().get(pk=key)"
UPSERT = "page, _ = Page.objects.update_or_create(pk=key, defaults={'name': 'new'})"


@pytest.mark.parametrize(
    ("read", "routed", "found"),
    [
        (LOCKED, "view", ("TOC206", "medium")),
        (LOCKED, "None", ("TOC206", "low")),  # Django refuses such a lock: there is a transaction
        (UPSERT, "view", ("TOC201", "medium")),  # its lock is its own, and nobody relies on it
    ],
)
def test_a_lock_without_a_transaction(
    analysed: Analyse, read: str, routed: str, found: tuple[str, str]
) -> None:
    reports = analysed(BARE.replace("READ", read).replace("ROUTED", routed)).reports
    assert found in {(each.judge.code, each.match.confidence) for each in reports}
    codes = {each.judge.code for each in reports}
    assert ("TOC206" in codes) == (found[0] == "TOC206")


SHORTENED = """
from django.db import models
from django.http import HttpResponse, HttpResponseBadRequest
from django.urls import path

class Key(models.Model):
    user = models.IntegerField()

def shorten(user):
    if Key.objects.filter(user=user).count() <= 50:
        return ANSWER
    Key.objects.filter(user=user).order_by("pk").first().delete()

def view(request, user):
    answer = shorten(user)
    return answer or HttpResponse()

urlpatterns = [path("keys/<int:user>", VIEW)]
"""


@pytest.mark.parametrize(("view", "confidence"), [("view", "low"), ("shorten", "medium")])
def test_a_list_is_shortened(analysed: Analyse, view: str, confidence: str) -> None:
    answer = "HttpResponseBadRequest()" if view == "shorten" else ""
    reports = analysed(SHORTENED.replace("VIEW", view).replace("ANSWER", answer)).reports
    found = {each.judge.code: each.match.confidence for each in reports}
    assert found["TOC215"] == confidence


ADDED = """
from django.db import models
from django.http import HttpResponse, HttpResponseBadRequest
from django.urls import path
from rest_framework import serializers

class Note(models.Model):
    text = models.TextField()
    shown = models.IntegerField(default=0)

class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["text"]

def add(request, key):
    MADE
    note = Note.objects.get(pk=FOUND)
    if note.shown > 3:
        return HttpResponseBadRequest()
    charge(note)
    note.shown = 4
    note.save(update_fields=["shown"])
    return HttpResponse()

urlpatterns = [path("notes/<int:key>", add)]
"""
SERIALIZED = """serializer = NoteSerializer(data=request.POST)
    serializer.save()"""


@pytest.mark.parametrize(
    ("made", "found", "confidence"),
    [
        (SERIALIZED, "serializer.instance.id", "low"),
        ("new = Note(text='x')\n    new.save()", "new.pk", "low"),
        ("pass", "key", "medium"),
    ],
    ids=["by a serializer", "by itself", "another's"],
)
def test_a_row_that_was_just_added(
    analysed: Analyse, made: str, found: str, confidence: str
) -> None:
    reports = analysed(ADDED.replace("MADE", made).replace("FOUND", found)).reports
    said = {each.judge.code: each.match.confidence for each in reports}
    assert said["TOC201"] == confidence
