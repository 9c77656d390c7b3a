"""Edits of what was read before."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from tests.guard.sqlalchemy.models import Address, Profile
from tests.guard.sqlalchemy.test_locks import impatient
from tocsin.guard import sqlalchemy as guard
from tocsin.guard.errors import Conflict, Missing, PreconditionFailed
from tocsin.guard.preconditions import preconditions
from tocsin.guard.sqlalchemy import asyncio as awaited

Sessions = sessionmaker[Session]


def test_the_version_that_was_read(sessions: Sessions) -> None:
    with sessions.begin() as session:
        profile = guard.edit(session, Profile, "alice", version=1)
        profile.email = "a@example.net"
        assert profile.version == 2
    with sessions() as session, pytest.raises(Conflict, match="changed meanwhile"):
        guard.edit(session, Profile, "alice", version=1)
    with sessions() as session:
        assert session.get_one(Profile, "alice").email == "a@example.net"


@pytest.mark.parametrize("match", ['"1"', "*", '"7", "1"', None])
def test_headers_that_hold(sessions: Sessions, match: str | None) -> None:
    with sessions() as session:
        given = preconditions(match, '"7"')
        assert guard.edit(session, Profile, "alice", version=given).version == 2


@pytest.mark.parametrize(
    ("match", "none_match"),
    [('"2"', None), ('W/"1"', None), ('"abc"', None), (None, '"1"'), (None, "*"), ('"1"', "*")],
)
def test_headers_that_do_not(sessions: Sessions, match: str | None, none_match: str | None) -> None:
    with sessions() as session, pytest.raises(PreconditionFailed):
        guard.edit(session, Profile, "alice", version=preconditions(match, none_match))


@pytest.mark.parametrize("version", [-1, 2**31, 2**63, 2**70])
def test_numbers_that_are_no_version(
    sessions: Sessions, async_sessions: async_sessionmaker[AsyncSession], version: int
) -> None:
    with sessions() as session, pytest.raises(Conflict):
        guard.edit(session, Profile, "alice", version=version)

    async def asked() -> None:
        async with async_sessions() as session:
            with pytest.raises(Conflict):
                await awaited.edit(session, Profile, "alice", version=version)

    asyncio.run(asked())


def test_a_row_that_is_not_there(sessions: Sessions) -> None:
    with sessions() as session:
        with pytest.raises(Missing):
            guard.edit(session, Profile, "nobody", version=1)
        with pytest.raises(Missing):
            guard.edit(session, Profile, "alice", version=1, within=[Profile.email == "other"])


def test_a_version_that_the_mapper_counts(sessions: Sessions) -> None:
    with sessions.begin() as session:
        address = guard.edit(session, Address, "alice", version=1)
        address.street = "2 Bell Lane"
    with sessions() as session:
        assert session.get_one(Address, "alice").version > 1


def test_stale_data_is_a_conflict(sessions: Sessions) -> None:
    with sessions() as early:
        address = early.get_one(Address, "alice")
        with sessions.begin() as session:
            guard.edit(session, Address, "alice", version=1).street = "2 Bell Lane"
        address.street = "3 Bell Lane"
        with pytest.raises(Conflict), guard.conflicts():
            early.commit()
    with sessions() as session:
        assert session.get_one(Address, "alice").street == "2 Bell Lane"


def test_the_row_stays_locked(sessions: Sessions) -> None:
    with sessions() as first, sessions() as second:
        impatient(second)
        guard.edit(first, Profile, "alice", version=1)
        with pytest.raises(Exception, match=r"lock"):
            guard.edit(second, Profile, "alice", version=1)


def test_async(async_sessions: async_sessionmaker[AsyncSession], sessions: Sessions) -> None:
    async def edited() -> None:
        async with async_sessions.begin() as session:
            profile = await awaited.edit(session, Profile, "alice", version=1)
            profile.email = "a@example.net"
        async with async_sessions() as session:
            with pytest.raises(Conflict):
                await awaited.edit(session, Profile, "alice", version=1)

    asyncio.run(edited())
