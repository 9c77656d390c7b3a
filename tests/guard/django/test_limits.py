"""Limits whose tallies are rows of Django's."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.guard import tallies
from tests.guard.conftest import Place
from tests.guard.django.conftest import connected
from tests.guard.tallies import CHECKS, COUPON, LIMITS, STEPS, Clock, Step
from tocsin.guard.django import consume, refund, reset
from tocsin.guard.errors import Conflict
from tocsin.guard.limits import Limit

NUMBERS = itertools.count()


@pytest.fixture
def limited(anywhere: Place) -> Iterator[str]:
    """The name of a connection to a database that was migrated."""
    with connected(anywhere) as name:
        call_command("migrate", "tocsin_guard", database=name, verbosity=0)
        yield name


def store(name: str) -> Any:
    verbs = {"consume": consume, "refund": refund, "reset": reset}
    return SimpleNamespace(**{word: partial(verb, using=name) for word, verb in verbs.items()})


@pytest.mark.parametrize("check", CHECKS)
def test_a_store(check: Any, limited: str) -> None:
    check(store(limited))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limit=st.sampled_from(LIMITS), steps=STEPS)
def test_it_agrees_with_a_model(limited: str, limit: Limit, steps: list[Step]) -> None:
    tallies.run(store(limited), limit, f"key {next(NUMBERS)}", steps)


def test_a_rollback_gives_back(limited: str) -> None:
    with transaction.atomic(using=limited):
        assert consume(COUPON, "TEN", 3, using=limited) == 0
        transaction.set_rollback(True, using=limited)
    assert consume(COUPON, "TEN", using=limited) == 2


def test_what_is_durable_is_no_part_of_a_transaction(limited: str) -> None:
    assert consume(COUPON, "TEN", using=limited, durable=True) == 2
    with transaction.atomic(using=limited), pytest.raises(RuntimeError, match="durable"):
        consume(COUPON, "TEN", using=limited, durable=True)


def test_a_refusal_leaves_the_transaction_usable(limited: str) -> None:
    with transaction.atomic(using=limited):
        consume(COUPON, "TEN", 3, using=limited)
        with pytest.raises(Conflict):
            consume(COUPON, "TEN", using=limited)
        refund(COUPON, "TEN", using=limited)
    assert consume(COUPON, "TEN", using=limited, clock=Clock()) == 0
    connections[limited].close()


def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", "tocsin_guard", check=True, dry_run=True, stdout=io.StringIO())
