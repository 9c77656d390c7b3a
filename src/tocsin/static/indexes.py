"""Unique indexes of collections, which a program makes when it starts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from tocsin.static.sources import Sources

_MAKES = frozenset({"create_index", "ensure_index"})
_SEVERAL = frozenset({"create_indexes"})
_WORDS = (b"create_index", b"ensure_index")

_WORD = re.compile(r"\w+")
NAMELESS = frozenset({"collection", "coll", "_collection", "self"})
"""Names that say nothing of which collection it is."""

Unique = tuple[frozenset[str], ...]


def indexes(sources: Sources) -> Mapping[str, Unique]:
    """For each collection, by its last name, the fields that its unique indexes are of."""
    found: dict[str, Unique] = {}
    for module in sources.saying(*_WORDS):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = _last(node.func.value)
                for fields in _unique(node, node.func.attr):
                    found[name] = (*found.get(name, ()), fields)
    return found


def spelled(term: str) -> str:
    """The last of the names of ``client.shop.orders``, ``get_db()["orders"]``."""
    words = _WORD.findall(term)
    return words[-1] if words and "`" not in term else term


def _unique(node: ast.Call, called: str) -> Iterator[frozenset[str]]:
    if called in _MAKES:
        yield from _fields(node)
    elif called in _SEVERAL:
        yield from index_models(node)


def index_models(value: ast.expr) -> list[frozenset[str]]:
    """The fields of those among some indexes that are unique."""
    return [
        fields
        for each in ast.walk(value)
        if isinstance(each, ast.Call) and _last(each.func) == "IndexModel"
        for fields in _fields(each)
    ]


def _fields(node: ast.Call) -> Iterator[frozenset[str]]:
    """The fields of one index, if it is a unique one: ``"email"``, ``[("shop", 1), …]``."""
    given = {each.arg: each.value for each in node.keywords}
    unique, keys = given.get("unique"), node.args[0] if node.args else given.get("keys")
    if not isinstance(unique, ast.Constant) or unique.value is not True or keys is None:
        return
    names = [
        each.value
        for each in ast.walk(keys)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if names:
        yield frozenset(names)


def _last(node: ast.expr) -> str:
    """The last name of ``db.users``, ``db["users"]``, ``db.get_collection("users")``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(args=[ast.Constant(value=str(name)), *_]):
            return name
        case ast.Await(value=inner):
            return _last(inner)
        case _:
            return ""
