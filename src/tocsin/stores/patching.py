"""Putting our own attributes and classes in the place of a driver's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@contextmanager
def patched(*changes: tuple[object, str, object]) -> Iterator[None]:
    """Set ``(owner, attribute, value)`` and put back, in reverse order, what the owner had itself.

    An attribute that the owner only inherited is deleted again. Blocks nest.
    """
    with ExitStack() as undo:
        for owner, name, value in changes:
            # vars, not getattr: a class method must come back unbound.
            if name in vars(owner):
                undo.callback(setattr, owner, name, vars(owner)[name])
            else:
                undo.callback(delattr, owner, name)
            setattr(owner, name, value)
        yield


class Below:
    """Puts our class below the user's factories.

    ``class X(Theirs, Ours)``: what their class does to a statement has happened when ours sees it,
    and ``super()`` in theirs finds ours before the driver's.
    """

    def __init__(self, ours: type) -> None:
        self._ours = ours
        self._known: dict[type, type] = {}

    def __call__(self, factory: Any) -> Any:
        """The factory to use instead; one that is no class is given back as it is."""
        if not isinstance(factory, type) or issubclass(factory, self._ours):
            return factory
        if issubclass(self._ours, factory):
            return self._ours
        if factory not in self._known:
            names = {
                "__module__": factory.__module__,
                "__qualname__": factory.__qualname__,
            }
            self._known[factory] = type(factory.__name__, (factory, self._ours), names)
        return self._known[factory]


def disguised(ours: type[T], base: type) -> type[T]:
    """Our class under the name of the class it stands for, as ``repr`` and pickles show it."""
    ours.__module__, ours.__qualname__ = base.__module__, base.__qualname__
    ours.__name__ = base.__name__
    return ours
