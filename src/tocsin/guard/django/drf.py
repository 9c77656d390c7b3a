"""Guards for Django REST framework. Importing it needs configured settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponseBase
from rest_framework import views

from tocsin.guard.django.middleware import answer
from tocsin.guard.errors import GuardError


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """For the setting ``EXCEPTION_HANDLER``: refusals of guards, and what the framework knows.

    The framework answers inside the transaction of ``ATOMIC_REQUESTS``: that is rolled back first.
    """
    if not isinstance(error, GuardError):
        known: HttpResponseBase | None = views.exception_handler(error, context)
        return known
    views.set_rollback()
    return answer(error)
