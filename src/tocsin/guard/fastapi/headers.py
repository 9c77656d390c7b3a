"""Preconditions as a dependency."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header

from tocsin.guard.preconditions import Preconditions
from tocsin.guard.preconditions import preconditions as parsed

Lines = Annotated[list[str] | None, Header()]


def preconditions(*, required: bool = False) -> Any:
    """A dependency whose value is what ``If-Match`` and ``If-None-Match`` say.

    Who sends what is malformed gets 400; who sends no ``If-Match`` where it is ``required``, 428.
    """

    def read(if_match: Lines = None, if_none_match: Lines = None) -> Preconditions:
        given = parsed(if_match, if_none_match)
        return given.required() if required else given

    return Depends(read)
