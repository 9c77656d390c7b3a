"""HTTP Basic: who asks. What they may do is decided where it is done."""

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import abort, g, make_response, request
from sqlalchemy import select

from .models import User, db

P = ParamSpec("P")
View = Callable[P, Any]


def digest(password: str, salt: str) -> str:
    # Cheap on purpose: an example is asked thousands of times in a row.
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2, r=1, p=1).hex()


def unauthorized() -> Any:
    return make_response(
        {"error": "wrong name or password"}, 401, {"WWW-Authenticate": 'Basic realm="shop"'}
    )


def authenticate() -> Any:
    """Before every request; unknown names cost as much as wrong passwords."""
    given = request.authorization
    if given is None or given.type != "basic":
        return unauthorized()
    name, password = given.username or "", given.password or ""
    row = db.session.execute(
        select(User.salt, User.digest).where(User.username == name)
    ).one_or_none()
    salt, stored = (row.salt, row.digest) if row else ("", "")
    if not hmac.compare_digest(digest(password, salt), stored):
        return unauthorized()
    g.username = name
    return None


def role_required(*roles: str) -> Callable[[View[P]], View[P]]:
    """The usual decorator: the role is right when the view begins, and never asked again."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> Any:
            g.role = db.session.scalar(select(User.role).where(User.username == g.username))
            if g.role not in roles:
                abort(403, "not with your role")
            return view(*args, **kwargs)

        return checked

    return decorate


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


def kept(name: str, password: str) -> dict[str, str]:
    """What a row of users has of a password."""
    # The salt is the name, so that every run starts from the same bytes.
    return {"salt": name, "digest": digest(password, name)}
