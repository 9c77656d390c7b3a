"""State that requests rely on, declared for an application or a blueprint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask

from tocsin.guard.sqlalchemy import unchanged as captured
from tocsin.guard.sqlalchemy.rows import Db


def unchanged(app: Flask | Blueprint, session: Db, rule: Callable[[], Any]) -> None:
    """Before each request, read the state it relies on; see ``unchanged`` of SQLAlchemy's guards.

    ``rule`` returns a SELECT, several, or None where the request relies on nothing. If others have
    changed that state when the session comes to write, or commits, nothing is written: 409.
    """

    def capture() -> None:
        states = rule()
        if states is not None:
            captured(session, *(states if isinstance(states, tuple | list) else (states,)))

    app.before_request(capture)
