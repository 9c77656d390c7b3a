"""HTTP Basic authentication for Django REST framework. Importing it needs configured settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from tocsin.guard.basic import Gate, Verified
from tocsin.guard.basic.challenge import challenge
from tocsin.guard.django.basic import authenticate


@dataclass(frozen=True, slots=True)
class Proven:
    """What ``request.user`` is: somebody who is authenticated, with no roles to remember.

    ``Accounts.identity(request.auth)`` has them, in the transaction that uses them.
    """

    username: str
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True

    def __str__(self) -> str:
        return self.username


class BasicAuthentication(BaseAuthentication):  # type: ignore[misc] # comes without types
    """Subclass it with a ``gate`` and name that in ``authentication_classes``.

    Under ``ATOMIC_REQUESTS`` it is within the transaction of the view, which a refusal rolls back:
    attempts are then counted elsewhere than in that database.
    """

    gate: Gate

    def authenticate(self, request: Request) -> tuple[Proven, Verified]:
        verified = authenticate(request._request, self.gate)
        return Proven(verified.username), verified

    def authenticate_header(self, _: Any) -> str:
        return challenge(self.gate.realm)
