"""What a scan or a replay is asked to do: everything decided, nothing left to look up."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tocsin.config import Config
from tocsin.model.http import Identity
from tocsin.model.secret import Secret


class TargetKind(StrEnum):
    """What a target is; it says which engine runs."""

    APPLICATION = "application"
    SOURCE = "source"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Target:
    """One target as the user typed it: ``shop.main:app``, a folder, an address."""

    kind: TargetKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """One scan.

    ``config`` holds the settings with the command line's and the environment's already in it
    (``preemptions``, ``time_limit``, ``framework``, ``only``, …). ``root`` is the folder of the
    configuration, from which ``config.paths`` and ``config.env`` are read. ``import_paths`` go on
    ``sys.path`` before the application is imported. ``identities`` are those to use: all
    configured ones, or the ones that were asked for. ``disposable`` is the user's word, for this
    run, that any database may be written to. ``cache`` is the folder that keeps what reading source
    came to; ``None`` keeps nothing. ``har`` is where the log of requests to addresses is written.
    ``unfinished`` keeps what a scan of an address has settled until it is done; with ``resume`` an
    interrupted one goes on there.
    """

    targets: tuple[Target, ...]
    config: Config = field(default_factory=Config)
    root: Path = field(default_factory=Path.cwd)
    import_paths: tuple[Path, ...] = ()
    identities: tuple[Identity, ...] = ()
    secrets: tuple[Secret, ...] = field(default=(), repr=False)
    disposable: bool = False
    witness_dir: Path = Path(".tocsin/witnesses")
    cache: Path | None = None
    har: Path | None = None
    unfinished: Path = Path(".tocsin/unfinished")
    resume: bool = False

    @property
    def applications(self) -> tuple[str, ...]:
        """The ``package.module:app`` targets, in the order given."""
        return tuple(t.text for t in self.targets if t.kind is TargetKind.APPLICATION)

    @property
    def sources(self) -> tuple[str, ...]:
        """The folders and files to read, in the order given."""
        return tuple(t.text for t in self.targets if t.kind is TargetKind.SOURCE)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses to probe, in the order given."""
        return tuple(t.text for t in self.targets if t.kind is TargetKind.ADDRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """How to run a witness again. ``app`` is used instead of the application it was found in."""

    times: int = 10
    app: str | None = None
    config: Config = field(default_factory=Config)
    root: Path = field(default_factory=Path.cwd)
    import_paths: tuple[Path, ...] = ()
    identities: tuple[Identity, ...] = ()
    secrets: tuple[Secret, ...] = field(default=(), repr=False)
    disposable: bool = False
