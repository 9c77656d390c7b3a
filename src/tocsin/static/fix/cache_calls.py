"""A cache's look and change, recognised in the syntax at the places of a window."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Block

REDIS = "redis."
DJANGO = "django.core.cache."


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """``cache.set(key, …)``: ``text`` is the call without the last name and what follows it.

    ``whole`` is the call with the ``await`` before it; ``rest`` the arguments after the key.
    """

    call: cst.Call
    whole: cst.BaseExpression
    text: str
    name: str
    key: str
    rest: tuple[cst.Arg, ...]

    def said(self, name: str, *args: str) -> str:
        """Another command of the same key, as text."""
        waits = "await " if isinstance(self.whole, cst.Await) else ""
        return f"{waits}{self.text}.{name}({', '.join((self.key, *args))})"


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Look and change of one key, in one block; ``use`` is the change's place in it."""

    client: str
    look: Command
    change: Command
    block: Block
    use: int


def pair(site: Site) -> Pair | None:
    """The two commands of a window; ``None`` where they are not about one key of one client."""
    window, place = site.window, site.together()
    if window is None or place is None or window.store != "cache" or site.use.path != site.path:
        return None
    client = _library(window.check.options)
    look, change = _command(site, site.check.line), _command(site, site.use.line)
    if look is None or change is None or not client:
        return None
    if (look.text, look.key) != (change.text, change.key):
        return None
    return Pair(client, look, change, place[0], place[1])


def alone(statement: cst.CSTNode, command: Command) -> bool:
    """Whether a statement is nothing but the command."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Expr) and small.value is command.whole


def assigned(statement: cst.CSTNode) -> tuple[str, cst.BaseExpression] | None:
    """``name = value``."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return None
    target = small.targets[0].target
    return (target.value, small.value) if isinstance(target, cst.Name) else None


def _library(options: frozenset[str]) -> str:
    return next((lib for lib in (REDIS, DJANGO) for o in options if o.startswith(lib)), "")


def _command(site: Site, line: int) -> Command | None:
    """The one command on a line whose receiver is a name or an attribute."""
    found = []
    for call in site.tree.calls(line):
        func = call.func
        if not isinstance(func, cst.Attribute) or func.attr.value not in _NAMES or not call.args:
            continue
        if not m.matches(func.value, m.Name() | m.Attribute()) or any(a.star for a in call.args):
            continue
        parent = site.tree.parents.get(call)
        whole = parent if isinstance(parent, cst.Await) else call
        key, *rest = call.args
        if key.keyword is None:
            text = site.tree.code(func.value)
            found.append(
                Command(call, whole, text, func.attr.value, site.tree.code(key.value), tuple(rest))
            )
    return found[0] if len(found) == 1 else None


_NAMES = frozenset({"get", "exists", "has_key", "set", "setex", "delete"})
