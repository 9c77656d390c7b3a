"""Jobs for worker processes: imported there by name."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import NoReturn

from tocsin.errors import UsageError
from tocsin.explore.session import Session


@dataclass(frozen=True)
class Spent:
    """A result after which the process cannot be used again."""

    process: int
    tainted: bool = True


def name_the_app(session: Session, greeting: str) -> str:
    return f"{greeting}, {session.spec.target}"


def name_the_process(session: Session) -> tuple[int, int]:
    return os.getpid(), os.getsid(0)


def use_up(session: Session) -> Spent:
    return Spent(os.getpid())


def refuse(session: Session) -> NoReturn:
    raise UsageError("there is no such request")


def fail(session: Session) -> NoReturn:
    raise LookupError("two\nlines")


def die(session: Session, words: str) -> NoReturn:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
    os._exit(3)


def wait_for_ever(session: Session, told: int) -> None:
    """Say so at a port, then wait."""
    import socket

    with socket.create_connection(("127.0.0.1", told)):
        reading, _ = os.pipe()
        os.read(reading, 1)
