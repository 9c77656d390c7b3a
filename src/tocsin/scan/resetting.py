"""The user's reset function as the world of a probe: a helper process that calls it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tocsin.errors import UsageError

PATIENCE = 60.0


class Resetting:
    """A `World` that calls ``module:function`` before every round. A context manager.

    ``restores`` is always true. Raises a `UsageError` with what the function said.
    """

    restores = True

    def __init__(self, name: str, search: Sequence[Path], env: Mapping[str, str]) -> None:
        self._name = name
        path = os.pathsep.join([*map(str, search), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
            [sys.executable, "-m", "tocsin.probe.reset", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **env, "PYTHONPATH": path.rstrip(os.pathsep)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it ended, and did not take the last word
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def restore(self) -> None:
        """The same state as before every other round."""
        said = self._asked()
        if said != "ok":
            raise UsageError(f"reset {self._name}: {said or 'ended before it was done'}")

    def _asked(self) -> str:
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None:
            return "has no pipes"
        try:
            into.write("\n")
            into.flush()
        except BrokenPipeError:
            return ""
        if not select.select([out], [], [], PATIENCE)[0]:
            self._process.kill()
            return f"took longer than {PATIENCE:.0f} s"
        return out.readline().strip()
