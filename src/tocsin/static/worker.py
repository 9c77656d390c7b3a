"""The process beside: does the steps that it is asked for, until nobody asks any more."""

from __future__ import annotations

import os
import select
import sys
from threading import Thread
from typing import IO

from tocsin.source.memory import deep, roomy, uncollected
from tocsin.static.crew import Gone, receive, send
from tocsin.static.shard import Shard


def main() -> None:
    """Serve the process at the other end of standard input and output."""
    mortal()
    answers = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # nothing else may get between the answers
    try:
        with deep(), uncollected():
            _serve(Shard.read(*receive(sys.stdin.buffer)), answers)
    except Gone:
        return


def mortal() -> None:
    """End this process when the other end of standard input is gone, whatever it is busy with."""
    if hasattr(select, "poll"):
        Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    poll = select.poll()
    poll.register(0, 0)  # nothing is waited for but the end, which is always told
    poll.poll()
    os._exit(0)


@roomy
def _serve(shard: Shard, answers: IO[bytes]) -> None:
    while True:
        step, arguments = receive(sys.stdin.buffer)
        send(answers, getattr(shard, step)(*arguments))
