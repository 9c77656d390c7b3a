"""What settings say of all transactions: one around each request, and how isolated they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tocsin.source.files import SourceFile
from tocsin.source.project import Project
from tocsin.static.effect import REFUSED
from tocsin.static.interpret.handlers import last_name

STRICT = frozenset({"SERIALIZABLE", "REPEATABLE READ"})
"""The levels at which a database refuses to write over what a transaction has not seen."""

_WORDS = (b"ATOMIC_REQUESTS", b"isolation_level", b"ISOLATION_LEVEL", b"mark_error_retryable")
_ENGINES = frozenset({"create_engine", "create_async_engine", "engine_from_config"})
_ATOMIC = "ATOMIC_REQUESTS"
_LEVEL = re.compile(r"serializable|repeatable[ _]read", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """``atomic`` where Django opens a transaction for each request; levels by library.

    A level is known only where every place that says one says the same. ``plain_rights`` where
    settings are there and none names another authentication backend than Django's own. With
    ``retried`` a request that a constraint has refused is made once more (pyramid_retry).
    """

    atomic: bool = False
    levels: Mapping[str, str] = field(default_factory=dict)
    plain_rights: bool = False
    retried: bool = False

    def level(self, kind: str) -> str:
        """The isolation level that a library's connections have; empty for the usual one."""
        return self.levels.get("sqlalchemy" if kind == "sqlmodel" else kind, "")


USUAL = Settings()
"""Nothing is said: each statement commits by itself, at the database's own level."""


def settings(project: Project, files: Iterable[SourceFile]) -> Settings:
    """Read those of the files that say something of this."""
    atomic: set[bool] = set()
    levels: dict[str, set[str]] = {}
    engines = 0
    set_up = others = retried = False
    for file in files:
        data = project.data(file)
        set_up = set_up or b"INSTALLED_APPS" in data
        others = others or b"AUTHENTICATION_BACKENDS" in data
        engines += data.count(b"create_engine(") + data.count(b"create_async_engine(")
        module = project.module(file) if any(word in data for word in _WORDS) else None
        for node in ast.walk(module.tree) if module is not None else ():
            match node:
                case ast.Dict():
                    atomic.update(_atomic(_entries(node)))
                    level = _level(dict(_entries(node)).get("isolation_level"))
                    if level:
                        levels.setdefault("django", set()).add(level)
                case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
                    atomic.update(_atomic([(_text(key), value)]))
                case ast.Call(args=[error]) if _called(node) == "mark_error_retryable":
                    retried = retried or last_name(error) in REFUSED
                case ast.Call() if _called(node) in _ENGINES:
                    given = {each.arg: each.value for each in node.keywords}
                    levels.setdefault("sqlalchemy", set()).add(_level(given.get("isolation_level")))
                case _:
                    pass
    if engines > 1 and "sqlalchemy" in levels:
        levels["sqlalchemy"].add("")  # another engine says nothing: whose session is it?
    known = {kind: next(iter(each)) for kind, each in levels.items() if len(each) == 1}
    strict = {kind: each for kind, each in known.items() if each}
    return Settings(atomic == {True}, strict, set_up and not others, retried)


def _entries(node: ast.Dict) -> list[tuple[str, ast.expr]]:
    pairs = zip(node.keys, node.values, strict=True)
    return [(_text(key), value) for key, value in pairs if key is not None]


def _atomic(entries: Iterable[tuple[str, ast.expr]]) -> Iterator[bool]:
    for name, value in entries:
        if name == _ATOMIC:
            said = _default(value)
            if said is not None:
                yield said


def _default(value: ast.expr) -> bool | None:
    """A truth value, or the one that stands in where the environment says nothing."""
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return value.value
    if isinstance(value, ast.Call):
        given = [*value.args[1:], *(each.value for each in value.keywords if each.arg == "default")]
        return next(filter(lambda each: each is not None, map(_default, given)), None)
    return None


def _level(value: ast.expr | None) -> str:
    """``"SERIALIZABLE"``, ``IsolationLevel.REPEATABLE_READ``; empty for all others."""
    match value:
        case ast.Constant(value=str(text)) | ast.Attribute(attr=text):
            found = _LEVEL.search(text)
            return found[0].upper().replace("_", " ") if found else ""
        case _:
            return ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
