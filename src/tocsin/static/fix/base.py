"""The contract of a rewrite: what it is given, what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from tocsin.model.rule import FixSafety
from tocsin.static.fix.imports import Import
from tocsin.static.fix.site import Site


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """Another place that changes with it: a file, which may be that of the check, rewritten."""

    path: str
    module: cst.Module
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rewritten:
    """The file of the check, rewritten; ``imports`` are added to it afterwards.

    ``description`` says in one sentence what was done, ``hint`` what is left to do by hand;
    ``elsewhere`` is told apart from ``module`` even where it is in the same file.
    """

    module: cst.Module
    description: str
    safety: FixSafety = FixSafety.UNSAFE
    imports: tuple[Import, ...] = ()
    hint: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One way to close a window. ``codes`` are the rules whose findings it is for.

    ``apply`` says ``None`` where the code is not of the shape that it knows. It may propose what
    does not close the window: a proposal is kept only if the finding is gone with it. ``locks``
    says that it relies on row locks, which SQLite does not have.
    """

    name: str
    codes: tuple[str, ...]
    apply: Callable[[Site], Rewritten | None]
    locks: bool = False
