"""What reaches a store past the instruments: proof of control is to notice it.

A controlled request that talks over a socket through a driver without an adapter cannot be stopped
before its statements, nor can what it changed be put back. What compiled code sends is not seen
here: see `tocsin.stores.compiled`.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.patching import patched

_STDLIB = sysconfig.get_path("stdlib") + os.sep
_OURSELVES = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INSTALLED = ("site-packages", "dist-packages")
_CONTROLLED = frozenset(
    {
        *("asyncpg", "psycopg", "psycopg_pool", "psycopg2", "aiosqlite"),
        *("pymysql", "aiomysql", "asyncmy", "redis"),
    }
)
_PLUMBING = frozenset({"anyio", "uvloop", "sniffio"})
"""Packages that carry other people's bytes."""

TRUSTED: ContextVar[bool] = ContextVar("tocsin_trusted", default=False)
"""Set while a driver of compiled code, which leaves no frames, does what was announced."""

_OF_THE_LOOP = frozenset({"_write_to_self", "_read_from_self", "_run_once"})
"""What an event loop does for itself, waking up and being woken."""


@contextmanager
def instrument(control: Control) -> Iterator[None]:
    """Tell the control of socket traffic of controlled tasks that no adapter knows of."""
    selector_events: Any = importlib.import_module("asyncio.selector_events")
    transport = selector_events._SelectorSocketTransport

    trusted: set[CodeType] = set()

    def heard(original: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            if control.controlled() and not TRUSTED.get():
                caller = sys._getframe(1)
                driver = None if caller.f_code in trusted else _driver(caller)
                if driver is None:
                    if _package(caller) in _CONTROLLED:
                        trusted.add(caller.f_code)
                else:
                    control.escaped(driver, _peer(self, args))
            return original(self, *args, **kwargs)

        return method

    names = ("connect", "connect_ex", "send", "sendall", "sendto", "sendmsg")
    changes = [(socket.socket, name, heard(getattr(socket.socket, name))) for name in names]
    writes = [
        (transport, name, heard(getattr(transport, name))) for name in ("write", "writelines")
    ]
    with patched(*changes, *writes):
        yield


def _driver(frame: FrameType | None) -> str | None:
    """Who talks: the innermost package on the stack that is no plumbing; ``None`` if controlled."""
    stdlib = "socket"
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_STDLIB) and not any(name in path for name in _INSTALLED):
            if frame.f_code.co_name in _OF_THE_LOOP:
                return None
            stdlib = str(frame.f_globals.get("__name__", stdlib)).partition(".")[0]
            if (
                stdlib == "asyncio"
                and "base_events" in path
                and "_run_once" in frame.f_code.co_name
            ):
                return None  # the loop's own doing
        elif not path.startswith(_OURSELVES):
            package = _package(frame)
            if package in _CONTROLLED:
                return None
            if package not in _PLUMBING:
                installed = any(name in path for name in _INSTALLED)
                return package if installed else stdlib
        frame = frame.f_back
    return None


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _peer(thing: Any, args: tuple[Any, ...]) -> str:
    """To whom, in words."""
    address: Any = None
    if args and isinstance(args[0], tuple | str):
        address = args[0]
    else:
        get = getattr(thing, "get_extra_info", None)
        try:
            address = get("peername") if get is not None else thing.getpeername()
        except OSError:
            address = None
    if isinstance(address, tuple):
        address = ":".join(str(part) for part in address[:2])
    where = f" to {address}" if address else ""
    return f"talks{where} over a socket that tocsin does not control"
