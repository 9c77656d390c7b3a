"""HTTP Basic: who asks. What they may do is decided where it is done."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from sqlalchemy import select

from .db import AsyncDb, Db
from .models import User

basic = HTTPBasic(realm="shop")
Credentials = Annotated[HTTPBasicCredentials, Depends(basic)]


def digest(password: str, salt: str) -> str:
    # Cheap on purpose: an example is asked thousands of times in a row.
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2, r=1, p=1).hex()


def verified(credentials: HTTPBasicCredentials, row: Sequence[Any] | None) -> str:
    """The name, if the password is theirs; unknown names cost as much as wrong passwords."""
    salt, stored = (row[0], row[1]) if row else ("", "")
    if not hmac.compare_digest(digest(credentials.password, salt), stored):
        raise HTTPException(
            401, "wrong name or password", {"WWW-Authenticate": 'Basic realm="shop"'}
        )
    return credentials.username


async def async_username(credentials: Credentials, db: AsyncDb) -> str:
    known = select(User.salt, User.digest).where(User.username == credentials.username)
    return verified(credentials, (await db.execute(known)).one_or_none())


def username(credentials: Credentials, db: Db) -> str:
    known = select(User.salt, User.digest).where(User.username == credentials.username)
    return verified(credentials, db.execute(known).one_or_none())


@dataclass(frozen=True)
class Caller:
    """A snapshot of the caller: their role as it was when the request came in."""

    username: str
    role: str


async def snapshot(credentials: Credentials, db: AsyncDb) -> Caller:
    known = select(User.salt, User.digest, User.role).where(User.username == credentials.username)
    row = (await db.execute(known)).one_or_none()
    return Caller(verified(credentials, row), row.role if row else "")


AsyncMe = Annotated[str, Depends(async_username)]
Me = Annotated[str, Depends(username)]
Snapshot = Annotated[Caller, Depends(snapshot)]


def kept(name: str, password: str) -> dict[str, str]:
    """What a row of users has of a password."""
    # The salt is the name, so that every run starts from the same bytes.
    return {"salt": name, "digest": digest(password, name)}
