"""Preconditions of a request."""

from __future__ import annotations

from django.http import HttpRequest

from tocsin.guard.preconditions import Preconditions
from tocsin.guard.preconditions import preconditions as parsed


def preconditions(request: HttpRequest, *, required: bool = False) -> Preconditions:
    """What ``If-Match`` and ``If-None-Match`` say, of a request of Django or DRF.

    Raises ``Malformed``, and ``PreconditionRequired`` if there is no ``If-Match`` where it is
    ``required``.
    """
    given = parsed(request.headers.get("If-Match"), request.headers.get("If-None-Match"))
    return given.required() if required else given
