"""What a client sends to say who it is.

Sources: fastapi.tiangolo.com/reference/security/#fastapi.security.HTTPBasicCredentials,
werkzeug.palletsprojects.com/en/stable/datastructures/#werkzeug.datastructures.Authorization.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library

SECRET = "web.Secret"  # noqa: S105 - a type's name
"""The type of what only its owner knows."""

_GIVEN = "web.Credentials"

LIBRARY = Library(
    name="credentials",
    calls=(
        Call("flask.request.authorization", Act.ATTRIBUTE, _GIVEN),
        Call("quart.request.authorization", Act.ATTRIBUTE, _GIVEN),
        Call(f"{_GIVEN}.password", Act.ATTRIBUTE, SECRET),
    ),
    types=dict.fromkeys(
        (
            "fastapi.security.HTTPBasicCredentials",
            "fastapi.security.http.HTTPBasicCredentials",
            "werkzeug.datastructures.Authorization",
        ),
        _GIVEN,
    ),
)

CLAIMS = frozenset(
    {
        "user_id",
        "current_user_id",
        "account_id",
        "username",
        "user_name",
        "user",
        "current_user",
        "role",
        "is_admin",
        "is_superuser",
    }
)
"""Parameters that say who asks, or what they may."""
