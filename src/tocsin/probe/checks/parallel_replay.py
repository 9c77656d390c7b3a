"""Parallel replay: copies of one request at once. Limits overrun, submits doubled, updates lost.

91 of the 157 races that were studied in web applications are two instances of the same request
(ReqRacer, ESEC/FSE 2021): this check comes first.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.probe.checks.base import Attack, Check, Wish
from tocsin.probe.checks.readers import readers
from tocsin.probe.discover import Working, distinct


def plan(working: Sequence[Working], wish: Wish) -> list[Attack]:
    """Every request that changes something against itself; the user's own where there are any.

    One identity is enough: the first for which the request works.
    """
    changing = [one for one in distinct(working) if not one.reads]
    own = {one.request.endpoint for one in changing if one.given}
    seen: set[str] = set()
    attacks: list[Attack] = []
    for one in changing:
        request = one.request
        if not one.given and (request.endpoint in own or request.endpoint in seen):
            continue
        seen.add(request.endpoint)
        copies = (request,) * wish.copies
        attacks.append(Attack(CHECK.name, copies, readers(request, working)))
    return attacks


CHECK = Check("parallel_replay", plan)
