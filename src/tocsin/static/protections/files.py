"""Files: the system call that checks and acts in one."""

from __future__ import annotations

from tocsin.static.effect import ScopeKind
from tocsin.static.window import Protection, Shield, Window
from tocsin.static.world import World

_HANDLED = {
    "remove": frozenset({"FileNotFoundError", "OSError", "Exception"}),
    "write": frozenset({"FileExistsError", "OSError", "Exception"}),
    "mkdir": frozenset({"FileExistsError", "OSError", "Exception"}),
}


def exclusive(window: Window, world: World) -> Protection | None:
    """``open(…, "x")``, ``mkdir(exist_ok=True)``, ``unlink(missing_ok=True)``, or a handler."""
    use = window.use.effect
    if window.store != "file":
        return None
    if use.options & {"exclusive", "exist_ok", "missing_ok"}:
        return Protection(Shield.EXCLUSIVE, use.at)
    wanted = _HANDLED.get(use.verb, frozenset())
    if use.verb != "write" and any(
        wanted & set(scope.caught) for scope in use.inside(ScopeKind.TRY)
    ):
        return Protection(Shield.HANDLED, use.at)
    return None
