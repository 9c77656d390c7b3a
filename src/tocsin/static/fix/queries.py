"""The call that reads, recognised in its syntax: what is asked, through what, of which model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import libcst as cst

from tocsin.static.fix.site import Site

_GETS = frozenset({"get", "get_one", "get_or_404"})
_RUNS = frozenset(
    {
        "execute",
        "scalar",
        "scalars",
        "scalar_one",
        "stream",
        "stream_scalars",
        "exec",
        "first_or_404",
        "one_or_404",
    }
)
_ENDS = frozenset(
    {"first", "one", "one_or_none", "all", "scalar", "get", "first_or_404", "one_or_404"}
    | {"get_or_404"}
)
_DJANGO_ENDS = frozenset(
    {"get", "first", "last", "latest", "earliest", "aget", "afirst", "alast", "count", "exists"}
)
NARROWING = frozenset({"where", "filter", "filter_by"})
"""What says which rows a statement is about."""
_SHORTCUTS = frozenset({"get_object_or_404", "aget_object_or_404", "get_list_or_404"})


class Style(StrEnum):
    """How a read is written."""

    GET = "get"  # session.get(Model, key)
    STATEMENT = "statement"  # session.scalar(select(Model))
    QUERY = "query"  # session.query(Model).first(), Model.query.first()
    QUERYSET = "queryset"  # Model.objects.get()
    SHORTCUT = "shortcut"  # get_object_or_404(Model)
    TORTOISE = "tortoise"  # Model.get()
    PEEWEE = "peewee"  # Model.select().get()


@dataclass(frozen=True, slots=True)
class Link:
    """One call of a chain."""

    name: str
    call: cst.Call


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A read. ``call`` is what asks, ``links`` the chain that says what: a statement or a query.

    ``root`` is what the chain hangs on, ``session`` what the statement runs through.
    """

    style: Style
    call: cst.Call
    model: cst.BaseExpression | None
    session: cst.BaseExpression | None
    root: cst.BaseExpression
    links: tuple[Link, ...]

    @property
    def words(self) -> frozenset[str]:
        """The methods of the chain."""
        return frozenset(link.name for link in self.links)


def chain(expression: cst.BaseExpression) -> tuple[cst.BaseExpression, tuple[Link, ...]]:
    """What a chain of calls hangs on, and its calls in their order."""
    links: list[Link] = []
    while isinstance(expression, cst.Call) and isinstance(expression.func, cst.Attribute):
        links.append(Link(expression.func.attr.value, expression))
        expression = expression.func.value
    return expression, tuple(reversed(links))


def extended(call: cst.BaseExpression, method: str, *args: cst.Arg) -> cst.Call:
    """The chain with one more call; on a line of its own, if that is how the last one stands."""
    plain = isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute)
    dot = call.func.dot if plain else cst.Dot()  # type: ignore[attr-defined]
    return cst.Call(cst.Attribute(call, cst.Name(method), dot), args)


def argument(text: str) -> cst.Arg:
    """``name=value`` or ``value``, as the last argument of a call."""
    call = cst.parse_expression(f"f({text})")
    return cst.ensure_type(call, cst.Call).args[0]


def with_argument(call: cst.Call, text: str) -> cst.Call:
    """The call with one more argument, in the layout that its arguments have."""
    *before, last = call.args
    new = argument(text).with_changes(
        comma=_uncommented(last.comma), whitespace_after_arg=last.whitespace_after_arg
    )
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if isinstance(last.comma, cst.Comma):
        comma = before[-1].comma if before else cst.Comma()  # type: ignore[assignment]
        comma = _commented(comma, last.comma)
    kept = last.with_changes(comma=comma, whitespace_after_arg=cst.SimpleWhitespace(""))
    return call.with_changes(args=(*before, kept, new))


def _uncommented(comma: cst.Comma | cst.MaybeSentinel) -> cst.Comma | cst.MaybeSentinel:
    """The end of an argument without the comment, which stays with the line that it is on."""
    if not isinstance(comma, cst.Comma):
        return comma
    space = comma.whitespace_after
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return comma
    first = cst.TrailingWhitespace(newline=space.first_line.newline)
    return comma.with_changes(whitespace_after=space.with_changes(first_line=first))


def _commented(comma: cst.Comma, old: cst.Comma) -> cst.Comma:
    """A comma with the comment that came after another."""
    space, other = comma.whitespace_after, old.whitespace_after
    both = isinstance(space, cst.ParenthesizedWhitespace)
    if not both or not isinstance(other, cst.ParenthesizedWhitespace):
        return comma
    return comma.with_changes(whitespace_after=space.with_changes(first_line=other.first_line))


def read(site: Site) -> Read | None:
    """The one read on the line of the check; ``None`` if there is none, or more than one."""
    if site.window is None or site.check.path != site.path:
        return None
    kind = site.window.model.kind if site.window.model else ""
    recognised = _KINDS.get(kind, _sqlalchemy)
    found = [each for call in site.tree.calls(site.check.line) if (each := recognised(site, call))]
    mine = [each for each in found if _of_model(site, each)]
    chosen = mine or found
    return chosen[0] if len(chosen) == 1 else None


def model_name(node: cst.BaseExpression | None) -> str:
    """The last name of a model's expression."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _of_model(site: Site, found: Read) -> bool:
    model = site.window.model if site.window else None
    return model is not None and model_name(found.model) == model.name.rpartition(".")[2]


def _sqlalchemy(site: Site, call: cst.Call) -> Read | None:
    if not isinstance(call.func, cst.Attribute) or not _simple(call):
        return None
    name, receiver = call.func.attr.value, call.func.value
    if name.endswith("_or_404"):  # of the extension, which holds the session
        receiver = cst.Attribute(receiver, cst.Name("session"))
    root, links = chain(call)
    if name in _ENDS and _is_query(root, links):
        return _query(call, root, links)
    if not call.args:
        return None
    first = call.args[0].value
    if name in _GETS and len(call.args) > 1 and _is_class(first):
        return Read(Style.GET, call, first, receiver, root, ())
    if name in _RUNS:
        statement = _statement(site, first)
        if statement is not None:
            top, parts = statement
            return Read(Style.STATEMENT, call, _selected(top, parts), receiver, top, parts)
    return None


def _is_query(root: cst.BaseExpression, links: tuple[Link, ...]) -> bool:
    named = isinstance(root, cst.Attribute) and root.attr.value == "query"
    return named or any(link.name == "query" for link in links[:-1])


def _query(call: cst.Call, root: cst.BaseExpression, links: tuple[Link, ...]) -> Read | None:
    if isinstance(root, cst.Attribute) and root.attr.value == "query":
        return Read(Style.QUERY, call, root.value, None, root, links)
    made = next(link.call for link in links if link.name == "query")
    if not made.args or not isinstance(made.func, cst.Attribute):
        return None
    return Read(Style.QUERY, call, _class_of(made.args[0].value), made.func.value, root, links)


def _statement(
    site: Site, node: cst.BaseExpression
) -> tuple[cst.BaseExpression, tuple[Link, ...]] | None:
    """A ``select()`` with its chain: written here, or in the one assignment of the name."""
    if isinstance(node, cst.Name):
        assigned = site.assigned(node.value)
        if len(assigned) != 1:
            return None
        node = assigned[0].value
    root, links = chain(node)
    if isinstance(root, cst.Call) and _called(root) == "select":
        return root, links
    if links and links[0].name == "select":
        return links[0].call, links[1:]
    return None


def _called(call: cst.Call) -> str:
    func = call.func
    return func.value if isinstance(func, cst.Name) else ""


def _selected(top: cst.BaseExpression, links: tuple[Link, ...]) -> cst.BaseExpression | None:
    source = next((link.call for link in links if link.name == "select_from"), top)
    args = source.args if isinstance(source, cst.Call) else ()
    return _class_of(args[0].value) if args else None


def _class_of(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """``Order`` of ``Order`` and of ``Order.stock``."""
    if _is_class(node):
        return node
    return node.value if isinstance(node, cst.Attribute) and _is_class(node.value) else None


def _is_class(node: cst.BaseExpression) -> bool:
    return model_name(node)[:1].isupper()


def _django(_site: Site, call: cst.Call) -> Read | None:
    if not _simple(call):
        return None
    root, links = chain(call)
    if isinstance(call.func, cst.Name) and call.func.value in _SHORTCUTS and call.args:
        first = call.args[0].value
        top, parts = chain(first)
        model = first if _is_class(first) else _manager(top)
        return Read(Style.SHORTCUT, call, model, None, top, parts)
    if links and links[-1].name in _DJANGO_ENDS:
        return Read(Style.QUERYSET, call, _manager(root), None, root, links)
    return None


def _manager(root: cst.BaseExpression) -> cst.BaseExpression | None:
    """``Order`` of ``Order.objects``."""
    if isinstance(root, cst.Attribute) and _is_class(root.value):
        return root.value
    return None


def _simple(call: cst.Call) -> bool:
    return not any(each.star for each in call.args)


def _tortoise(_site: Site, call: cst.Call) -> Read | None:
    root, links = chain(call)
    ends = _DJANGO_ENDS | {"get_or_none"}
    if not _is_class(root) or not _simple(call) or not any(link.name in ends for link in links):
        return None
    return Read(Style.TORTOISE, call, root, None, root, links)


def _peewee(_site: Site, call: cst.Call) -> Read | None:
    root, links = chain(call)
    queried = _is_class(root) and len(links) > 1 and links[0].name == "select"
    if not queried or links[-1].name not in {"get", "first", "get_or_none"}:
        return None
    return Read(Style.PEEWEE, call, root, None, root, links)


_KINDS: Mapping[str, Callable[[Site, cst.Call], Read | None]] = {
    "django": _django,
    "tortoise": _tortoise,
    "peewee": _peewee,
}
