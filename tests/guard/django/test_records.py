"""Requests that are carried out once: key, effect and answer are one transaction of Django's."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings

from tests.guard import repeats
from tests.guard.conftest import Place
from tests.guard.django.conftest import connected
from tests.guard.django.models import Refund
from tests.guard.repeats import CHECKS, STEPS, Broken, Step, Work, ask
from tocsin.guard.django import once
from tocsin.guard.errors import Conflict
from tocsin.guard.idempotency import Answer, Asked

NUMBERS = itertools.count()


@pytest.fixture
def kept(anywhere: Place) -> Iterator[Kept]:
    """A database that was migrated, with a table for effects. SQLite does not wait."""
    with connected(anywhere) as name:
        if anywhere.backend == "sqlite":
            connections[name].settings_dict["OPTIONS"] = {"timeout": 0}
        call_command("migrate", "tocsin_guard", database=name, verbosity=0)
        with connections[name].schema_editor() as editor:
            editor.create_model(Refund)
        yield Kept(name)


class Kept:
    """The store of the checks: work has an effect."""

    def __init__(self, name: str) -> None:
        self.name = name

    def once(self, asked: Asked | None, work: Callable[[], Answer], **how: Any) -> Answer:
        def effective() -> Answer:
            Refund.objects.using(self.name).create(order_id=1)
            return work()

        return once(asked, effective, using=self.name, **how)

    def grow_old(self, _: Asked) -> dict[str, Any]:
        return {"clock": lambda: time.time() + 86_401}

    def effects(self) -> int:
        return Refund.objects.using(self.name).count()


@pytest.mark.parametrize("check", CHECKS)
def test_a_store(check: Any, kept: Kept) -> None:
    check(kept)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_it_agrees_with_a_model(kept: Kept, steps: list[Step]) -> None:
    repeats.run(kept, steps, f"/{next(NUMBERS)}")


@pytest.mark.parametrize("outside", [False, True])
def test_what_failed_has_had_no_effect(kept: Kept, *, outside: bool) -> None:
    def broken() -> Answer:
        raise Broken

    def try_it() -> None:
        with pytest.raises(Broken):
            kept.once(ask(), broken)
        kept.once(ask("server"), Work(500))

    if outside:
        with transaction.atomic(using=kept.name):
            try_it()
    else:
        try_it()
    assert kept.effects() == 0
    kept.once(ask(), Work())
    kept.once(ask(), Work())
    assert kept.effects() == 1


def test_the_second_waits_no_longer_than_it_is_told_to(kept: Kept) -> None:
    work = Work()

    def second() -> None:
        try:
            with pytest.raises(Conflict, match="is at work"):
                kept.once(ask(), work, wait=0.01)
        finally:
            connections[kept.name].close()

    def first() -> Answer:
        with ThreadPoolExecutor(1) as another:
            another.submit(second).result()
        return work()

    assert kept.once(ask(), first) == kept.once(ask(), work) == Answer.of({"done": 1}, 201)
    assert kept.effects() == 1


def test_who_is_at_work_has_a_lease(kept: Kept) -> None:
    inner: list[Answer] = []

    def slow() -> Answer:
        with pytest.raises(Conflict):
            kept.once(ask(), Work(202), clock=lambda: time.time() + 59)
        inner.append(kept.once(ask(), Work(202), clock=lambda: time.time() + 61))
        return Answer.of({}, 201)

    # The second was taken for the first: the first has no effect, and here no second either.
    with pytest.raises(Conflict):
        kept.once(ask(), slow)
    assert inner == [Answer.of({"done": 1}, 202)]
    assert kept.effects() == 0
