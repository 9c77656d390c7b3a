"""Where CPython may switch threads between two lines of a function.

Under the GIL a thread is asked to let go at calls, at the start of functions and at the ends of
loops, and nowhere else. A window without any of those is open on free-threaded builds only.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator, Sequence
from types import CodeType

_CALLS = frozenset({"CALL", "CALL_KW", "CALL_FUNCTION_EX", "IMPORT_NAME", "BEFORE_WITH"})
_LETS_GO = _CALLS | {"RESUME", "JUMP_BACKWARD", "SEND", "YIELD_VALUE", "BEFORE_ASYNC_WITH"}
_ACCESSES = _CALLS | {
    *("BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR", "BINARY_SLICE", "STORE_SLICE"),
    *("CONTAINS_OP", "COMPARE_OP", "GET_ITER", "FOR_ITER", "LOAD_ATTR", "LOAD_METHOD"),
    *("STORE_ATTR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "BINARY_OP"),
}
_ENDS = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})
_NOTHING = 9
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE")


def switchable(
    code: CodeType, check_line: int, use_line: int, names: frozenset[str] = frozenset()
) -> bool:
    """Whether another thread may run between the check's access and the use's, under the GIL.

    ``names`` are the variables whose contents are accessed, if they are known: a line's other
    calls then count for what they are. Lines of two functions are always apart.
    """
    steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
    at = {step.offset: index for index, step in enumerate(steps)}
    lines = _lines(steps)
    checks = _accesses_on(steps, lines, check_line, names)
    uses = frozenset(_accesses_on(steps, lines, use_line, names))
    if not checks or not uses:
        return True
    return any(_switches(steps, at, check, frozenset(checks), uses) for check in checks)


def _lines(steps: Sequence[dis.Instruction]) -> list[int | None]:
    return [step.positions.lineno if step.positions is not None else None for step in steps]


def _accesses_on(
    steps: Sequence[dis.Instruction],
    lines: Sequence[int | None],
    line: int,
    names: frozenset[str],
) -> list[int]:
    """The instructions of a line that access what the names stand for.

    Without names these are the likeliest: subscripts and attributes before calls of methods,
    and those before functions that something is passed to.
    """
    ranked: dict[int, int] = {}
    for index, step in enumerate(steps):
        if lines[index] != line:
            continue
        if step.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"} and (not names or step.argval in names):
            ranked[index] = 0
        elif step.opname.startswith(_LOADS) and (not names or _loaded(step) & names):
            access, rank = _access(steps, index)
            ranked[access] = min(rank, ranked.get(access, rank))
    best = min(ranked.values(), default=0)
    return [index for index, rank in ranked.items() if rank == best or (names and rank < _NOTHING)]


def _loaded(step: dis.Instruction) -> frozenset[str]:
    # LOAD_FAST_LOAD_FAST of Python 3.13 names two.
    names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
    return frozenset(name for name in names if isinstance(name, str))


def _access(steps: Sequence[dis.Instruction], load: int) -> tuple[int, int]:
    """The instruction that looks into what was loaded, and how likely it is the one meant."""
    consumer = _consumer(steps, load)
    if consumer is None:
        return load, 3  # The name itself was read: ``m = n``.
    if steps[consumer].opname in {"LOAD_ATTR", "LOAD_METHOD"}:
        call = _consumer(steps, consumer)
        if call is not None and _is_callee(steps[call], steps[consumer]):
            return call, 1
        return consumer, 0
    if _is_callee(steps[consumer], steps[load]):
        return load, _NOTHING
    return consumer, 2 if steps[consumer].opname in _CALLS else 0


def _consumer(steps: Sequence[dis.Instruction], index: int) -> int | None:
    """The first instruction after another whose text contains that of the other."""
    for later in range(index + 1, len(steps)):
        if steps[later].opname in _ACCESSES and _contains(steps[later], steps[index]):
            return later
    return None


def _is_callee(call: dis.Instruction, function: dis.Instruction) -> bool:
    if call.opname not in _CALLS or call.positions is None or function.positions is None:
        return False
    return call.positions[0] == function.positions[0] and call.positions[2] == function.positions[2]


def _contains(outer: dis.Instruction, inner: dis.Instruction) -> bool:
    wide, narrow = outer.positions, inner.positions
    if wide is None or narrow is None:
        return False
    places = (wide.lineno, wide.col_offset, wide.end_lineno, wide.end_col_offset)
    inside = (narrow.lineno, narrow.col_offset, narrow.end_lineno, narrow.end_col_offset)
    if None in places or None in inside:
        return False
    starts = (wide.lineno, wide.col_offset) <= (narrow.lineno, narrow.col_offset)
    ends = (wide.end_lineno, wide.end_col_offset) >= (narrow.end_lineno, narrow.end_col_offset)
    return starts and ends and places != inside


def _switches(
    steps: Sequence[dis.Instruction],
    at: dict[int, int],
    check: int,
    checks: frozenset[int],
    uses: frozenset[int],
) -> bool:
    """Whether some way from the check to a use, not past another check, lets go in between."""
    # A call lets go when it is over: after what it accessed.
    queue = [(after, steps[check].opname in _CALLS) for after in _next(steps, at, check)]
    seen: set[tuple[int, bool]] = set()
    while queue:
        index, switched = queue.pop()
        if (index, switched) in seen:
            continue
        seen.add((index, switched))
        if index in uses:
            if switched:
                return True
            continue
        if index in checks:
            continue
        switched = switched or steps[index].opname in _LETS_GO
        queue.extend((after, switched) for after in _next(steps, at, index))
    return False


def _next(steps: Sequence[dis.Instruction], at: dict[int, int], index: int) -> Iterator[int]:
    step = steps[index]
    if step.opname in _ENDS:
        return
    jumps = step.opcode in dis.hasjrel or step.opcode in dis.hasjabs
    if jumps and step.argval in at:
        yield at[step.argval]
    always = step.opname in {"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"}
    if not always and index + 1 < len(steps):
        yield index + 1
