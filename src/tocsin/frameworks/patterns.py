"""Django's URL patterns as templates, ``orders/<int:pk>/`` and regular expressions alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.model.http import Parameter

CONVERTERS: Mapping[str, Mapping[str, object]] = {
    "IntConverter": {"type": "integer", "minimum": 0},
    "PathConverter": {"type": "string", "format": "path"},
    "SlugConverter": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "StringConverter": {"type": "string"},
    "UUIDConverter": {"type": "string", "format": "uuid"},
}
ROUTE_VARIABLE = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
DIGITS = frozenset({r"\d+", "[0-9]+", r"\d*", "[0-9]*"})
PLAIN = re.compile(r"[\w\-~%@ !,;:=&'\"]")


class NotATemplate(Exception):
    """The pattern matches more than one template can say."""


@dataclass(frozen=True, slots=True)
class Template:
    """A path in ``{name}`` form and its parameters."""

    path: str
    parameters: tuple[Parameter, ...] = ()

    def __add__(self, other: Template) -> Template:
        path = "/" + (self.path + other.path).lstrip("/")
        return Template(path, self.parameters + other.parameters)

    @property
    def is_alias(self) -> bool:
        """Whether REST framework made this of another endpoint: ``orders.{format}``."""
        return self.path.rstrip("/").endswith(".{format}") or self.path.endswith("{format}")


def of_pattern(pattern: Any) -> Template:
    """One step of a URL configuration. Raises `NotATemplate`."""
    regex, route = getattr(pattern, "_regex", None), getattr(pattern, "_route", None)
    if regex is not None:
        return of_regex(str(regex))
    if route is None:
        return Template(str(pattern))  # the language prefix of i18n_patterns
    path = ROUTE_VARIABLE.sub(lambda match: "{" + match[1] + "}", str(route))
    return Template(
        path,
        tuple(
            Parameter(name, "path", schema=_converter_schema(converter))
            for name, converter in pattern.converters.items()
        ),
    )


def _converter_schema(converter: Any) -> Mapping[str, object]:
    known = CONVERTERS.get(type(converter).__name__)
    return known or {"type": "string", "pattern": f"^({converter.regex})$"}


def of_regex(regex: str) -> Template:
    """A regular expression made of literals, escapes and groups. Raises `NotATemplate`."""
    path = ""
    parameters: list[Parameter] = []
    for kind, text in _tokens(regex):
        if kind == "literal":
            path += text
        elif kind == "optional":
            path += text if text == "/" else ""
        else:
            name = kind or f"arg{len(parameters)}"
            path += "{" + name + "}"
            parameters.append(Parameter(name, "path", schema=_group_schema(text)))
    return Template(path, tuple(parameters))


def _group_schema(pattern: str) -> Mapping[str, object]:
    if pattern in DIGITS:
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "pattern": f"^({pattern})$"}


def _tokens(regex: str) -> Iterator[tuple[str, str]]:
    """``("literal", text)``, ``("optional", text)`` or ``(group name, group pattern)``."""
    position = 0
    while position < len(regex):
        rest = regex[position:]
        if rest[0] in "^$":
            position += 1
        elif rest.startswith((r"\A", r"\Z", r"\z")):
            position += 2
        elif rest[0] == "(":
            end = _closing(rest)
            yield from _group(rest[1:end], regex)
            position += end + 1
            position += regex[position : position + 1] == "?"  # optional: there in our requests
        else:
            literal, width = _literal(rest, regex)
            optional = rest[width : width + 1] == "?"
            yield ("optional" if optional else "literal"), literal
            position += width + optional


def _group(inner: str, regex: str) -> Iterator[tuple[str, str]]:
    if named := re.match(r"\?P<(\w+)>", inner):
        yield named[1], inner[named.end() :]
    elif inner.startswith("?:") and "|" not in inner:
        yield from _tokens(inner[2:])
    elif inner.startswith("?"):
        raise NotATemplate(f"has a pattern that is no template: {regex}")
    else:
        yield "", inner


def _literal(rest: str, regex: str) -> tuple[str, int]:
    if rest[0] == "\\" and len(rest) > 1 and not rest[1].isalnum():
        return rest[1], 2
    if rest[0] in "/." or PLAIN.match(rest):
        return rest[0], 1
    raise NotATemplate(f"has a pattern that is no template: {regex}")


def _closing(text: str) -> int:
    """Where the group that starts ``text`` ends."""
    depth, position, in_class = 0, 0, False
    while position < len(text):
        letter = text[position]
        if letter == "\\":
            position += 1
        elif in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0:
                return position
        position += 1
    raise NotATemplate(f"has a pattern that is no template: {text}")
