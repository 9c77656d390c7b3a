"""What servers say, taken as JSON and addresses: whatever it is, nobody stumbles over it."""

from __future__ import annotations

import json
from urllib.parse import SplitResult, urlsplit

DEPTH = 64
"""Deeper than that nobody describes a thing; and comparing it would take a stack of its own."""


class NotJson(ValueError):
    """The text is no JSON, or none that anybody could work with."""


def parsed(content: bytes | str) -> object:
    """The JSON value. Raises `NotJson`; halves of characters are replaced, they cannot be sent."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    if _deeper(found):
        raise NotJson(f"it is nested more than {DEPTH} deep")
    return _whole(found) if _has_halves(content) else found


def address(text: str) -> SplitResult:
    """The parts of an address; all empty where it is none."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def _deeper(found: object) -> bool:
    level = [found]
    for _ in range(DEPTH):
        inner = (
            one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            for one in level
        )
        level = [part for parts in inner for part in parts if isinstance(part, (dict, list))]
        if not level:
            return False
    return True


def _has_halves(content: bytes | str) -> bool:
    """Whether an escape may stand for half of a character (U+D800 to U+DFFF)."""
    text = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    return b"\\ud" in text.lower()


def _whole(found: object) -> object:
    if isinstance(found, dict):
        return {_whole(key): _whole(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_whole(one) for one in found]
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else found
