"""Signals of Django's models: functions that run inside of somebody's ``save`` and ``delete``.

Source: docs.djangoproject.com/en/5.2/topics/signals and ref/signals.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.frameworks.routes.base import Entry, Injected, functions, keyword, statements
from tocsin.source.module import Module
from tocsin.source.names import decorators, named
from tocsin.source.project import ClassSymbol, FunctionSymbol, Project

_SIGNALS = tuple(
    f"django.db.models.signals.{name}"
    for name in ("pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")
)
_RECEIVER = "django.dispatch.receiver"


@dataclass(frozen=True, slots=True)
class Signals:
    """Receivers whose sender is named: they are handed a row of it."""

    name: str = "signals"
    markers: tuple[bytes, ...] = (b"models.signals", b"import signals")
    apart: bool = True

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        for module in modules:
            for symbol in functions(module):
                for node, name in decorators(project, symbol):
                    if name == _RECEIVER and isinstance(node, ast.Call):
                        yield from _entry(project, module, symbol, node)
            yield from _connected(project, module)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _connected(project: Project, module: Module) -> Iterator[Entry]:
    """``post_save.connect(handler, sender=Order)``."""
    for call in statements(module):
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "connect":
            continue
        known = getattr(named(project, module, call.func.value), "name", "") in _SIGNALS
        handler = keyword(call, "receiver") or next(iter(call.args), None)
        symbol = named(project, module, handler) if known and handler is not None else None
        if isinstance(symbol, FunctionSymbol):
            yield from _entry(project, module, symbol, call)


def _entry(
    project: Project, module: Module, symbol: FunctionSymbol, call: ast.Call
) -> Iterator[Entry]:
    sender = keyword(call, "sender")
    owner = named(project, module, sender) if sender is not None else None
    if isinstance(owner, ClassSymbol):
        name = f"{symbol.module.name}.{symbol.qualname}"
        yield Entry(name, "", symbol, rows=(("instance", owner),), routed=False)
