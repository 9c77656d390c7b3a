"""HTTP Basic: who asks. What they may do is decided where it is done."""

import hashlib
import hmac
from collections.abc import Sequence
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


AsyncMe = Annotated[str, Depends(async_username)]
Me = Annotated[str, Depends(username)]
