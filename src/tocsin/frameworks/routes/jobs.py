"""Jobs: functions that a queue or a clock calls, known by the decorator that makes them so.

Sources: docs.celeryq.dev/en/stable/userguide/tasks.html, dramatiq.io/guide.html,
huey.readthedocs.io/en/latest/guide.html, python-rq.org/docs, apscheduler.readthedocs.io.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.frameworks.routes.base import Entry, Injected, functions
from tocsin.source.module import Module
from tocsin.source.names import decorators
from tocsin.source.project import FunctionSymbol, Project

_LIBRARIES = frozenset(
    {"celery", "dramatiq", "huey", "rq", "django_rq", "apscheduler", "flask_apscheduler"}
    | {"taskiq", "procrastinate", "flask_rq2"}
)
_WORDS = frozenset(
    {"shared_task", "task", "actor", "job", "scheduled_job"}
    | {"periodic_task", "db_task", "db_periodic_task"}
)


@dataclass(frozen=True, slots=True)
class Jobs:
    """Functions that begin work of their own, outside all requests."""

    name: str = "jobs"
    markers: tuple[bytes, ...] = tuple(word.encode() for word in sorted(_WORDS))
    apart: bool = True

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        for module in modules:
            for symbol in functions(module):
                if any(_is_job(name) for _, name in decorators(project, symbol)):
                    name = f"{module.name}.{symbol.qualname}"
                    yield Entry(name, "", symbol, receiver=symbol.owner, routed=False)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _is_job(name: str) -> bool:
    """Whether a decorator, by its dotted name, makes a job."""
    package, _, _ = name.partition(".")
    return package in _LIBRARIES and name.rpartition(".")[2] in _WORDS
