"""What a scan of an address has settled so far, in a file: one that was interrupted can go on.

A line for each attack, written when it is over: whoever is killed loses the one under way.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tocsin.model.finding import Finding
from tocsin.model.secret import Secret
from tocsin.model.verdict import PairResult, RequestRef
from tocsin.report.witness import WitnessError, converted, scrub, written

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Settled:
    """One attack: what became of it, if anything was to be told, and the finding that it made."""

    check: str
    requests: tuple[RequestRef, ...]
    unit: PairResult | None = None
    finding: Finding | None = None
    schema_version: int = SCHEMA_VERSION


Key = tuple[str, tuple[RequestRef, ...]]


@dataclass(slots=True)
class Unfinished:
    """The file of one address. ``secrets`` are those of that moment: none gets into the file."""

    path: Path
    secrets: Callable[[], Iterable[Secret]]
    _settled: dict[Key, Settled] = field(default_factory=dict)
    _lost: bool = False

    @classmethod
    def of(cls, folder: Path, address: str, secrets: Callable[[], Iterable[Secret]]) -> Unfinished:
        """The file of this address in a folder; it need not be there."""
        name = re.sub(r"[^A-Za-z0-9.]+", "-", address.partition("://")[2]).strip("-")
        return cls(folder / f"{name}.jsonl", secrets)

    def taken_up(self) -> int:
        """Read what an earlier scan has settled; how many attacks. A line cut short is none."""
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError:
            return 0
        for line in lines:
            one = _parsed(line)
            if one is not None:
                self._settled[one.check, one.requests] = one
        return len(self._settled)

    def begun(self) -> str:
        """Forget what an earlier scan has left, unless it was taken up.

        Gives the reason why nothing can be written down, if so: no scan fails for that.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = "".join(map(self._line, self._settled.values()))
            self.path.write_text(text, encoding="utf-8")
        except OSError as error:
            self._lost = True
            return f"{self.path}: cannot be written, so --resume has nothing: {error.strerror}"
        return ""

    def known(self, check: str, refs: tuple[RequestRef, ...]) -> Settled | None:
        """What is known of this attack from before."""
        return self._settled.get((check, scrub(refs, self.secrets())))

    def add(self, settled: Settled) -> None:
        """One more; with the system when this is over."""
        if not self._lost:
            with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8") as file:
                file.write(self._line(settled))

    def over(self) -> None:
        """The scan came to its end: there is nothing to go on with."""
        if not self._lost:
            self.path.unlink(missing_ok=True)

    def _line(self, settled: Settled) -> str:
        text = msgspec.json.format(written(settled, self.secrets()), indent=-1)
        return f"{text.strip()}\n"


def _parsed(line: bytes) -> Settled | None:
    try:
        data = msgspec.json.decode(line)
        if not isinstance(data, dict) or data.get("schema_version") != SCHEMA_VERSION:
            return None
        return converted(data, Settled)
    except (msgspec.DecodeError, WitnessError):
        return None
