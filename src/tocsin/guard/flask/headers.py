"""Preconditions of the request that is being answered."""

from __future__ import annotations

from flask import request

from tocsin.guard.preconditions import Preconditions
from tocsin.guard.preconditions import preconditions as parsed


def preconditions(*, required: bool = False) -> Preconditions:
    """What ``If-Match`` and ``If-None-Match`` say.

    Raises ``Malformed``, and ``PreconditionRequired`` if there is no ``If-Match`` where it is
    ``required``.
    """
    given = parsed(request.headers.getlist("If-Match"), request.headers.getlist("If-None-Match"))
    return given.required() if required else given
