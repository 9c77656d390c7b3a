"""Asked and then done becomes done, and asked for forgiveness: ``open(path, "x")``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from tocsin.model.rule import FixSafety
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import New, Statement, leading

_ASKING = frozenset({"exists", "is_file", "isfile", "lexists"})
_WRITING = {'"w"': '"x"', "'w'": "'x'", '"wb"': '"xb"', "'wb'": "'xb'", '"w+"': '"x+"'}
_REMOVING = frozenset({"unlink", "remove"})


def apply(site: Site) -> Rewritten | None:
    place = site.together()
    if place is None:
        return None
    block, use = place
    guard = block.statements[block.index]
    if not isinstance(guard, cst.If) or guard.orelse is not None or not exits(guard.body):
        return None
    wanted = _asked(guard.test)
    used = block.statements[use]
    if wanted is None or not isinstance(used, cst.SimpleStatementLine | cst.With):
        return None
    tried = _removed(used) if wanted else _created(site, used)
    if tried is None:
        return None
    adjacent = use == block.index + 1
    error = "FileNotFoundError" if wanted else "FileExistsError"
    made = _try(site, tried, error, guard.body)
    above = leading(guard, used) if adjacent else leading(used)
    changes: dict[cst.CSTNode, New] = {used: made.with_changes(leading_lines=above)}
    if adjacent:
        changes[guard] = None  # else it refuses before the rest is done, as it did
    return Rewritten(
        site.tree.replaced(changes),
        "the file is removed, or found to be gone" if wanted else "the file is created, or refused",
        FixSafety.SAFE if adjacent and _only_that(tried) else FixSafety.UNSAFE,
    )


def _asked(test: cst.BaseExpression) -> bool | None:
    """Whether the test refuses what is not there; ``None`` if it asks something else."""
    missing = isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not)
    call = test.expression if isinstance(test, cst.UnaryOperation) and missing else test
    if isinstance(call, cst.Await):  # aiofiles.os.path.exists(path), anyio.Path(path).exists()
        call = call.expression
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    return missing if call.func.attr.value in _ASKING else None


def _removed(used: Statement) -> cst.BaseStatement | None:
    if not isinstance(used, cst.SimpleStatementLine):
        return None
    call = m.Call(func=m.Attribute(attr=m.OneOf(*(m.Name(n) for n in _REMOVING))))
    used = used.with_changes(trailing_whitespace=cst.TrailingWhitespace())
    return used if m.matches(used.body[0], m.Expr(call)) else None


def _created(site: Site, used: Statement) -> cst.BaseStatement | None:
    if isinstance(used, cst.With):
        return _opened(used)
    call = m.Call(
        func=m.Attribute(attr=m.OneOf(m.Name("write_text"), m.Name("write_bytes"))),
        args=[m.Arg(keyword=None)],
    )
    small = used.body[0] if isinstance(used, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Expr) or not m.matches(small.value, call):
        return None
    written = cst.ensure_type(small.value, cst.Call)
    func = cst.ensure_type(written.func, cst.Attribute)
    mode = "x" if func.attr.value == "write_text" else "xb"
    path, value = site.tree.code(func.value), site.tree.code(written.args[0].value)
    return site.tree.parsed(f'with {path}.open("{mode}") as file:\n    file.write({value})\n')


def _opened(used: cst.With) -> cst.With | None:
    if len(used.items) != 1 or not isinstance(used.items[0].item, cst.Call):
        return None
    call = used.items[0].item
    name = call.func.value if isinstance(call.func, cst.Name) else ""
    if isinstance(call.func, cst.Attribute):
        name = call.func.attr.value
    if name != "open":
        return None
    for index, each in enumerate(call.args):
        mode = each.value
        if isinstance(mode, cst.SimpleString) and mode.value in _WRITING:
            new = each.with_changes(value=mode.with_changes(value=_WRITING[mode.value]))
            args = (*call.args[:index], new, *call.args[index + 1 :])
            item = used.items[0].with_changes(item=call.with_changes(args=args))
            return used.with_changes(items=(item,), leading_lines=())
    return None


def _try(site: Site, body: cst.BaseStatement, error: str, refusal: cst.BaseSuite) -> cst.Try:
    made = cst.ensure_type(
        site.tree.parsed(f"try:\n    pass\nexcept {error}:\n    pass\n"), cst.Try
    )
    handler = made.handlers[0].with_changes(body=quietly(refusal))
    inside = cst.IndentedBlock([body.with_changes(leading_lines=())])
    return made.with_changes(body=inside, handlers=(handler,))


def quietly(refusal: cst.BaseSuite) -> cst.BaseSuite:
    """``raise … from None``: the error is the answer, not another one while it was made."""
    quiet = refusal.visit(_FromNone())
    return quiet if isinstance(quiet, cst.BaseSuite) else refusal


class _FromNone(cst.CSTTransformer):
    def leave_Raise(  # noqa: N802  LibCST's name
        self,
        original_node: cst.Raise,  # noqa: ARG002
        updated_node: cst.Raise,
    ) -> cst.Raise:
        if updated_node.cause is not None or updated_node.exc is None:
            return updated_node
        cause = cst.From(
            cst.Name("None"),
            whitespace_before_from=cst.SimpleWhitespace(" "),
        )
        return updated_node.with_changes(cause=cause)


def _only_that(tried: cst.BaseStatement) -> bool:
    """Whether nothing else in the block may raise the same error: it only writes to the file."""
    if not isinstance(tried, cst.With):
        return True
    bound = tried.items[0].asname
    name = bound.name.value if bound and isinstance(bound.name, cst.Name) else ""
    inside: Sequence[cst.CSTNode] = m.findall(tried.body, m.Call())
    pure = {"encode", "decode", "getvalue", "read"}
    for call in inside:
        func = call.func if isinstance(call, cst.Call) else None
        mine = isinstance(func, cst.Attribute) and (
            m.matches(func.value, m.Name(name)) or func.attr.value in pure
        )
        if not mine:
            return False
    return True


REWRITE = Rewrite("exclusive-create", ("TOC301",), apply)
