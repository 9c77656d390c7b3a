"""Names that new code needs: found among the imports of a file, or added to them."""

from __future__ import annotations

import sys
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

    @property
    def bound(self) -> str:
        """The name that it gives a meaning in the file."""
        return self.alias or self.name or self.module


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
        if each.name:
            AddImportsVisitor.add_needed_import(context, each.module, each.name, each.alias or None)
        else:
            module = _with_module(module, each.module)
    return AddImportsVisitor(context).transform_module(module)


def _with_module(module: cst.Module, name: str) -> cst.Module:
    """``import name`` among its like, or before the first import of names."""
    if needed_module(module, name).imports == ():
        return module
    body = module.body
    plain = [i for i, each in enumerate(body) if _imported(each) and _imported(each) < name]
    others = [i for i, each in enumerate(body) if _is_import(each)]
    if plain:
        place = plain[-1] + 1
    else:
        start = 1 if module.get_docstring(clean=False) is not None else 0
        place = others[0] if others else start
    above = () if plain or not others else getattr(body[place], "leading_lines", ())
    new = cst.SimpleStatementLine(
        [cst.Import([cst.ImportAlias(cst.parse_expression(name))])],  # type: ignore[arg-type]
        leading_lines=above,
    )
    rest = list(body[place:])
    if not plain and others:
        # Modules of the standard library stand in a group of their own.
        gap = () if _is_standard(rest[0]) else (cst.EmptyLine(indent=False),)
        rest[0] = rest[0].with_changes(leading_lines=gap)
    return module.with_changes(body=(*body[:place], new, *rest))


def _imported(statement: cst.CSTNode) -> str:
    """The module that a plain import at the top of a file names; empty for all else."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return small.names[0].evaluated_name if isinstance(small, cst.Import) else ""


def _is_standard(statement: cst.CSTNode) -> bool:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if isinstance(small, cst.Import):
        return _imported(statement).partition(".")[0] in sys.stdlib_module_names
    if not isinstance(small, cst.ImportFrom) or small.relative or small.module is None:
        return False
    name = cst.helpers.get_full_name_for_node(small.module) or ""
    return name.partition(".")[0] in sys.stdlib_module_names


def _is_import(statement: cst.CSTNode) -> bool:
    """Whether a statement imports, and not from the future, which comes first."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    future = m.ImportFrom(module=m.Name("__future__"))
    return isinstance(small, cst.Import | cst.ImportFrom) and not m.matches(small, future)


def bound(module: cst.Module) -> frozenset[str]:
    """Every name that something in the file is bound to: the new import must not hide one."""
    found = {
        each.name.value
        for each in m.findall(module, m.FunctionDef() | m.ClassDef())
        if isinstance(each, cst.FunctionDef | cst.ClassDef)
    }
    stored = m.AssignTarget(m.Name()) | m.AnnAssign(m.Name())
    for each in m.findall(module, stored | m.Param() | m.ImportAlias()):
        if isinstance(each, cst.AssignTarget | cst.AnnAssign) and isinstance(each.target, cst.Name):
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
