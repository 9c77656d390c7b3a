"""Requests with keys against SQLite, and against what the draft says of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Engine, create_engine, delete
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from fuzz.tape import Tape
from tocsin.guard import structured
from tocsin.guard.errors import Malformed, Unprocessable
from tocsin.guard.idempotency import Answer, Asked, asked
from tocsin.guard.sqlalchemy import METADATA, once
from tocsin.guard.sqlalchemy.tables import ONCE

KEEP = 100.0


class Kept(NamedTuple):
    """What the model knows of a key."""

    body: bytes
    answer: Answer
    until: float


class Broken(Exception):
    """The work of a request fails."""


@functools.cache
def _engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    return engine


def one(data: bytes) -> None:
    """First a key as a header has it, then a story of requests."""
    tape = Tape(data)
    header = tape.text(200)
    try:
        text = structured.string("Idempotency-Key", header)
        assert all(" " <= c <= "~" for c in text)
    except Malformed:
        pass
    with Session(_engine()) as session:
        session.execute(delete(ONCE))
        session.commit()
        _story(session, tape)


def _story(session: Session, tape: Tape) -> None:
    model: dict[str, Kept] = {}
    now = 1_000.0
    for number in _until_over(tape):
        now += tape.number(60)
        key, body = tape.one_of(("k", "l", "é", "", '"')), tape.one_of((b"", b"1", b"2"))
        outcome = tape.one_of((200, 409, 500, 0))
        request = _asked(key, body)
        if request is None:
            continue
        kept = model.get(key)
        if kept is not None and kept.until <= now:
            kept = None
        made = Answer(outcome, (("X-Number", str(number)),), bytes([number % 256]) * 3)
        found = _sent(session, request, made, now)
        if kept is None:
            assert found == (Broken if outcome == 0 else made)
            if outcome not in {0, 500}:
                model[key] = Kept(body, made, now + KEEP)
        else:
            assert found == (kept.answer if kept.body == body else Unprocessable)


def _until_over(tape: Tape) -> Iterator[int]:
    number = 0
    while not tape.over and number < 40:
        yield number
        number += 1


def _asked(key: str, body: bytes) -> Asked | None:
    quoted = '"' + key + '"'
    try:
        return asked([quoted], identity="alice", method="POST", path="/", body=body)
    except Malformed:
        assert key in {"é", "", '"'}
        return None


def _sent(session: Session, request: Asked, made: Answer, now: float) -> Answer | type[Exception]:
    def work() -> Answer:
        if made.status == 0:
            raise Broken
        return made

    try:
        answer = once(session, request, work, keep=KEEP, clock=lambda: now)
        session.commit()
    except (Unprocessable, Broken) as error:
        session.rollback()
        return type(error)
    return answer
