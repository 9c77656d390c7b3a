"""Constraints that only migrations know."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

MAPPED = """
from fastapi import FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()

class Base(DeclarativeBase): ...

class Vote(Base):
    __tablename__ = "votes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[int]
    poll: Mapped[int]

@app.post("/votes/{poll}")
def vote(poll: int, user: int, db: Session) -> None:
    if db.scalar(select(Vote).where(Vote.user == user, Vote.poll == poll)):
        raise HTTPException(409)
    try:
        db.add(Vote(user=user, poll=poll))
        db.commit()
    except IntegrityError:
        raise HTTPException(409) from None
"""
HEAD = """
import sqlalchemy as sa
from alembic import op

def upgrade():
    {}

def downgrade():
    op.drop_constraint("uq_votes", "votes")
"""
TABLE = 'op.create_table("votes", sa.Column("id"), sa.UniqueConstraint("user", "poll"))'
BATCH = 'with op.batch_alter_table("votes") as b: b.create_unique_constraint("u", ["user", "poll"])'
CREATED = 'op.create_unique_constraint("uq_votes", "votes", ["user", "poll"])'
ALEMBIC = {
    "a constraint": (CREATED, True),
    "a constraint of more": (CREATED.replace('"poll"', '"poll", "day"'), False),
    "a constraint that was dropped": (f'{CREATED}; op.drop_constraint("uq_votes", "votes")', False),
    "of another table": (CREATED.replace('"votes"', '"polls"'), False),
    "an index": ('op.create_index("i", "votes", ["user", "poll"], unique=True)', True),
    "an index that is not unique": ('op.create_index("i", "votes", ["user", "poll"])', False),
    "a table": (TABLE, True),
    "a batch": (BATCH, True),
    "SQL": ('op.execute("CREATE UNIQUE INDEX i ON votes (\\"user\\", poll)")', True),
    "SQL, altering": ('op.execute("ALTER TABLE votes ADD CONSTRAINT u UNIQUE (user, poll)")', True),
    "an exclusion": (
        'op.create_exclude_constraint("x", "votes", ("user", "="), ("poll", "&&"))',
        True,
    ),
    "an exclusion in SQL": (
        (
            'op.execute("ALTER TABLE votes ADD CONSTRAINT x EXCLUDE USING gist'
            ' (\\"user\\" WITH =, poll WITH &&)")'
        ),
        True,
    ),
    "an exclusion of others": (
        'op.create_exclude_constraint("x", "votes", ("user", "="), ("day", "&&"))',
        False,
    ),
}


@pytest.mark.parametrize("case", ALEMBIC)
def test_alembic(analysed: Analyse, case: str) -> None:
    said, unique = ALEMBIC[case]
    found = analysed(MAPPED, migrations__versions__one=HEAD.format(said))
    assert [report.judge.code for report in found.reports] == ([] if unique else ["TOC205"])


def test_what_takes_a_migration_back_is_not_read(analysed: Analyse) -> None:
    text = HEAD.format("pass").replace('op.drop_constraint("uq_votes", "votes")', CREATED)
    found = analysed(MAPPED, migrations__versions__one=text)
    assert [report.judge.code for report in found.reports] == ["TOC205"]


MODELS = """
from django.db import IntegrityError, models
from django.db.models import F

class Vote(models.Model):
    owner = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    left = models.IntegerField()

def vote(request, owner):
    if Vote.objects.filter(owner=owner).exists():
        raise ValueError
    try:
        Vote.objects.create(owner=owner)
    except IntegrityError:
        raise ValueError

def take(request, key, n):
    vote = Vote.objects.get(pk=key)
    if vote.left < n:
        raise ValueError
    try:
        Vote.objects.filter(pk=key).update(left=F("left") - n)
    except IntegrityError:
        raise ValueError
"""
RUN = """
from django.db import migrations

class Migration(migrations.Migration):
    operations = [migrations.RunSQL("{}")]
"""
INDEX = "CREATE UNIQUE INDEX CONCURRENTLY i ON polls_vote (owner_id) WHERE left > 0"
CHECK = "ALTER TABLE polls_vote ADD CONSTRAINT c CHECK (left >= 0)"
DJANGO = {
    "nothing": ("SELECT 1", ["TOC205", "TOC203"]),
    "an index": (INDEX, ["TOC203"]),
    "a check": (CHECK.replace("left", '\\"left\\"'), ["TOC205"]),
    "of another table": (INDEX.replace("polls_vote", "shop_vote"), ["TOC205", "TOC203"]),
    "no SQL": ("CREATE UNIQUE INDEX ON ON", ["TOC205", "TOC203"]),
}


@pytest.mark.parametrize("case", DJANGO)
def test_run_sql(analysed: Analyse, case: str) -> None:
    text, expected = DJANGO[case]
    found = analysed(polls__models=MODELS, polls__migrations__one=RUN.format(text))
    assert [report.judge.code for report in found.reports] == expected
