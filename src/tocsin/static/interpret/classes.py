"""The classes of the project that values are of, by the name that a value has for its type."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.source.project import ClassSymbol
from tocsin.source.trail import FILE
from tocsin.static.mapping import Models


@dataclass(slots=True, eq=False)
class Classes:
    """Whoever gives a value a type says here which class it is, so that all find it.

    Models are known already. Of classes in one module with one name, as every ``Meta`` has it, the
    module's own counts, then the first: it must not matter which was met first.
    """

    models: Models
    _named: dict[str, ClassSymbol] = field(default_factory=dict)

    def get(self, name: str) -> ClassSymbol | None:
        """The class of that type."""
        found = self._named.get(name)
        if found is None:
            return self.models.class_of(name)
        self.models.project.trail.look(FILE, found.module.path)
        return found

    def add(self, symbol: ClassSymbol) -> None:
        name = symbol.qualname
        known = self._named.get(name)
        if known is None or _rank(symbol) < _rank(known):
            self._named[name] = symbol


def _rank(symbol: ClassSymbol) -> tuple[bool, int]:
    node = symbol.node
    return symbol.module.names.get(node.name) is not node, node.lineno
