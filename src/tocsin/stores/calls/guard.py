"""``tocsin.guard``: what its verbs look at, lock, change and refuse.

A verb refuses by raising, so whoever has passed it was allowed. ``shape`` says how a verb is told
which rows it is about: ``model`` by a class and a key, ``rows`` by a SELECT or a queryset. Verbs of
the ``asyncio`` modules do nothing until they are awaited.

Sources: docs/how-to/guard-*.md.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library

ATTEMPTS = "tocsin.guard.Attempts"
"""The type of a limit that counts tries of a secret."""

TALLIES = "tocsin.guard.Tallies"
"""The type of what keeps tallies in this process."""

AWAITED = "awaited"
"""The store of verbs that are to be awaited."""

REFUSALS = {
    "Conflict": "409",
    "Denied": "403",
    "Malformed": "400",
    "Missing": "404",
    "PreconditionFailed": "412",
    "PreconditionRequired": "428",
    "TooLarge": "413",
    "TooMany": "429",
    "Unauthenticated": "401",
    "Unprocessable": "422",
}
"""The exceptions that guards refuse with, and the status that each is answered with."""

CATCHES = frozenset({*REFUSALS, "GuardError", "Exception", "BaseException"})
"""Names of exceptions whose handlers get a refusal."""

_SQL, _AWAITED_SQL = "tocsin.guard.sqlalchemy", "tocsin.guard.sqlalchemy.asyncio"
_DJANGO = "tocsin.guard.django"
_REDIS, _AWAITED_REDIS = "tocsin.guard.redis", "tocsin.guard.redis.asyncio"
_MEMORY = "tocsin.guard.memory"

ATOMIC_VIEWS = frozenset(
    {
        f"{_DJANGO}.AuthorizedMixin",
        f"{_DJANGO}.drf.AtomicMixin",
        f"{_DJANGO}.drf.OwnedMixin",
    }
)
"""Bases by which each request to a view is one transaction."""

_SHAPES = {
    "lock": "model",
    "transition": "model",
    "edit": "model",
    "authorize": "rows",
    "authorized": "rows",
    "execute": "statement",
}


def _verbs(module: str, names: str, subject: int, store: str = "") -> tuple[Call, ...]:
    return tuple(
        Call(
            f"{module}.{name}",
            Act.GUARD,
            subject=subject,
            shape=_SHAPES.get(name, ""),
            word=name,
            store=store,
        )
        for name in names.split()
    )


_ON_A_SESSION = "lock transition edit authorize execute consume take once unchanged"

_CALLS = (
    *_verbs(_SQL, _ON_A_SESSION, 1),
    *_verbs(_AWAITED_SQL, _ON_A_SESSION, 1, AWAITED),
    *_verbs(_DJANGO, "lock transition edit authorize consume take once unchanged", 0),
    *_verbs(_REDIS, "consume once", 1),
    *_verbs(_AWAITED_REDIS, "consume once", 1, AWAITED),
    *_verbs(_MEMORY, "consume", 1),
    # A right is a question: the rows that are asked for.
    Call(f"{_SQL}.holds", Act.SAME, subject=0),
    Call(f"{_DJANGO}.holds", Act.SAME, subject=0),
    Call(f"{_SQL}.owns", Act.GUARD, subject=0, word="owns", shape="model"),
    Call(f"{_DJANGO}.owns", Act.GUARD, subject=0, word="owns", shape="model"),
    Call(f"{_DJANGO}.atomic", Act.TRANSACTION),
    # As decorators: the view and what it is asked for are one transaction.
    Call(f"{_DJANGO}.authorized_view", Act.TRANSACTION),
    Call(f"{_DJANGO}.idempotent", Act.TRANSACTION),
    Call(f"{_MEMORY}.Tallies", Act.MAKE, TALLIES),
    Call("tocsin.guard.limits.Attempts", Act.MAKE, ATTEMPTS),
)

LIBRARY = Library(
    name="guard",
    calls=_CALLS,
    types={f"{_MEMORY}.Tallies": TALLIES, "tocsin.guard.limits.Attempts": ATTEMPTS},
    refusals={f"tocsin.guard.errors.{name}": status for name, status in REFUSALS.items()},
)
