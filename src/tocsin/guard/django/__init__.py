"""Guards for Django; ``drf`` has those for Django REST framework.

``rights`` and ``drf`` import models: they are there once Django is set up.
"""

from tocsin.guard.django.authorize import Grant, authorize, authorized, holds, owns
from tocsin.guard.django.blocks import atomic
from tocsin.guard.django.files import download, receive
from tocsin.guard.django.headers import preconditions
from tocsin.guard.django.idempotency import asked, idempotent, respond
from tocsin.guard.django.limits import consume, refund, reset
from tocsin.guard.django.locks import lock
from tocsin.guard.django.middleware import GuardMiddleware
from tocsin.guard.django.records import once
from tocsin.guard.django.states import StateConflictMiddleware, unchanged
from tocsin.guard.django.taking import take
from tocsin.guard.django.transition import transition
from tocsin.guard.django.versions import edit
from tocsin.guard.django.views import AuthorizedMixin, authorized_view

__all__ = [
    "AuthorizedMixin",
    "Grant",
    "GuardMiddleware",
    "StateConflictMiddleware",
    "asked",
    "atomic",
    "authorize",
    "authorized",
    "authorized_view",
    "consume",
    "download",
    "edit",
    "holds",
    "idempotent",
    "lock",
    "once",
    "owns",
    "preconditions",
    "receive",
    "refund",
    "reset",
    "respond",
    "take",
    "transition",
    "unchanged",
]
