"""A right around a view: the view is the transaction in which it was asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from tocsin.guard.django.authorize import Grant, authorized
from tocsin.guard.django.rows import Rows


def authorized_view(
    rule: Callable[..., Grant | Rows], *, into: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of views, under DRF's ``api_view``; see ``authorize``.

    ``rule`` takes the request and what the view takes from the path, and returns a queryset or
    what ``holds``, ``owns``, ``in_group`` and ``permitted`` make. The right and what the view does
    are one transaction, rolled back when the view raises. ``into`` names the argument that takes
    the row. Raises ``TypeError`` for a view that is a coroutine: transactions of Django are not. ::

        @authorized_view(lambda request, pk: owns(Item, pk, owner=request.user), into="item")
        def rename(request, pk, item): ...
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(view):
            raise TypeError("Django's transactions are not for coroutines: make it a plain view")

        @wraps(view)
        def guarded(request: Any, *args: Any, **path: Any) -> Any:
            with authorized(rule(request, *args, **path)) as row:
                return view(request, *args, **path, **({} if into is None else {into: row}))

        return guarded

    return decorate


class AuthorizedMixin:
    """For class-based views, first among the bases: they have a ``get_grant``.

    The right and what the view does are one transaction; ``granted`` is the row while it lasts.
    """

    granted: Any = None

    def get_grant(self) -> Grant | Rows:
        """The right that the view needs."""
        raise NotImplementedError(f"{type(self).__name__}.get_grant")

    def dispatch(self, request: Any, *args: Any, **path: Any) -> Any:
        with authorized(self.get_grant()) as self.granted:
            answer = super().dispatch(request, *args, **path)  # type: ignore[misc]
            if hasattr(answer, "render") and not getattr(answer, "is_rendered", True):
                # Templates read lazily: inside, what they show is what was allowed.
                answer = answer.render()
            return answer
