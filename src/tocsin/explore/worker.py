"""A process that holds one app and does jobs with it: ``python -m tocsin.explore.worker FD``.

It is started with nothing imported, so that every instrument is in place before the app is. Jobs
are functions of a `Session`, asked for by name; answers go back over the same connection. When the
connection ends, so does the process, after it has given everything back.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tocsin.errors import TocsinError, UsageError
from tocsin.explore.messages import Done, Failed, Ready, Spec
from tocsin.explore.session import Session, opened

_PATIENCE = 5.0


def main(connection: Connection) -> None:
    """Serve until the other side hangs up."""
    signal.signal(signal.SIGTERM, _stop)
    _end_with(os.getppid())
    spec: Spec = connection.recv()
    try:
        with opened(spec) as session:
            connection.send(Ready())
            _serve(connection, session)
    except TocsinError as error:
        _send(connection, Failed(str(error), error.exit_code))
    except (EOFError, BrokenPipeError, SystemExit, KeyboardInterrupt):
        pass
    except Exception as error:  # noqa: BLE001 - the other side has to hear of it
        _send(connection, _internal(error))


def _serve(connection: Connection, session: Session) -> None:
    while True:
        job, arguments = connection.recv()
        try:
            result = _function(job)(session, *arguments)
            answer: object = Done(result, bool(getattr(result, "tainted", False)))
        except TocsinError as error:
            answer = Failed(str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 - the other side has to hear of it
            answer = _internal(error)
        refusal = session.refusal()
        connection.send(Failed(refusal, UsageError("").exit_code) if refusal else answer)


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def _internal(error: Exception) -> Failed:
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return Failed(message, 70, "".join(traceback.format_exception(error)))


def _send(connection: Connection, message: object) -> None:
    try:
        connection.send(message)
    except OSError:
        # Nobody is listening any more.
        return


def _end_with(parent: int) -> None:
    """End in good order when the process that started this one is gone, whatever goes on."""

    def watch() -> None:
        descriptor = os.pidfd_open(parent)
        select.select([descriptor], [], [])
        os.kill(os.getpid(), signal.SIGTERM)
        # The app may keep the main thread busy for ever.
        threading.Event().wait(_PATIENCE)
        os._exit(1)

    if hasattr(os, "pidfd_open"):
        threading.Thread(target=watch, name="parent", daemon=True).start()


def _stop(signum: int, _frame: object) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    # By its proper name: what is sent must be found there by the receiver.
    from tocsin.explore.worker import main as serve

    serve(Connection(int(sys.argv[1])))
