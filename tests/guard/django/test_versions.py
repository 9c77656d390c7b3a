"""Edits of what was read before."""

from __future__ import annotations

import pytest

from tests.guard.django.models import Profile
from tocsin.guard.django import atomic, edit
from tocsin.guard.errors import Conflict, Missing, PreconditionFailed
from tocsin.guard.preconditions import preconditions


def test_the_version_that_was_read(database: str) -> None:
    profiles = Profile.objects.using(database)
    with atomic(database):
        profile = edit(profiles, "alice", version=1)
        profile.email = "a@example.net"
        profile.save(update_fields=["email"])
        assert profile.version == 2
    with pytest.raises(Conflict), atomic(database):
        edit(profiles, "alice", version=1)
    assert list(profiles.values_list("email", "version")) == [("a@example.net", 2)]


@pytest.mark.parametrize("match", ['"1"', "*", '"7", "1"', None])
def test_headers_that_hold(database: str, match: str | None) -> None:
    with atomic(database):
        given = preconditions(match, '"7"')
        assert edit(Profile.objects.using(database), "alice", version=given).version == 2


@pytest.mark.parametrize(
    ("match", "none_match"), [('"2"', None), ('W/"1"', None), (None, '"1"'), (None, "*")]
)
def test_headers_that_do_not(database: str, match: str | None, none_match: str | None) -> None:
    with atomic(database), pytest.raises(PreconditionFailed):
        given = preconditions(match, none_match)
        edit(Profile.objects.using(database), "alice", version=given)


@pytest.mark.parametrize("version", [-1, 2**31, 2**63, 2**70])
def test_numbers_that_are_no_version(database: str, version: int) -> None:
    with pytest.raises(Conflict), atomic(database):
        edit(Profile.objects.using(database), "alice", version=version)


def test_a_row_that_is_not_there(database: str) -> None:
    profiles = Profile.objects.using(database)
    with atomic(database):
        with pytest.raises(Missing):
            edit(profiles, "nobody", version=1)
        with pytest.raises(Missing):
            edit(profiles.filter(email="other"), "alice", version=1)


def test_outside_a_transaction_the_row_could_change_again(database: str) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        edit(Profile.objects.using(database), "alice", version=1)
