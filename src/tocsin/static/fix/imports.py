"""Names that new code needs: found among the imports of a file, or added to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """``from module import name as alias``; without a name, ``import module``."""

    module: str
    name: str = ""
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Needed:
    """How a name is written in a file, and what has to be imported for that."""

    text: str
    imports: tuple[Import, ...] = ()


def needed(module: cst.Module, source: str, name: str) -> Needed:
    """A name of a library, as the file can say it.

    An import that is there is used, whatever it calls the name; a new one steps aside for other
    meanings that the name has in the file.
    """
    known = [text for each in _imports(module) if (text := _known(each, source, name))]
    if known:
        return Needed(min(known, key=lambda text: text.count(".")))
    alias = "" if name not in bound(module) else f"{source.partition('.')[0]}_{name}"
    return Needed(alias or name, (Import(source, name, alias),))


def needed_module(module: cst.Module, name: str) -> Needed:
    """A module of the standard library, as the file can say it."""
    for statement in _imports(module):
        if isinstance(statement, cst.Import):
            for alias in statement.names:
                if alias.evaluated_name == name:
                    return Needed(alias.evaluated_alias or name)
    return Needed(name, (Import(name),))


def added(module: cst.Module, wanted: Iterable[Import]) -> cst.Module:
    """The module with imports added where they belong; those that are there stay alone."""
    context = CodemodContext()
    for each in sorted(set(wanted)):
        AddImportsVisitor.add_needed_import(
            context, each.module, each.name or None, each.alias or None
        )
    return AddImportsVisitor(context).transform_module(module)


def bound(module: cst.Module) -> frozenset[str]:
    """Every name that something in the file is bound to: the new import must not hide one."""
    found = {
        each.name.value
        for each in m.findall(module, m.FunctionDef() | m.ClassDef())
        if isinstance(each, cst.FunctionDef | cst.ClassDef)
    }
    for each in m.findall(module, m.AssignTarget(m.Name()) | m.Param() | m.ImportAlias()):
        if isinstance(each, cst.AssignTarget) and isinstance(each.target, cst.Name):
            found.add(each.target.value)
        elif isinstance(each, cst.Param):
            found.add(each.name.value)
        elif isinstance(each, cst.ImportAlias):
            found.add(each.evaluated_alias or each.evaluated_name.partition(".")[0])
    return frozenset(found)


def _imports(module: cst.Module) -> list[cst.Import | cst.ImportFrom]:
    return [
        small
        for statement in module.body
        if isinstance(statement, cst.SimpleStatementLine)
        for small in statement.body
        if isinstance(small, cst.Import | cst.ImportFrom)
    ]


def _known(statement: cst.Import | cst.ImportFrom, source: str, name: str) -> str:
    if isinstance(statement.names, cst.ImportStar):
        return ""
    dotted = (
        cst.helpers.get_absolute_module_for_import(None, statement)
        if isinstance(statement, cst.ImportFrom) and not statement.relative
        else None
    )
    for alias in statement.names:
        if isinstance(statement, cst.Import):
            if alias.evaluated_name == source:
                return f"{alias.evaluated_alias or source}.{name}"
        elif dotted == source and alias.evaluated_name == name:
            return alias.evaluated_alias or name
        elif dotted and f"{dotted}.{alias.evaluated_name}" == source:
            return f"{alias.evaluated_alias or alias.evaluated_name}.{name}"
    return ""
