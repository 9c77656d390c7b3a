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


MEMBERS = """
from functools import wraps
from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class Member(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user = db.Column(db.Integer)
    teams = db.Column(db.Integer)

def allowed(level="team"):
    MORE
    def around(view):
        @wraps(view)
        def asked(*args, **kwargs):
            if level == "site":
                return view(*args, **kwargs)
            member = Member.query.filter_by(user=kwargs["user"]).first()
            if member.teams > 3:
                abort(409)
            return view(*args, **kwargs)
        return asked
    return around

@app.post("/teams/<int:user>")
@allowed(LEVEL)
def join(user):
    member = Member.query.filter_by(user=user).first()
    member.teams = 4
    db.session.commit()
    return ""
"""


@pytest.mark.parametrize(
    ("level", "more", "expected"),
    [
        ('level="site"', "pass", []),
        ("", "pass", ["TOC201"]),
        ('level="site"', "level = level or 'team'", ["TOC201"]),
    ],
    ids=["settled by the decorator", "the default", "assigned to"],
)
def test_what_a_decorator_was_made_with(
    analysed: Analyse, level: str, more: str, expected: list[str]
) -> None:
    found = analysed(MEMBERS.replace("LEVEL", level).replace("MORE", more)).reports
    assert [each.judge.code for each in found] == expected


ADMINS = """
import sqlite3
from fastapi import FastAPI

app = FastAPI()
connection = sqlite3.connect("users.db")

class LastAdministrator(ValueError):
    pass

def keep_one(cursor: sqlite3.Cursor, user_id: str) -> None:
    cursor.execute("SELECT is_admin FROM users WHERE user_id = ?", (user_id,))
    if not cursor.fetchone()[0]:
        return
    cursor.execute("SELECT COUNT(*) FROM users WHERE is_admin = TRUE")
    if cursor.fetchone()[0] <= 1:
        raise LastAdministrator

@app.delete("/users/{user_id}")
def delete(user_id: str):
    cursor = connection.cursor()
    BEGIN
    keep_one(cursor, user_id)
    cursor.execute("DELETE FROM users WHERE user_id = ?", (user_id,))
    connection.commit()
"""


@pytest.mark.parametrize(
    ("begin", "expected"), [("pass", ["TOC215"]), ('cursor.execute("BEGIN IMMEDIATE")', [])]
)
def test_a_function_that_only_refuses_does_not_ask_of_all(
    analysed: Analyse, begin: str, expected: list[str]
) -> None:
    text = ADMINS.replace("BEGIN", begin)
    assert [r.judge.code for r in analysed(text).reports] == expected


MATCHED = """
def settle(request, key, result):
    match result:
        case "paid":
            return
        case PATTERN:
            raise ValidationError("not paid")
    check = Check.objects.get(pk=key)
    if check.status == "down":
        raise ValidationError("down")
    check.status = "down"
    check.save(update_fields=["status"])
    Flip.objects.create(check=check)
"""


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("'open'", ["TOC201"]),
        ("_ if request.user", ["TOC201"]),
        ("_", []),
        ("other", []),
        ("'open' | 'closed' | _", []),
        ("('open' | _) as other", []),
    ],
)
def test_what_follows_a_match_that_has_no_other_way(
    analysed: Analyse, pattern: str, expected: list[str]
) -> None:
    found = analysed(HEAD + MATCHED.replace("PATTERN", pattern))
    assert [r.judge.code for r in found.reports] == expected


ACCOUNT = """
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    email = db.Column(db.String)
    banned = db.Column(db.Boolean)

def signed_in(email, name):
    STEPS
    user = User(email=email, name=name)
    db.session.add(user)
    db.session.commit()
    return user

@app.post("/users")
def login():
    return {"id": signed_in(request.json["email"], request.json["name"]).id}
"""
LEAVING = {
    "returned where there is an address": """
    if email:
        user = User.query.filter_by(email=email).first()
        if user:
            return user
""",
    "returned after a change": """
    if email:
        user = User.query.filter_by(email=email).first()
        if user:
            user.name = name
            db.session.commit()
            return user
""",
}
STAYING = {
    "nothing is left": """
    if email:
        user = User.query.filter_by(email=email).first()
        if user:
            name = user.name
""",
    "another test": """
    if name:
        if not email:
            return None
""",
}


@pytest.mark.parametrize("way", LEAVING)
def test_who_has_returned_is_not_here_any_more(analysed: Analyse, way: str) -> None:
    text = ACCOUNT.replace("    STEPS\n", LEAVING[way].lstrip("\n"))
    assert [r.judge.code for r in analysed(text).reports] == ["TOC205"]


@pytest.mark.parametrize("way", STAYING)
def test_who_goes_on_was_refused_nothing(analysed: Analyse, way: str) -> None:
    text = ACCOUNT.replace("    STEPS\n", STAYING[way].lstrip("\n"))
    assert not analysed(text).reports


def test_a_unique_column_that_is_handled_closes_it(analysed: Analyse) -> None:
    text = ACCOUNT.replace("    STEPS\n", LEAVING["returned after a change"].lstrip("\n"))
    unique = text.replace(
        "email = db.Column(db.String)", "email = db.Column(db.String, unique=True)"
    )
    (report,) = analysed(unique).reports
    assert report.match.severity == "medium"


THROUGH = {
    "one by one": """
    for user in User.query.all():
        if user.email == email:
            return user
""",
    "any": """
    if any(user.email == email for user in User.query.all()):
        return None
""",
    "whatever went wrong": """
    try:
        return User.query.filter_by(email=email).one()
    except Exception:
        pass
""",
    "an error of one's own": """
    try:
        return found(email)
    except UserNotFoundError:
        pass
""",
}
LOOKED = """
class UserNotFoundError(Exception): ...

def found(email):
    user = User.query.filter_by(email=email).first()
    if user is None:
        raise UserNotFoundError(email)
    return user
"""


@pytest.mark.parametrize("way", THROUGH)
def test_looked_for_in_other_ways(analysed: Analyse, way: str) -> None:
    text = ACCOUNT.replace("    STEPS\n", THROUGH[way].lstrip("\n")) + LOOKED
    (report,) = analysed(text).reports
    assert (report.judge.code, report.match.severity) == ("TOC205", "high")


@pytest.mark.parametrize("way", THROUGH)
def test_looked_for_in_other_ways_with_a_constraint(analysed: Analyse, way: str) -> None:
    text = ACCOUNT.replace("    STEPS\n", THROUGH[way].lstrip("\n")) + LOOKED
    unique = text.replace(
        "email = db.Column(db.String)", "email = db.Column(db.String, unique=True)"
    )
    (report,) = analysed(unique).reports
    assert report.match.severity == "medium"
    handled = unique.replace("    db.session.commit()\n", HEARD)
    assert not analysed(handled).reports


HEARD = """    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
"""
OTHERS = {
    "another column": """
    for user in User.query.all():
        if user.name == "root":
            return user
""",
    "something else went wrong": """
    try:
        print(User.query.filter_by(email=email).all())
    except Exception:
        pass
""",
}


@pytest.mark.parametrize("way", OTHERS)
def test_something_else_was_asked(analysed: Analyse, way: str) -> None:
    assert not analysed(ACCOUNT.replace("    STEPS\n", OTHERS[way].lstrip("\n"))).reports


CORE = """
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.exc import IntegrityError

engine = create_engine("postgresql://")
names = Table("names", MetaData(), Column("name", String, primary_key=True))

def register(name):
    with engine.begin() as connection:
        if connection.execute(select(names).where(names.c.name == name)).first():
            return
        STORE
"""
ADDED = {
    "nobody hears": ("connection.execute(insert(names).values(name=name))", 1),
    "somebody hears": (
        """try:
            with connection.begin_nested():
                connection.execute(insert(names).values(name=name))
        except IntegrityError:
            return""",
        0,
    ),
}


@pytest.mark.parametrize("way", ADDED)
def test_who_catches_what_a_constraint_refuses_knows_of_it(analysed: Analyse, way: str) -> None:
    store, expected = ADDED[way]
    assert len(analysed(CORE.replace("STORE", store)).reports) == expected
