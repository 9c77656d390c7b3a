"""Calls the user's reset function again and again: ``python -m tocsin.probe.reset NAME``.

A process of its own, so that the application's imports stay out of the scan's. Each line on
standard input is a call; each is answered with ``ok`` or with what went wrong, in one line.
"""

from __future__ import annotations

import contextlib
import importlib
import sys

OK = "ok"


def main(name: str) -> None:
    """Answer every line until there are no more."""
    said = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for _ in sys.stdin:
            said.write(_called(name) + "\n")
            said.flush()


def _called(name: str) -> str:
    module, _, attribute = name.partition(":")
    try:
        function = importlib.import_module(module)
        for part in attribute.split("."):
            function = getattr(function, part)
        function()  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - the user's own code: whatever it raises is the answer
        return f"{type(error).__name__}: {error}".replace("\n", " ")
    return OK


if __name__ == "__main__":
    main(sys.argv[1])
