"""Which module-level containers are changed at all, by what the source says of their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
_ASKED = "changing"
_ASIDE = frozenset({"tests", "test", "testing", "migrations"})


@dataclass(slots=True, eq=False)
class Changing:
    """The names that some statement of the project may change; made from text when first asked.

    Names are not told apart by module: one that is changed anywhere counts as changing.
    """

    project: Project
    _names: frozenset[bytes] | None = field(default=None)

    def __post_init__(self) -> None:
        self.project.trail.tell(_ASKED, self._changes)

    def __contains__(self, name: str) -> bool:
        self.project.trail.look(_ASKED, name)
        return self._changes(name)

    def _changes(self, name: str) -> bool:
        if self._names is None:
            self._names = frozenset(self._found())
        return name.encode() in self._names

    def _found(self) -> set[bytes]:
        names: set[bytes] = set()
        for file in self.project.files:
            if _ASIDE & set(file.parts[:-1]):
                continue
            for found in _CHANGED.findall(self.project.data(file)):
                names.update(word for each in found for word in each.replace(b",", b" ").split())
        return names
