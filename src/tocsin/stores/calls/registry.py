"""All tables, as one: look a dotted name up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.stores.calls import (
    caches,
    credentials,
    dbapi,
    django,
    django_forms,
    files,
    flask_login,
    graphene,
    guard,
    jobs,
    locks,
    mongo,
    peewee,
    pydantic,
    python,
    redis,
    remembering,
    rest_framework,
    sqlalchemy,
    telling,
    tortoise,
    web,
)
from tocsin.stores.calls.base import Call, Library

LIBRARIES: tuple[Library, ...] = (
    sqlalchemy.LIBRARY,
    django.LIBRARY,
    rest_framework.LIBRARY,
    django_forms.LIBRARY,
    graphene.LIBRARY,
    flask_login.LIBRARY,
    python.LIBRARY,
    files.LIBRARY,
    caches.LIBRARY,
    redis.LIBRARY,
    locks.LIBRARY,
    remembering.LIBRARY,
    credentials.LIBRARY,
    mongo.LIBRARY,
    tortoise.LIBRARY,
    jobs.LIBRARY,
    dbapi.LIBRARY,
    peewee.LIBRARY,
    pydantic.LIBRARY,
    web.LIBRARY,
    telling.LIBRARY,
    guard.LIBRARY,
)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of the libraries, ready to be asked."""

    calls: Mapping[str, Call]
    types: Mapping[str, str]
    parents: Mapping[str, str]
    refusals: Mapping[str, str]
    mapped: Mapping[str, str]
    signatures: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, libraries: tuple[Library, ...] = LIBRARIES) -> Knowledge:
        """The tables of these libraries in one."""
        return cls(
            calls={row.name: row for library in libraries for row in library.calls},
            types={name: short for library in libraries for name, short in library.types.items()},
            parents={one: other for library in libraries for one, other in library.parents.items()},
            refusals={name: what for lib in libraries for name, what in lib.refusals.items()},
            signatures={name: what for lib in libraries for name, what in lib.signatures.items()},
            mapped={name: library.name for library in libraries for name in library.mapped},
        )

    def function(self, name: str) -> Call | None:
        """The row of a function outside the project; ``module.*`` stands for all of a module."""
        return self.calls.get(name) or self.calls.get(f"{name.rpartition('.')[0]}.*")

    def method(self, type_: str, name: str) -> Call | None:
        """The row of a method, or attribute, of a type or of one that it inherits from.

        ``Type.*`` stands for every attribute that has no row of its own.
        """
        current: str | None = type_
        while current:
            row = self.calls.get(f"{current}.{name}") or self.calls.get(f"{current}.*")
            if row is not None:
                return row
            current = self.parents.get(current)
        return None

    def type(self, name: str) -> str:
        """The tables' name of a class; its own if they do not know it."""
        return self.types.get(name, name)
