"""``${NAME}`` in strings, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tocsin.errors import UsageError

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_]\w*")


def expand(value: object, environment: Mapping[str, str], key: str = "") -> object:
    """Replace every ``${NAME}`` by the environment's value; ``$${`` is a plain ``${``.

    ``key`` is the path of ``value`` in the file, for the message when a variable is missing.
    """
    match value:
        case str():
            return _expand_text(value, environment, key)
        case dict():
            return {
                name: expand(item, environment, join(key, name)) for name, item in value.items()
            }
        case list():
            return [expand(item, environment, f"{key}[{i}]") for i, item in enumerate(value)]
        case _:
            return value


def join(key: str, name: str) -> str:
    """The dotted path of ``name`` below ``key``, quoted where TOML would quote it."""
    plain = re.fullmatch(r"[\w-]+", name)
    return ".".join(part for part in (key, name if plain else f'"{name}"') if part)


def _expand_text(text: str, environment: Mapping[str, str], key: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        name = match.group(1)
        if not match.group().endswith("}") or not _NAME.fullmatch(name):
            raise UsageError(
                f"{key}: {match.group()!r} names no environment variable "
                "(write $${ for a plain ${)"
            )
        if name not in environment:
            raise UsageError(f"{key}: the environment variable {name} is not set")
        return environment[name]

    return _REFERENCE.sub(replace, text)
