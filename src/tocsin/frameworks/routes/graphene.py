"""Graphene: the mutations of a GraphQL schema, each a class that the schema names as a field.

Source: docs.graphene-python.org, "Mutations".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.frameworks.routes.base import Entry, Injected
from tocsin.source.module import Assigned, Module, members
from tocsin.source.names import ancestors, inherited, named
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol, Project

INFO = "graphene.Info"
_METHODS = ("mutate", "mutate_and_get_payload")
_GIVEN = (("info", INFO), ("_info", INFO))


@dataclass(frozen=True, slots=True)
class GrapheneRoutes:
    """See the module."""

    name: str = "graphene"
    markers: tuple[bytes, ...] = (b".Field()",)
    apart: bool = True

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        for module in modules:
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef):
                    yield from _fields(project, ClassSymbol(module, node))

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _fields(project: Project, schema: ClassSymbol) -> Iterator[Entry]:
    """``order_cancel = OrderCancel.Field()``."""
    for name, binding in members(schema.node).items():
        match binding:
            case Assigned(
                value=ast.Call(func=ast.Attribute(value=ast.Name() as class_, attr="Field"))
            ):
                owner = named(project, schema.module, class_)
                if isinstance(owner, ClassSymbol) and _is_mutation(project, owner):
                    yield from _entry(project, owner, _camel(name))
            case _:
                pass


def _is_mutation(project: Project, owner: ClassSymbol) -> bool:
    return any(
        isinstance(each, ExternalSymbol) and each.name.startswith("graphene")
        for each in ancestors(project, owner)
    )


def _entry(project: Project, owner: ClassSymbol, field: str) -> Iterator[Entry]:
    for name in _METHODS:
        found = inherited(project, owner, name)
        if isinstance(found, FunctionSymbol):
            endpoint = f"POST /graphql#{field}"
            yield Entry(endpoint, "django", found, receiver=owner, typed=_GIVEN)
            return


def _camel(name: str) -> str:
    """A field's name, as schemas write it."""
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)
