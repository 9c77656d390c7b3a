"""HTTP Basic: who asks. What they may do is decided where it is done."""

from functools import partial

from flask import abort, g, request

from tocsin.guard.basic import Counting, Gate, Hashes, Limits
from tocsin.guard.basic.scrypt import Scrypt
from tocsin.guard.flask import basic
from tocsin.guard.limits import Attempts
from tocsin.guard.memory import Tallies, consume, refund
from tocsin.guard.sqlalchemy.accounts import Accounts, Table

from .models import User, db

# Cheap on purpose: an example is asked thousands of times in a row. Elsewhere it is Hashes().
passwords = Hashes(Scrypt(ln=1, r=1))
# Sessions of their own, not the request's: they are committed whatever becomes of it.
users = Accounts(db.session.session_factory, Table(User))


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


def authenticate() -> None:
    """Before every request: ``g.proof`` says whose password was sent, and no more."""
    g.proof = basic.authenticate(gate)


def me(*, change: bool = False) -> User:
    """Who asks, as they are in the transaction of the view, until it is committed."""
    return users.identity(db.session, g.proof, change=change)


def kept(_: str, password: str) -> dict[str, str]:
    """What a row of users has of a password: the hash has a salt of its own."""
    return {"password": passwords.hash(password)}


def text(name: str) -> str:
    """A field of the JSON body."""
    value = (request.get_json(silent=True) or {}).get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 80:
        abort(400, f"{name}: a text of 1 to 80 characters")
    return value


def number(name: str) -> int:
    """A positive number, of the query or of the JSON body."""
    value = request.args.get(name, type=int) or (request.get_json(silent=True) or {}).get(name)
    if not isinstance(value, int) or value < 1:
        abort(400, f"{name}: a positive number")
    return value
