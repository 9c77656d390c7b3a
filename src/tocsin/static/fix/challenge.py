"""401 with the header that makes it an answer to HTTP Basic: ``WWW-Authenticate``."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.queries import with_argument
from tocsin.static.fix.site import Site

_HEADERS = '{"WWW-Authenticate": "Basic"}'
_401 = m.OneOf(m.Integer("401"), m.Attribute(attr=m.Name("HTTP_401_UNAUTHORIZED")))
_ERROR = m.OneOf(m.Name("HTTPException"), m.Attribute(attr=m.Name("HTTPException")))
_ANSWER = m.OneOf(*(m.Name(n) for n in ("Response", "PlainTextResponse", "JSONResponse")))


def apply(site: Site) -> Rewritten | None:
    for call in site.tree.calls(site.check.line):
        if m.matches(call.func, _ERROR | _ANSWER) and _refuses(call):
            new = with_argument(call, f"headers={_HEADERS}")
            return _rewritten(site, call, new)
    for line in site.tree.nodes(cst.SimpleStatementLine, site.check.line):
        for answer in m.findall(line, m.Return(m.Tuple([m.DoNotCare(), m.Element(_401)]))):
            pair = cst.ensure_type(cst.ensure_type(answer, cst.Return).value, cst.Tuple)
            comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
            first, status = pair.elements
            third = cst.Element(site.tree.expression(_HEADERS))
            longer = pair.with_changes(elements=(first, status.with_changes(comma=comma), third))
            return _rewritten(site, pair, longer)
    return None


def _refuses(call: cst.Call) -> bool:
    """Whether it says 401, and has no headers, nor what may be them."""
    words = {each.keyword.value for each in call.args if each.keyword is not None}
    plain = [each for each in call.args if each.keyword is None]
    status = {"status_code", "status"}
    said = any(
        m.matches(each.value, _401)
        for each in call.args
        if each.keyword is None or each.keyword.value in status
    )
    return (
        said and "headers" not in words and len(plain) <= 2 and not any(a.star for a in call.args)
    )


def _rewritten(site: Site, old: cst.CSTNode, new: cst.CSTNode) -> Rewritten:
    return Rewritten(site.tree.replaced({old: new}), "the refusal asks for HTTP Basic credentials")


REWRITE = Rewrite("challenge", ("TOC110",), apply)
