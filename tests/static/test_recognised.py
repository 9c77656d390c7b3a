"""What nobody annotates: sessions, rows, models by their columns, rows that are new or found."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse
from tocsin.static.engine import Analysis

MAPPED = """
from sqlalchemy import Column, Integer, String, select
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase): ...

class Badge(Base):
    __tablename__ = "badges"
    id = Column(Integer, primary_key=True)
    code = Column(String)

    def store(self):
        known = db.session.scalars(select(Badge).where(Badge.code == self.code)).first()
        if known is None:
            db.session.add(self)
        db.session.commit()
"""
DJANGO = """
from django.db import models, transaction
from django.db.models import Max

class Ticket(models.Model):
    queue = models.IntegerField()
    number = models.IntegerField()
    views = models.IntegerField()
"""


def rules(analysis: Analysis) -> list[str]:
    return [report.judge.code for report in analysis.reports]


SESSIONS = {
    "query": "found = db.query(Badge).filter_by(code=code).first()",
    "execute": "found = db.execute(select(Badge).where(Badge.code == code)).scalar_one_or_none()",
    "attribute": "found = self.db.scalar(select(Badge).where(Badge.code == code))",
}


@pytest.mark.parametrize("look", SESSIONS)
def test_a_session_is_known_by_what_is_called_on_it(analysed: Analyse, look: str) -> None:
    body = f"""
def award(self, db, code):
    {SESSIONS[look]}
    if found is None:
        db.add(Badge(code=code))
    db.commit()
"""
    head, _, _ = MAPPED.partition("    def store")
    assert rules(analysed(head + body)) == ["TOC205"]


def test_other_objects_with_such_methods_are_no_sessions(analysed: Analyse) -> None:
    head, _, _ = MAPPED.partition("    def store")
    body = """
def award(seen, code):
    if not seen.query(code):
        seen.add(code)
    seen.commit()
"""
    assert rules(analysed(head + body)) == []


def test_an_object_that_stores_itself_when_none_is_found_is_new(analysed: Analyse) -> None:
    assert rules(analysed(MAPPED)) == ["TOC205"]


def test_a_row_that_is_new_or_was_found_is_created_on_a_read(analysed: Analyse) -> None:
    found = """
def put(queue):
    ticket = Ticket.objects.filter(queue=queue).first()
    if ticket is None:
        ticket = Ticket(queue=queue)
    ticket.save()
"""
    assert rules(analysed(DJANGO + found)) == ["TOC205"]


def test_a_parameter_is_a_row_of_the_model_it_is_named_after(analysed: Analyse) -> None:
    text = "def seen(ticket):\n    ticket.views += 1\n    ticket.save()\n"
    analysis = analysed(models=DJANGO, receivers=text)
    assert rules(analysis) == ["TOC202"]
    assert analysis.reports[0].window.check.at.line == 2


def test_a_parameter_of_which_more_is_asked_is_something_else(analysed: Analyse) -> None:
    text = "def seen(ticket):\n    ticket.views += 1\n    ticket.colour()\n    ticket.save()\n"
    assert rules(analysed(models=DJANGO, receivers=text)) == []


NUMBERS = {
    "maximum": "Ticket.objects.filter(queue=queue).aggregate(top=Max('number'))['top'] + 1",
    "count": "Ticket.objects.filter(queue=queue).count() + 1",
    "last": "Ticket.objects.filter(queue=queue).order_by('number').last().number + 1",
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_made_of_those_that_are_there(analysed: Analyse, number: str) -> None:
    text = f"""
def open_ticket(queue):
    number = {NUMBERS[number]}
    Ticket.objects.create(queue=queue, number=number, views=0)
"""
    assert rules(analysed(DJANGO + text)) == ["TOC204"]


def test_a_copied_number_is_none(analysed: Analyse) -> None:
    text = """
def copy(queue):
    last = Ticket.objects.filter(queue=queue).last()
    Ticket.objects.create(queue=queue, number=last.number, views=0)
"""
    assert rules(analysed(DJANGO + text)) == []


def test_rows_of_abstract_models_lead_where_their_one_child_leads(analysed: Analyse) -> None:
    shop = """
from django.db import models

class AbstractCart(models.Model):
    class Meta:
        abstract = True

    def put(self, code):
        try:
            self.parts.get(code=code)
        except models.ObjectDoesNotExist:
            self.parts.create(cart=self, code=code)

class AbstractPart(models.Model):
    cart = models.ForeignKey("shop.Cart", related_name="parts", on_delete=models.CASCADE)
    code = models.CharField()

    class Meta:
        abstract = True
"""
    concrete = """
from shop.abstract import AbstractCart, AbstractPart

class Cart(AbstractCart): ...

class Part(AbstractPart): ...
"""
    analysis = analysed(shop__abstract=shop, shop__models=concrete, shop____init__="")
    assert rules(analysis) == ["TOC205"]


def test_a_class_with_columns_is_a_model_whatever_its_base(analysed: Analyse) -> None:
    text = """
from django.db import models
from forest.models import TreeModel

class Leaf(TreeModel):
    votes = models.IntegerField()

def vote(key):
    leaf = Leaf.objects.get(pk=key)
    leaf.votes += 1
    leaf.save()
"""
    assert rules(analysed(text)) == ["TOC202"]


def test_overridden_saves_store_what_was_set(analysed: Analyse) -> None:
    text = """
    def save(self, *args, **kwargs):
        self.queue = self.queue.strip()
        super(Ticket, self).save(*args, **kwargs)

    def seen(self):
        self.views += 1
        self.save()
"""
    analysis = analysed(DJANGO + text)
    found = [r.window.check.at.line for r in analysis.reports if r.judge.code == "TOC202"]
    assert found == [15]


def test_what_is_not_there_is_not_locked(analysed: Analyse) -> None:
    text = """
def put(queue):
    with transaction.atomic():
        if Ticket.objects.select_for_update().filter(queue=queue).first() is None:
            Ticket.objects.create(queue=queue, number=1, views=0)
"""
    assert rules(analysed(DJANGO + text)) == ["TOC205"]


LOCKS = {
    "cursor": "connection.cursor().execute('SELECT pg_advisory_xact_lock(%s)', [queue])",
    "none": "",
}


@pytest.mark.parametrize(("lock", "codes"), [("cursor", []), ("none", ["TOC204"])])
def test_an_advisory_lock_is_taken_in_sql(analysed: Analyse, lock: str, codes: list[str]) -> None:
    text = f"""
from django.db import connection

@transaction.atomic
def open_ticket(queue):
    {LOCKS[lock].strip()}
    top = Ticket.objects.filter(queue=queue).aggregate(top=Max("number"))["top"]
    Ticket.objects.create(queue=queue, number=top + 1 if top else 1, views=0)
"""
    assert rules(analysed(DJANGO + text)) == codes


def test_a_row_from_a_helper_that_finds_or_makes_it(analysed: Analyse) -> None:
    text = """
def for_queue(queue):
    ticket = Ticket.objects.filter(queue=queue).first()
    if ticket is None:
        ticket = Ticket(queue=queue, views=0)
    return ticket

def seen(queue):
    ticket = for_queue(queue)
    ticket.views += 1
    ticket.save()
"""
    assert rules(analysed(DJANGO + text)) == ["TOC205"]


def test_a_default_may_be_a_query(analysed: Analyse) -> None:
    text = """
def first(queue, tickets=Ticket.objects.all()):
    ticket = tickets.filter(queue=queue).first()
    if ticket is None:
        Ticket.objects.create(queue=queue)
"""
    assert rules(analysed(DJANGO + text)) == ["TOC205"]


def test_what_is_reached_with_an_unknown_object_is_looked_at_alone(analysed: Analyse) -> None:
    text = """
class Tickets:
    def seen(self, ticket):
        ticket.views += 1
        ticket.save()

def show(request):
    Tickets().seen(unpack(request))
"""
    assert rules(analysed(DJANGO + text)) == ["TOC202"]


def test_a_helper_that_is_called_with_many_keys_is_one_finding(analysed: Analyse) -> None:
    text = """
from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url("redis://cache")

async def bump(key):
    hits = int(await redis.get(key) or 0)
    await redis.set(key, hits + 1)

@app.post("/one/{name}")
async def one(name: str):
    await bump(f"one-{name}")

@app.post("/two/{name}")
async def two(name: str):
    await bump(f"two-{name}")
"""
    assert rules(analysed(text)) == ["TOC404"]


def test_the_library_s_query_is_found_before_that_of_a_later_base(analysed: Analyse) -> None:
    text = """
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()

class Mixin:
    @classmethod
    def query(cls):
        return db.session.query(cls)

    @classmethod
    def find(cls, **named):
        return cls.query.filter_by(**named).first()

class Badge(db.Model, Mixin):
    id = db.Column(db.Integer, primary_key=True)
    code = db.Column(db.String)

def award(code):
    if Badge.find(code=code) is None:
        db.session.add(Badge(code=code))
        db.session.commit()
"""
    assert rules(analysed(text)) == ["TOC205"]


def test_a_finder_that_many_call_still_knows_what_it_was_asked_for(analysed: Analyse) -> None:
    names = [f"kind{n}" for n in range(20)]
    columns = "".join(f"    {name} = Column(String)\n" for name in names)
    calls = "".join(f"    Badge.find({name}={name!r}, code=code)\n" for name in names)
    text = f"""
from sqlalchemy import Column, Integer, String
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase): ...

class Badge(Base):
    __tablename__ = "badges"
    id = Column(Integer, primary_key=True)
    code = Column(String, unique=True)
{columns}
    @classmethod
    def find(cls, **named):
        return session.query(cls).filter_by(**named).first()

def all_of_them(code):
{calls}
def award(code):
    try:
        if Badge.find(code=code) is None:
            session.add(Badge(code=code))
            session.commit()
    except IntegrityError:
        pass
"""
    assert rules(analysed(text)) == []


HANDED_ON = """
from contextlib import contextmanager
from sqlalchemy import Column, Integer, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Session

engine = create_engine("sqlite://")

class Base(DeclarativeBase): ...

class Badge(Base):
    __tablename__ = "badges"
    id = Column(Integer, primary_key=True)
    seen = Column(Integer)

@contextmanager
def opened(session=None):
    if session:
        yield session
    else:
        with Session(engine) as session:
            yield session

def find(key, session=None):
    with opened(session) as session:
        return session.scalars(select(Badge).where(Badge.id == key).with_for_update()).one()

def look(key):
    with opened() as session:
        badge = find(key, session)
        badge.seen = badge.seen + 1
        session.commit()
"""


def test_a_session_that_is_handed_on_is_no_other(analysed: Analyse) -> None:
    assert rules(analysed(HANDED_ON)) == []
    unlocked = HANDED_ON.replace(".with_for_update()", "")
    assert rules(analysed(unlocked)) == ["TOC202"]
