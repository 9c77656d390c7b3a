"""HTTP Basic: who asks. What they may do is decided where it is done."""

from functools import partial
from typing import Annotated

from fastapi import Depends

from tocsin.guard.basic import Counting, Gate, Hashes, Limits, Verified
from tocsin.guard.basic.scrypt import Scrypt
from tocsin.guard.fastapi.basic import BasicAuth
from tocsin.guard.limits import Attempts
from tocsin.guard.memory import Tallies, consume, refund
from tocsin.guard.sqlalchemy.accounts import AsyncAccounts, Table

from .db import AsyncDb, Db, async_sessions
from .models import User

# Cheap on purpose: an example is asked thousands of times in a row. Elsewhere it is Hashes().
passwords = Hashes(Scrypt(ln=1, r=1))
table = Table(User)
users = AsyncAccounts(async_sessions, table)


def counting(limit: Attempts) -> Counting:
    """In memory: several processes would count in a database, or in Redis."""
    tallies = Tallies()
    return Counting(partial(consume, tallies, limit), partial(refund, tallies, limit))


gate = Gate(
    accounts=users,
    passwords=passwords,
    limits=Limits(
        account=counting(Attempts("attempts for this account", 20, per=900)),
        address=counting(Attempts("attempts from this address", 100, per=900)),
    ),
    realm="shop",
    plain=True,  # for one's own machine; elsewhere passwords want HTTPS
)
Proof = Annotated[Verified, Depends(BasicAuth(gate))]


async def async_me(proof: Proof, db: AsyncDb) -> User:
    return await users.identity(db, proof)


async def async_me_to_change(proof: Proof, db: AsyncDb) -> User:
    return await users.identity(db, proof, change=True)


def me(proof: Proof, db: Db) -> User:
    return table.identity(db, proof)


# Who asks, as they are in the transaction of the endpoint, until it is committed.
AsyncMe = Annotated[User, Depends(async_me)]
AsyncMeToChange = Annotated[User, Depends(async_me_to_change)]
Me = Annotated[User, Depends(me)]


def kept(_: str, password: str) -> dict[str, str]:
    """What a row of users has of a password: the hash has a salt of its own."""
    return {"password": passwords.hash(password)}
