"""Uniqueness that a serializer states by a validator, as code of the serializer's own class."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from keyword import iskeyword

from tocsin.source.names import inherited, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    Project,
    VariableSymbol,
)
from tocsin.static.declared import keyword, strings
from tocsin.static.interpret.frame import Frame

_TOGETHER = "rest_framework.validators.UniqueTogetherValidator"
_ASKED = """
def validators(self, data):
    if rows.filter().exists():
        raise ValidationError
"""


def stated(frame: Frame, symbol: ClassSymbol) -> tuple[FunctionSymbol, ...]:
    """What ``Meta.validators`` look up: each a function, at the line of the validator."""
    machine = frame.machine
    return machine.project.trail.once(
        machine.stated, symbol.node, lambda: tuple(_validators(machine.project, symbol))
    )


def _validators(project: Project, symbol: ClassSymbol) -> Iterator[FunctionSymbol]:
    meta = inherited(project, symbol, "Meta")
    found = inherited(project, meta, "validators") if isinstance(meta, ClassSymbol) else None
    if not isinstance(found, VariableSymbol):
        return
    for call in getattr(found.assigned.value, "elts", []):
        known = named(project, found.module, call.func) if isinstance(call, ast.Call) else None
        if isinstance(known, ExternalSymbol) and known.name == _TOGETHER:
            rows, fields = keyword(call, "queryset"), keyword(call, "fields")
            names = strings(fields) if fields is not None else []
            if rows is not None and names and all(map(_is_name, names)):
                yield FunctionSymbol(found.module, _asking(rows, names, call), symbol)


def _is_name(field: str) -> bool:
    """Whether a field can be named in code; what cannot is no column either."""
    return field.isidentifier() and not iskeyword(field)


def _asking(rows: ast.expr, fields: Sequence[str], call: ast.Call) -> ast.FunctionDef:
    """``if rows.filter(a=data["a"], b=data["b"]).exists(): raise ValidationError``."""
    keys = ", ".join(f"{name}=data[{name!r}]" for name in fields)
    node = ast.parse(_ASKED.replace("filter()", f"filter({keys})")).body[0]
    assert isinstance(node, ast.FunctionDef)  # noqa: S101 - it is the text above
    for each in ast.walk(node):
        if hasattr(each, "lineno"):
            each.lineno = each.end_lineno = call.lineno  # type: ignore[attr-defined]
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and each.attr == "filter":
            each.value = rows
    return node
