"""What can be said to the user in one sentence, and the exit code that goes with it."""

from __future__ import annotations


class TocsinError(Exception):
    """One clear sentence for the user. Subclasses choose the exit code."""

    exit_code: int = 70

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(TocsinError):
    """The command line, the configuration or the target cannot be used as given."""

    exit_code = 2


class NothingToDo(TocsinError):
    """There is nothing to analyse."""

    exit_code = 3


class Unreachable(TocsinError):
    """The target, or a database it needs, does not answer or is out of scope."""

    exit_code = 5
