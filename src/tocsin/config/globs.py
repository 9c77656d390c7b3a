"""Patterns for paths: ``tests/**``, ``*_pb2.py``, ``shop/legacy``."""

from __future__ import annotations

import re

_PIECES = re.compile(r"\*+|\[!?[^\]/\[!]+\]|.", re.DOTALL)


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern means the file at ``path``, or a folder that it is in.

    ``path`` is relative and has ``/``. ``*`` and ``?`` stay within a name, ``**`` is any number of
    folders. A pattern without ``/`` means that name in any folder.
    """
    parts = [part for part in pattern.removeprefix("./").split("/") if part]
    if not parts:
        return False
    if len(parts) == 1 and not pattern.startswith("/"):
        parts = ["**", *parts]
    return re.fullmatch(_expression(parts), path) is not None


def _expression(parts: list[str]) -> str:
    """The regular expression of a path, or of what lies below it."""
    *folders, last = parts
    words = ["(?:[^/]+/)*" if part == "**" else f"{_name(part)}/" for part in folders]
    end = ".+" if last == "**" else f"{_name(last)}(?:/.+)?"
    return "".join(words) + end


def _name(pattern: str) -> str:
    """One name of a path."""
    return "".join(_piece(piece) for piece in _PIECES.findall(pattern))


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if len(piece) == 1:
        return re.escape(piece)
    negated = piece.startswith("[!")
    inside = re.escape(piece[2:-1] if negated else piece[1:-1]).replace(r"\-", "-")
    choice = f"(?!/)[^{inside}]" if negated else f"[{inside}]"
    try:
        re.compile(choice)
    except re.error:
        # A range from z to a stands for itself.
        return re.escape(piece)
    return choice
