"""State that a request relies on, compared again before it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse

from tocsin.guard.django.blocks import atomic
from tocsin.guard.django.locks import in_transaction
from tocsin.guard.django.middleware import answer
from tocsin.guard.django.rows import Rows, queryset
from tocsin.guard.errors import Conflict, GuardError

_READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def unchanged(*rows: Rows) -> Iterator[tuple[list[tuple[Any, ...]], ...]]:
    """Read some state that must not have been changed by others when the block writes.

    Its value are the rows of each queryset, as tuples. Before the first statement of the block
    that writes, or at its end, they are read once more, locked until the end of the transaction:
    if they are other rows by then, or say something else, that is a ``Conflict``. What the block
    itself does to them afterwards is its own affair. Rows that are not there cannot be held.

    Raises ``RuntimeError`` outside a transaction, and ``ValueError`` for several databases.
    """
    asked = [queryset(each) for each in rows]
    used = {in_transaction(each) for each in asked}
    if len(used) != 1:
        raise ValueError("unchanged: querysets of one database")
    (using,) = used
    states = [each.using(using).values_list() for each in asked]
    found = tuple(list(state) for state in states)
    watch = _Watch(states, [_comparable(each) for each in found])
    with connections[using].execute_wrapper(watch.before_statement):
        yield found
        watch.verify()


class StateConflictMiddleware:
    """Each request is a transaction, and what it relies on must not be changed by others.

    A base class: ``states`` says what that is. It stands in ``MIDDLEWARE`` before
    ``GuardMiddleware``; an answer of 400 or more rolls back.
    """

    using: str | None = None
    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def states(self, request: HttpRequest) -> Sequence[Rows]:
        """What the request relies on; nothing, if there is none."""
        raise NotImplementedError(f"{type(self).__name__}.states")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            with atomic(self.using):
                return self._answered(request)
        except GuardError as error:
            return answer(error)

    def _answered(self, request: HttpRequest) -> HttpResponse:
        states = self.states(request)
        if not states:
            return self._kept(self._get_response(request))
        with unchanged(*states):
            return self._kept(self._get_response(request))

    def _kept(self, told: HttpResponse) -> HttpResponse:
        if told.status_code >= 400:
            transaction.set_rollback(True, using=self.using)
        return told


@dataclass(slots=True)
class _Watch:
    """What was seen; nothing, once it is verified and locked."""

    states: list[Any]
    seen: list[list[str]]

    def before_statement(
        self, execute: Callable[..., Any], sql: Any, parameters: Any, many: Any, context: Any
    ) -> Any:
        if not str(sql).lstrip(" (\n").upper().startswith(_READING):
            self.verify()
        return execute(sql, parameters, many, context)

    def verify(self) -> None:
        states, self.states = self.states, []
        try:
            _compare(states, self.seen)
        except BaseException:
            # Whoever swallows that gets no further: neither by another statement nor at the end.
            self.states = states
            raise


def _compare(states: Sequence[Any], seen: Sequence[list[str]]) -> None:
    for state, before in zip(states, seen, strict=False):
        if not connections[state.db].needs_rollback and (
            _comparable(state.select_for_update()) != before
        ):
            raise Conflict("what this relies on was changed meanwhile: try again")


def _comparable(rows: Any) -> list[str]:
    return sorted(map(repr, rows))
