"""HTTP Basic: who asks. What they may do is decided where it is done."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from .state import users_db

basic = HTTPBasic(realm="shop")


def digest(password: str, salt: str) -> str:
    # Cheap on purpose: an example is asked thousands of times in a row.
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2, r=1, p=1).hex()


async def username(credentials: Annotated[HTTPBasicCredentials, Depends(basic)]) -> str:
    """The name, if the password is theirs; unknown names cost as much as wrong passwords."""
    user = users_db.get(credentials.username)
    salt, stored = (user["salt"], user["digest"]) if user else ("", "")
    if not hmac.compare_digest(digest(credentials.password, salt), stored):
        raise HTTPException(
            401, "wrong name or password", {"WWW-Authenticate": 'Basic realm="shop"'}
        )
    return credentials.username


Me = Annotated[str, Depends(username)]


@dataclass(frozen=True)
class Caller:
    """A snapshot of the caller: their role as it was when the request came in."""

    username: str
    role: str


async def snapshot(me: Me) -> Caller:
    return Caller(me, users_db[me]["role"])


Snapshot = Annotated[Caller, Depends(snapshot)]
