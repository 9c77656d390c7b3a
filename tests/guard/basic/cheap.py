"""An algorithm for passwords that costs nothing and counts what it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Cheap:
    """``$cheap$round$password``."""

    rounds: int = 1
    name: str = "cheap"
    verified: list[str] = field(default_factory=list)

    def owns(self, stored: str) -> bool:
        return stored.startswith(f"${self.name}$")

    def hash(self, password: str) -> str:
        return f"${self.name}${self.rounds}${password}"

    def verify(self, stored: str, password: str) -> bool:
        self.verified.append(stored)
        if stored.count("$") < 3:
            raise ValueError("not one of these")
        return stored.split("$", 3)[3] == password

    def stale(self, stored: str) -> bool:
        return stored.split("$", 3)[2] != str(self.rounds)
