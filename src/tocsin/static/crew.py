"""The parts of a project at work, each in a process where there is a processor for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import tocsin
from tocsin.source.project import Project
from tocsin.static import wire
from tocsin.static.shard import Shard, Share

_BOOT = "import sys; sys.path.append(sys.argv[1]); from tocsin.static.worker import main; main()"
_SIZE = 8

Step = tuple[str, tuple[object, ...]]


class Gone(Exception):
    """The other process has ended."""


def send(pipe: IO[bytes], message: object) -> None:
    """Write one message, with its length first. Raises `Gone`."""
    data = wire.dumps(message)
    try:
        pipe.write(len(data).to_bytes(_SIZE, "big") + data)
        pipe.flush()
    except (OSError, ValueError) as error:
        raise Gone from error


def receive(pipe: IO[bytes]) -> Any:
    """Read one message. Raises `Gone` where there is none, or half of one."""
    try:
        head = pipe.read(_SIZE)
        size = int.from_bytes(head, "big")
        data = pipe.read(size) if len(head) == _SIZE else b""
    except (OSError, ValueError) as error:
        raise Gone from error
    if len(head) < _SIZE or len(data) < size:
        raise Gone
    return wire.loads(data)


class Member(Protocol):
    """Somebody who does the steps of one part."""

    def ask(self, step: str, *arguments: object) -> None: ...

    def answer(self) -> Any: ...


@dataclass(slots=True, eq=False)
class Here:
    """A part that is worked on in this process, when its answer is wanted."""

    shard: Shard
    _asked: Step = ("", ())

    def ask(self, step: str, *arguments: object) -> None:
        self._asked = (step, arguments)

    def answer(self) -> Any:
        step, arguments = self._asked
        return getattr(self.shard, step)(*arguments)


@dataclass(slots=True, eq=False)
class Beside:
    """A part in a process of its own. When that dies, its steps are done again here."""

    share: Share
    project: Project
    cache: Path | None
    process: subprocess.Popen[bytes]
    _steps: list[Step] = field(default_factory=list)
    _instead: Here | None = None

    def ask(self, step: str, *arguments: object) -> None:
        self._steps.append((step, arguments))
        if self._instead is not None:
            self._instead.ask(step, *arguments)
            return
        assert self.process.stdin is not None  # noqa: S101 - it was started with a pipe
        with suppress(Gone):
            send(self.process.stdin, (step, arguments))

    def answer(self) -> Any:
        if self._instead is not None:
            return self._instead.answer()
        assert self.process.stdout is not None  # noqa: S101 - it was started with a pipe
        try:
            return receive(self.process.stdout)
        except Gone:
            return self._again()

    def _again(self) -> Any:
        self._instead = Here(Shard.of(self.share, self.project, self.cache))
        for step, arguments in self._steps:
            self._instead.ask(step, *arguments)
            last = self._instead.answer()
        return last


@contextmanager
def crew(
    shares: Sequence[Share],
    project: Project,
    instead: Mapping[str, bytes] | None,
    cache: Path | None = None,
) -> Iterator[tuple[Member, ...]]:
    """One member for each share, the first one here. Whatever happens, no process is left.

    Where little has changed since an earlier run, one member does all.
    """
    here = Here(Shard.of(shares[0], project, cache))
    if here.shard.alone():
        yield (here,)
        return
    rest = shares[1:]
    if not rest or processors() < len(shares):
        yield (here, *(Here(Shard.of(each, project, cache)) for each in rest))
        return
    started: list[Beside] = []
    try:
        for share in rest:
            process = _started()
            started.append(Beside(share, project, cache, process))
            assert process.stdin is not None  # noqa: S101 - it was started with a pipe
            with suppress(Gone):
                send(process.stdin, (share, project.root, dict(instead or {}), cache))
        yield (here, *started)
    finally:
        for each in started:
            _end(each.process)


def together(members: Sequence[Member], step: str, *arguments: Sequence[object]) -> list[Any]:
    """The answers of all members to one step, at which they work at the same time.

    ``arguments`` have a value for each member.
    """
    for number, member in enumerate(members):
        member.ask(step, *(each[number] for each in arguments))
    return [member.answer() for member in members]


def processors() -> int:
    """Those that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _started() -> subprocess.Popen[bytes]:
    """This interpreter with this very package; nothing is imported from where it stands."""
    package = Path(tocsin.__file__).parents[1]
    return subprocess.Popen(  # noqa: S603 - this interpreter, our module
        [sys.executable, "-P", "-c", _BOOT, str(package)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Its own session: Ctrl-C is for us, and we end it in good order.
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()
