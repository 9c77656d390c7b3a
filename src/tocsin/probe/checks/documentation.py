"""Documentation: what the server does and its OpenAPI document does not say. Nothing is sent.

Only what the document leaves no room for is told: it lists successes, or refusals, and this one is
not among them. That security is documented and not enforced is `authorization`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from tocsin.model.http import Operation, Request
from tocsin.model.verdict import Permission
from tocsin.probe.discover import Working
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Scene, Script, Scripted

NAME = "documentation"

IMPLIED = frozenset({"401", "403"})
"""Refusals that documented security says already."""

GENERATED = frozenset({"422"})
"""Refusals that frameworks document by themselves: they say nothing of the others."""


class Kind(StrEnum):
    """What disagrees, worst first."""

    SUCCESS = "a success is answered that is not documented"
    REFUSAL = "a refusal is answered that is not documented"


def disagreements(
    working: Sequence[Working], known: Sequence[Operation], cells: Sequence[Permission]
) -> Iterator[Flaw]:
    """One of each kind for an operation."""
    operations = {one.endpoint: one for one in known}
    told: set[tuple[Kind, str]] = set()
    examples: dict[str, Request] = {}
    for one in working:
        request = one.request
        examples.setdefault(request.endpoint, request)
        operation, status = operations.get(request.endpoint), str(one.response.status)
        key = (Kind.SUCCESS, request.endpoint)
        if operation is None or key in told or not _missing(operation, status, "2", frozenset()):
            continue
        told.add(key)
        yield Flaw(Kind.SUCCESS, request, _said(operation, status))
    for cell in cells:
        operation, status = operations.get(cell.endpoint), str(cell.status)
        key = (Kind.REFUSAL, cell.endpoint)
        if operation is None or key in told or cell.endpoint not in examples or status in IMPLIED:
            continue
        if _missing(operation, status, "4", GENERATED | IMPLIED):
            told.add(key)
            yield Flaw(Kind.REFUSAL, examples[cell.endpoint], _said(operation, status))


def script(scene: Scene) -> Script:
    """Compare what was answered with what is documented."""
    yield from disagreements(scene.working, scene.known, scene.cells)


SCRIPTED = Scripted(NAME, script)


def _missing(operation: Operation, status: str, kind: str, aside: frozenset[str]) -> bool:
    """Whether the document lists answers of this kind, and this one is not covered by them."""
    said = {one.upper() for one in operation.responses}
    listed = {one for one in said - aside if one.startswith(kind)}
    covered = {"DEFAULT", f"{kind}XX", status} & said
    return status.startswith(kind) and bool(listed) and not covered


def _said(operation: Operation, status: str) -> str:
    return f"answers {status}; its document has {', '.join(operation.responses)}"
