"""The effects of one function while it is interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.static.effect import Effect, Kind

LONGEST = 250
"""Effects kept of one function with all that it calls: more would say nothing more."""

_QUIET = frozenset({Kind.CALL, Kind.AWAIT})


@dataclass(slots=True, eq=False)
class Trace:
    """Effects in program order, and the numbers that guards and scopes were given."""

    effects: list[Effect] = field(default_factory=list)
    numbers: int = 0
    cut: bool = False

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def add(self, effect: Effect) -> int:
        """Append an effect; its index is what dependencies on it name."""
        if len(self.effects) >= LONGEST:
            self.cut = True
            return LONGEST
        if effect.kind in _QUIET and self._repeats(effect):
            return len(self.effects) - 1
        self.effects.append(effect)
        return len(self.effects) - 1

    def _repeats(self, effect: Effect) -> bool:
        """One chance to switch is as good as several in a row."""
        last = self.effects[-1] if self.effects else None
        return (
            last is not None
            and last.kind is effect.kind
            and last.verb in {"", effect.verb}
            and last.scopes == effect.scopes
            and last.guards == effect.guards
        )
