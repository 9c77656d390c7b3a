"""An application under uvicorn whose requests meet: whoever is about to write waits for the others.

``python -m tests.end_to_end.meeting MODULE:APP SOCKET``. That requests are on their way is known
from their connections: a volley sends almost all of every request ahead. Who reads what they were
allowed to read waits until it has been changed.
"""

from __future__ import annotations

import asyncio
import importlib
import socket
import sys
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from sqlalchemy import Engine, event
from sqlalchemy.util import await_only

WRITES = ("INSERT", "UPDATE", "DELETE")
ALLOWED = 2
"""Statements of a read that say who asks, and what they may."""


@dataclass
class Visit:
    """One request. ``held``: it has been held before its first write, or what it reads."""

    method: str
    path: str
    held: bool = False
    statements: int = 0

    def due(self, statement: str) -> bool:
        """Whether it has to be held before this statement."""
        self.statements += 1
        writes = statement.lstrip().upper().startswith(WRITES)
        return not self.held and (writes or (self.method == "GET" and self.statements > ALLOWED))


@dataclass
class Meeting:
    """Lets writers go one by one, when all who could write stand before their first write.

    The second goes when nobody else is under way: whoever only reads has read in between. Who is
    let go first, by their paths, changes from meeting to meeting.
    """

    connections: set[Any] = field(default_factory=set)
    waiting: list[tuple[str, asyncio.Future[None]]] = field(default_factory=list)
    reading: list[asyncio.Future[None]] = field(default_factory=list)
    begun: bool = False
    meetings: int = 0

    async def write(self, path: str) -> None:
        """Stand before the first write."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self.waiting.append((path, turn))
        loop.call_soon(self.settle)
        await turn

    async def read(self) -> None:
        """Stand before what is read, while somebody is about to change something."""
        turn = asyncio.get_running_loop().create_future()
        self.reading.append(turn)
        self.settle()
        await turn

    def settle(self) -> None:
        """Let the next one go, if nobody must be waited for."""
        self.write_next()
        acting = [one for one in map(_asking, self.connections) if one not in {"", "GET"}]
        if len(acting) <= len(self.waiting):
            for turn in self.reading:
                turn.set_result(None)
            self.reading.clear()

    def write_next(self) -> None:
        """Let the next writer go."""
        under_way = [method for method in map(_asking, self.connections) if method]
        others = under_way if self.begun else [one for one in under_way if one != "GET"]
        if self.waiting and len(others) <= len(self.waiting):
            self.meetings += not self.begun
            self.waiting.sort(key=lambda one: one[0])
            _, turn = self.waiting.pop(0 if self.meetings % 2 else -1)
            turn.set_result(None)
            self.begun = bool(self.waiting)


def _asking(connection: Any) -> str:
    """The method of the request that is under way on a connection of uvicorn's, or arriving."""
    ahead = bytes(connection.conn.trailing_data[0])
    if ahead:
        return ahead.split(b" ")[0].decode()
    cycle = connection.cycle
    return "" if cycle is None or cycle.response_complete else str(cycle.scope["method"])


VISIT: ContextVar[Visit] = ContextVar("visit")


class Held:
    """Middleware: every request is a visit, and its first write to a database is held."""

    def __init__(self, app: Any, meeting: Meeting) -> None:
        self.app, self.meeting = app, meeting
        self.loop: asyncio.AbstractEventLoop | None = None
        event.listen(Engine, "before_cursor_execute", self._executed)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.loop = asyncio.get_running_loop()
        VISIT.set(Visit(scope.get("method", ""), scope.get("path", "")))
        try:
            await self.app(scope, receive, send)
        finally:
            self.loop.call_soon(self.meeting.settle)

    def _executed(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        visit = VISIT.get(None)
        if visit is None or self.loop is None or not visit.due(statement):
            return
        visit.held = True
        reads = visit.method == "GET"
        turn = self.meeting.read() if reads else self.meeting.write(visit.path)
        if connection.dialect.is_async:
            await_only(turn)
        else:
            asyncio.run_coroutine_threadsafe(turn, self.loop).result()


def main(name: str, number: str) -> None:
    """Serve until somebody ends it."""
    module, _, attribute = name.partition(":")
    meeting = Meeting()
    app = Held(getattr(importlib.import_module(module), attribute), meeting)
    server = uvicorn.Server(uvicorn.Config(app, http="h11", ws="none"))
    meeting.connections = server.server_state.connections
    server.run(sockets=[socket.socket(fileno=int(number))])


if __name__ == "__main__":
    main(*sys.argv[1:])
