"""Flask-Login, and what is built on it: who asks, under the name of a proxy.

Sources: flask-login.readthedocs.io, flask-security.readthedocs.io. The proxy is the answer of the
application's ``user_loader``, asked once in a request; ``store`` is the base of its class.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library

_MIXIN = "flask_login.UserMixin"

LIBRARY = Library(
    name="flask-login",
    calls=(
        Call("flask_login.current_user", Act.IDENTITY, store=_MIXIN),
        Call("flask_login.utils.current_user", Act.IDENTITY, store=_MIXIN),
        Call("flask_security.current_user", Act.IDENTITY, store="flask_security.UserMixin"),
    ),
)
