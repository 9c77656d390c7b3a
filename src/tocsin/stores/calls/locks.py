"""Locks that several processes share and that are known by a name: advisory locks, lock files.

Sources: www.postgresql.org/docs/18, "Advisory Locks"; the readmes of django-pglocks, django-pglock
and sherlock.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_NAMED = "named lock"

LIBRARY = Library(
    name="locks",
    calls=(
        *rows(
            Act.MAKE,
            "",
            "django_pglocks.advisory_lock pglock.advisory django_pg_advisory.advisory_lock"
            " sherlock.Lock sherlock.RedisLock sqlalchemy_utils.advisory_lock"
            " portalocker.Lock portalocker.RedisLock",
            gives=_NAMED,
            word="named",
        ),
        Call(f"{_NAMED}.__enter__", Act.HOLD, word="advisory"),
        Call(f"{_NAMED}.acquire", Act.ACQUIRE, word="advisory"),
        Call(f"{_NAMED}.release", Act.RELEASE, word="advisory"),
    ),
)
