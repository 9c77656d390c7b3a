"""Which module-level containers are changed at all, by what the source says of their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tocsin.source.facts import Fact
from tocsin.source.files import SourceFile
from tocsin.source.project import Project

_METHODS = (
    "append|add|appendleft|clear|discard|extend|insert|move_to_end|pop|popitem|popleft|remove|"
    "setdefault|sort|update"
)
_CHANGED = re.compile(
    rb"\b(\w+)(?:\.(?:%s)\(|(?:\[[^\]\n]*\])+[ \t]*(?:[-+|&*]|//?)?=(?!=))|"
    rb"\bdel[ \t]+(\w+)\[|\bglobal[ \t]+([\w, \t]+)|^[ \t]*(\w+)[ \t]*[-+|&]=" % _METHODS.encode(),
    re.MULTILINE,
)
_WORD = re.compile(rb"\w+")
_ASKED = "changing"
_NAMES: Fact[list[str]] = Fact("changing", list[str])
_ASIDE = frozenset({"tests", "test", "testing", "migrations"})


@dataclass(slots=True, eq=False)
class Changing:
    """The names that some statement of the project may change; made from text when first asked.

    Names are not told apart by module: one that is changed anywhere counts as changing.
    """

    project: Project
    _names: frozenset[str] | None = field(default=None)

    def __post_init__(self) -> None:
        self.project.trail.tell(_ASKED, self._changes)

    def __contains__(self, name: str) -> bool:
        self.project.trail.look(_ASKED, name)
        return self._changes(name)

    def _changes(self, name: str) -> bool:
        if self._names is None:
            self._names = frozenset(self._found())
        return name in self._names

    def _found(self) -> set[str]:
        names: set[str] = set()
        for file in self.project.files:
            if _ASIDE & set(file.parts[:-1]):
                continue
            names |= {*self.project.fact(_NAMES, file, self._changed)}
        return names

    def _changed(self, file: SourceFile) -> list[str]:
        every = _CHANGED.findall(self.project.data(file))
        words = (word for found in every for each in found for word in _WORD.findall(each))
        return sorted({word.decode("utf-8", "replace") for word in words})
