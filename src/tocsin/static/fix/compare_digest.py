"""Secrets compared in constant time, as bytes: ``secrets.compare_digest``."""

from __future__ import annotations

import re

import libcst as cst
from libcst import matchers as m

from tocsin.model.rule import FixSafety
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.imports import needed_module
from tocsin.static.fix.site import Site

_TEXT = frozenset({"hexdigest", "strip", "decode", "format", "lower", "upper"})
_BYTES = frozenset({"encode", "digest"})
_TEXTS = frozenset({"password", "username"})
"""Fields of HTTPBasicCredentials, which pydantic makes texts of."""

_SECRET = re.compile(r"password|secret|token|digest|signature|hash|otp|api_?key", re.IGNORECASE)


def apply(site: Site) -> Rewritten | None:
    found = [
        each
        for each in site.tree.nodes(cst.Comparison, site.check.line)
        if isinstance(each, cst.Comparison)
        and len(each.comparisons) == 1
        and isinstance(each.comparisons[0].operator, cst.Equal | cst.NotEqual)
    ]
    named = [each for each in found if _SECRET.search(site.tree.code(each))]
    chosen = found if len(found) == 1 else named
    if len(chosen) != 1:
        return None
    compared = chosen[0]
    target = compared.comparisons[0]
    left, right = _kind(site, compared.left), _kind(site, target.comparator)
    if "none" in {left, right}:
        return None  # ``None`` has to be told apart before
    name = needed_module(site.tree.module, "secrets")
    texts = {left, right} & {"text", ""} == {left, right}
    one, other = site.tree.code(compared.left), site.tree.code(target.comparator)
    if texts or "text" in {left, right}:
        one, other = _encoded(compared.left, one, left), _encoded(target.comparator, other, right)
    negated = "not " if isinstance(target.operator, cst.NotEqual) else ""
    new = site.tree.expression(f"{negated}{name.text}.compare_digest({one}, {other})")
    if negated and not isinstance(site.tree.parents.get(compared), cst.If | cst.BooleanOperation):
        new = new.with_changes(lpar=(cst.LeftParen(),), rpar=(cst.RightParen(),))
    elif compared.lpar:
        new = new.with_changes(lpar=compared.lpar, rpar=compared.rpar)
    return Rewritten(
        site.tree.replaced({compared: new}),
        "the secret is compared in constant time",
        FixSafety.SAFE if left and right else FixSafety.UNSAFE,
        name.imports,
    )


def _encoded(node: cst.BaseExpression, text: str, kind: str) -> str:
    if kind == "bytes":
        return text
    plain = isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.SimpleString)
    return f"{text}.encode()" if plain else f"({text}).encode()"


def _kind(site: Site, node: cst.BaseExpression) -> str:
    """``text``, ``bytes``, ``none`` for what may be ``None``; empty for what is not known."""
    if isinstance(node, cst.SimpleString):
        return "bytes" if "b" in node.prefix.lower() else "text"
    if isinstance(node, cst.FormattedString):
        return "text"
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _called(node, node.func.attr.value)
    if isinstance(node, cst.Name):
        return "none" if node.value == "None" else _annotated(site, node.value)
    if isinstance(node, cst.Attribute) and node.attr.value in _TEXTS:
        owner = node.value.value if isinstance(node.value, cst.Name) else ""
        return "text" if "HTTPBasicCredentials" in _annotation(site, owner) else ""
    if m.matches(node, m.Subscript(m.Attribute(attr=m.Name("environ")))):
        return "text"
    return ""


def _called(call: cst.Call, name: str) -> str:
    if name in {"get", "getenv"}:
        return (
            "text"
            if len(call.args) > 1 and m.matches(call.args[1].value, m.SimpleString())
            else "none"
        )
    return "text" if name in _TEXT else "bytes" if name in _BYTES else ""


def _annotated(site: Site, name: str) -> str:
    return {"str": "text", "bytes": "bytes"}.get(_annotation(site, name), "")


def _annotation(site: Site, name: str) -> str:
    around = site.around()
    for each in around.params.params if around is not None else ():
        if each.name.value == name and each.annotation is not None:
            return site.tree.code(each.annotation.annotation)
    return ""


REWRITE = Rewrite("compare-digest", ("TOC110",), apply)
