"""redis-py, for those that wait and those that await: clients, pipelines and transactions.

A command of a client is one point; a transaction (MULTI … EXEC) and a script are one as well,
because the server does nothing in between. A pipeline that is no transaction is as many as it has
commands: those of others may come between.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from tocsin.model.access import Access
from tocsin.model.history import OpKind
from tocsin.stores.control import Call, Control, Turn
from tocsin.stores.patching import patched
from tocsin.stores.redis_commands import (
    SPINS,
    Words,
    accesses,
    label,
    looks_only,
    pauses,
    words_of,
)
from tocsin.stores.sessions import Sessions, Unscheduled

name = "redis"
modules = ("redis",)

OWN = "tocsin"
"""The client name of connections that are tocsin's own, and pass every instrument."""

_IN_VAIN: ContextVar[tuple[object, object, int]] = ContextVar(
    "tocsin_in_vain", default=(None, None, 0)
)
"""The last command of the calling code, what it answered, and how often that came in a row."""

_GIVEN_UP = 100
_FIRST_WORD = re.compile(rb"\*\d+\r\n\$\d+\r\n(\w+)\r\n")
Method = Callable[..., Any]
Moving = Generator[Any, Any, Any]
Steps = Callable[..., Moving]


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    changes: list[tuple[object, str, object]] = []
    for module, awaits in (("redis", False), ("redis.asyncio", True)):
        client = importlib.import_module(f"{module}.client")
        connection = importlib.import_module(f"{module}.connection").AbstractConnection
        ours = _Methods(_Layer(control, module))
        greeting = "on_connect_check_health"
        if not hasattr(connection, greeting):  # before redis-py 6
            greeting = "on_connect"
        wrappers: tuple[tuple[Any, str, Callable[[Method], Steps]], ...] = (
            (client.Redis, "_send_command_parse_response", ours.commanding),
            (client.Pipeline, "_execute_transaction", ours.transacting),
            (client.Pipeline, "_execute_pipeline", ours.pipelining),
            (connection, greeting, ours.greeting),
            (connection, "disconnect", ours.parting),
            (connection, "send_packed_command", ours.sending),
        )
        changes += (
            (owner, method, _driven(wrap(getattr(owner, method)), awaits=awaits))
            for owner, method, wrap in wrappers
        )
    return patched(*changes)


class _Layer:
    """One instrument of one module: what is said of connections and commands."""

    def __init__(self, control: Control, driver: str) -> None:
        self.control = control
        self.driver = driver
        # Its dialect is never asked for: there are no statements.
        self.sessions = Sessions(control, driver, "sqlite")
        self._asked: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._heard: set[int] = set()
        self._watched: WeakKeyDictionary[Any, tuple[Access, ...]] = WeakKeyDictionary()
        self._scripts: dict[str, str] = {}

    def place(self, connection: Any, asked: int) -> int:
        """The number of the database to use instead."""
        self._asked[connection] = asked
        names = ("host", "port", "path", "username", "password")
        given = {each: getattr(connection, each, None) for each in names}
        known = {each: value for each, value in given.items() if value not in (None, "")}
        return self.control.redis_database(self.driver, known | {"db": asked})

    def lead(self, connection: Any) -> None:
        """Lead a connection that is about to be greeted to its place."""
        connection.db = self.place(connection, self._asked.get(connection, int(connection.db or 0)))

    def opened(self, connection: Any, pid: int) -> None:
        """Tell of a connection in its place."""
        self.sessions.closed(connection)
        self.sessions.opened(connection, f"redis:{self._asked[connection]}", pid)

    def moved(self, connection: Any) -> None:
        """Tell that a connection has changed over to another database."""
        session = self.sessions.of(connection)
        self.opened(connection, session.pid or 0 if session is not None else 0)

    @contextmanager
    def trusted(self, connection: Any) -> Iterator[None]:
        """What the connection sends meanwhile was announced, or is the driver's own doing."""
        before = id(connection) in self._heard
        self._heard.add(id(connection))
        try:
            yield
        finally:
            if not before:
                self._heard.discard(id(connection))

    def suspect(self, connection: Any, packed: bytes | Iterable[bytes]) -> None:
        """Something is sent: if nobody announced it, and it may touch a key, it escapes."""
        name = _name_of(packed)
        if name == "UNWATCH":
            self._watched.pop(connection, None)
        if id(connection) not in self._heard and not is_own(connection) and pauses((name,)):
            self.control.escaped(
                self.driver, "sends commands past its clients (pub/sub, a cluster)"
            )

    def replaced(self, connection: Any, command: Sequence[Any]) -> tuple[Sequence[Any], bool]:
        """The command to send instead, and whether it changes over to another database."""
        words = words_of(command[:2])
        if is_own(connection) or not words:
            return command, False
        if words[0] == "FLUSHALL":
            return ("FLUSHDB", *command[1:]), False
        if words[0] == "SELECT" and len(command) == 2:
            return ("SELECT", self.place(connection, int(command[1]))), True
        return command, False

    @contextmanager
    def said(
        self, connection: Any, commands: Sequence[Sequence[Any]], *, whole: bool = False
    ) -> Iterator[Turn]:
        """Announce a command, or a ``whole`` transaction; to be entered until the answer came."""
        every = [words_of(command) for command in commands]
        for words in every:
            self._learn(words)
        if is_own(connection) or not self.control.controlled():
            with self.trusted(connection):
                yield Unscheduled()
            return
        session = self.sessions.of(connection)
        if session is None:
            self.control.escaped(self.driver, "a connection made before tocsin was there")
        store = session.store if session is not None else "redis:"
        found = [each for words in every for each in accesses(store, words, self._scripts)]
        if whole:
            found += self._watched.pop(connection, ())
        text = "; ".join(map(label, every))
        call = Call(
            OpKind.COMMAND,
            f"MULTI; {text}; EXEC" if whole else text,
            session,
            tuple(word for words in every for word in words[1:]),
            tuple(dict.fromkeys(found)),
            pauses=any(map(pauses, every)),
            autocommit=True,
        )
        with self.control.call(call) as turn, self.trusted(connection):
            self._wait_in_vain(turn, every)
            yield turn
        for words in every:
            if words[:1] == ("WATCH",):
                kept = self._watched.get(connection, ())
                self._watched[connection] = (*kept, *accesses(store, words, {}))

    def answered(self, commands: Sequence[Sequence[Any]], answer: object) -> None:
        """Count how often one command was answered in one way, and nothing was done."""
        if not self.control.controlled() or len(commands) != 1:
            return
        words = words_of(commands[0])
        told, same, count = _IN_VAIN.get()
        idle = looks_only(words) or not answer
        again = idle and (told, same) == (words, answer)
        _IN_VAIN.set((words, answer, count + 1) if again else (words, answer, 1 if idle else 0))

    def _wait_in_vain(self, turn: Turn, every: Sequence[Words]) -> None:
        """A command that is tried again and again waits for somebody else to do something."""
        told, _, count = _IN_VAIN.get()
        if len(every) != 1 or told != every[0] or count < SPINS:
            return
        if not turn.busy() and count > _GIVEN_UP:
            error = importlib.import_module("redis.exceptions").TimeoutError
            raise error(f"{label(every[0])} was tried {count} times, and nobody else goes on")

    def _learn(self, words: Words) -> None:
        if words[:2] == ("SCRIPT", "LOAD") and len(words) > 2:
            self._know(words[2])
        elif words[:1] in {("EVAL",), ("EVAL_RO",)} and len(words) > 1:
            self._know(words[1])

    def _know(self, script: str) -> None:
        digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._scripts[digest] = script


class _Methods:
    """What takes the place of a client's methods, as generators of what they wait for."""

    def __init__(self, layer: _Layer) -> None:
        self._layer = layer

    def commanding(self, original: Method) -> Steps:
        """``Redis._send_command_parse_response``: one command and its answer."""
        layer = self._layer

        def send(client: Any, conn: Any, command_name: Any, *args: Any, **options: Any) -> Moving:
            given, moves = layer.replaced(conn, args)
            yield conn.connect()
            with layer.said(conn, [args]):
                answer = yield original(client, conn, command_name, *given, **options)
                if moves:
                    layer.moved(conn)
            layer.answered([args], answer)
            return answer

        return send

    def transacting(self, original: Method) -> Steps:
        """``Pipeline._execute_transaction``: from MULTI to EXEC."""
        layer = self._layer

        def execute(pipeline: Any, connection: Any, commands: Any, raise_on_error: Any) -> Moving:
            yield connection.connect()
            with layer.said(connection, [args for args, _ in commands], whole=True):
                return (yield original(pipeline, connection, commands, raise_on_error))

        return execute

    def pipelining(self, original: Method) -> Steps:
        """``Pipeline._execute_pipeline``: one command after the other."""
        layer = self._layer

        def execute(pipeline: Any, connection: Any, commands: Any, raise_on_error: Any) -> Moving:
            if not layer.control.controlled():
                with layer.trusted(connection):
                    return (yield original(pipeline, connection, commands, raise_on_error))
            yield connection.connect()
            answers: list[Any] = []
            for command in commands:
                with layer.said(connection, [command[0]]):
                    answers += yield original(pipeline, connection, [command], False)
            if raise_on_error:
                pipeline.raise_first_error(commands, answers)
            return answers

        return execute

    def greeting(self, original: Method) -> Steps:
        """What a new connection asks and sets; its database is another."""
        layer = self._layer

        def greet(connection: Any, *args: Any, **kwargs: Any) -> Moving:
            with layer.trusted(connection):
                if is_own(connection):
                    yield original(connection, *args, **kwargs)
                    return
                layer.lead(connection)
                yield original(connection, *args, **kwargs)
                yield connection.send_command("CLIENT", "ID", check_health=False)
                layer.opened(connection, int((yield connection.read_response())))

        return greet

    def parting(self, original: Method) -> Steps:
        """``disconnect``."""
        layer = self._layer

        def disconnect(connection: Any, *args: Any, **kwargs: Any) -> Moving:
            yield original(connection, *args, **kwargs)
            layer.sessions.closed(connection)

        return disconnect

    def sending(self, original: Method) -> Steps:
        """``send_packed_command``: everything that is ever sent."""
        layer = self._layer

        def send(connection: Any, command: Any, check_health: bool = True) -> Moving:
            if layer.control.controlled():
                layer.suspect(connection, command)
            return (yield original(connection, command, check_health))

        return send


def _driven(steps: Steps, *, awaits: bool) -> Method:
    """A method made of a generator: what it yields is there, or has to be awaited."""

    def method(*args: Any, **kwargs: Any) -> Any:
        moving = steps(*args, **kwargs)
        answer: Any = None
        while True:
            try:
                answer = moving.send(answer)
            except StopIteration as stop:
                return stop.value

    async def method_soon(*args: Any, **kwargs: Any) -> Any:
        moving = steps(*args, **kwargs)
        answer: Any = None
        error: BaseException | None = None
        while True:
            try:
                awaited = moving.send(answer) if error is None else moving.throw(error)
            except StopIteration as stop:
                return stop.value
            answer, error = None, None
            try:
                answer = await awaited
            except BaseException as raised:  # noqa: BLE001 - cancellation too is the generator's
                error = raised

    return method_soon if awaits else method


def _name_of(packed: bytes | Iterable[bytes]) -> str:
    """The first command of what is sent, in the protocol's own form."""
    first = packed if isinstance(packed, bytes) else b"".join(packed)
    found = _FIRST_WORD.match(first)
    return found[1].decode().upper() if found else "?"


def is_own(connection: object) -> bool:
    """Whether a connection is one of tocsin's own."""
    return getattr(connection, "client_name", None) == OWN
