"""Guards for Django REST framework. Importing it needs configured settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connections, transaction
from django.http import Http404, HttpResponseBase
from rest_framework import permissions, views

from tocsin.guard.django.authorize import Grant, authorize
from tocsin.guard.django.blocks import atomic
from tocsin.guard.django.locks import in_transaction
from tocsin.guard.django.middleware import answer
from tocsin.guard.django.rows import Rows
from tocsin.guard.errors import Denied, GuardError, Missing


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """For the setting ``EXCEPTION_HANDLER``: refusals of guards, and what the framework knows.

    The framework answers inside the transaction of ``ATOMIC_REQUESTS``: that is rolled back first.
    """
    if not isinstance(error, GuardError):
        known: HttpResponseBase | None = views.exception_handler(error, context)
        return known
    views.set_rollback()
    return answer(error)


class AtomicMixin:
    """For views and view sets, first among the bases: each request is one transaction.

    It is rolled back where the answer is that of an exception. ``using`` names the connection.
    """

    using: str | None = None

    def dispatch(self, request: Any, *args: Any, **path: Any) -> Any:
        with atomic(self.using):
            told = super().dispatch(request, *args, **path)  # type: ignore[misc]
            if getattr(told, "exception", False):
                transaction.set_rollback(True, using=self.using)
            return told


class Authorized(permissions.BasePermission):  # type: ignore[misc]
    """A permission class for views that have ``get_grant`` and are an ``AtomicMixin``.

    It is asked in the transaction of the request and raises what ``authorize`` does.
    """

    def has_permission(self, _: Any, view: Any) -> bool:
        grant: Grant | Rows | None = view.get_grant()
        if grant is not None:
            authorize(grant)
        return True


class OwnedMixin(AtomicMixin):
    """For generic views and view sets, first among the bases: lists and objects, one rule.

    ``owned(rows)`` says which rows are theirs who ask. Others are in no list; asked for, they are
    a 404, or a 403 where that is not ``secret``. What is going to be changed is locked first, so
    the rule should be about columns of the rows themselves.
    """

    secret = True

    def owned(self, rows: Any) -> Any:
        """The rows of a queryset that belong to ``self.request.user``."""
        raise NotImplementedError(f"{type(self).__name__}.owned")

    def filter_queryset(self, rows: Any) -> Any:
        mine = self.owned(super().filter_queryset(rows))  # type: ignore[misc]
        request: Any = self.request  # type: ignore[attr-defined]
        if request.method in permissions.SAFE_METHODS:
            return mine
        able = connections[in_transaction(mine)].features
        of = ("self",) if able.has_select_for_update_of else ()
        return mine.select_for_update(of=of, no_key=able.has_select_for_no_key_update)

    def get_object(self) -> Any:
        try:
            return super().get_object()  # type: ignore[misc]
        except Http404:
            if self.secret:
                raise Missing("not found") from None
            field = self.lookup_field  # type: ignore[attr-defined]
            key = self.kwargs[self.lookup_url_kwarg or field]  # type: ignore[attr-defined]
            if self.get_queryset().filter(**{field: key}).exists():  # type: ignore[attr-defined]
                raise Denied("not yours") from None
            raise Missing("not found") from None
