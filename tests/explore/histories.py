"""Histories in a small language: ``r(A,x) w(B,x) c(B) w(A,x) c(A)``.

``r`` reads, ``w`` writes, ``i`` inserts into, ``l`` reads and locks a thing; ``c`` commits, ``a``
aborts and ``f`` finishes a task. A task's transactions are ``A.1``, ``A.2``, …
"""

from __future__ import annotations

import re
from collections import Counter

from tocsin.model.access import Access, Item, Mode
from tocsin.model.history import History, Op, OpKind
from tocsin.model.location import Location

STORE = "postgresql:shop"

_ACCESSES = {
    "r": (Mode.READ, "select"),
    "w": (Mode.WRITE, "update"),
    "i": (Mode.WRITE, "insert"),
    "l": (Mode.READ, "select"),
}
_ENDS = {"c": OpKind.COMMIT, "a": OpKind.ROLLBACK, "f": OpKind.FINISH}


def history(text: str) -> History:
    """The history that the text tells; the n-th operation has index n, and stands on line n."""
    ended: Counter[str] = Counter()
    ops = []
    for index, (verb, task, thing) in enumerate(re.findall(r"(\w)\((\w)(?:,(\w+))?\)", text)):
        transaction = f"{task}.{ended[task] + 1}"
        place = Location("shop.py", index, "view", f"{verb}({thing})")
        if verb in _ENDS:
            ended[task] += verb in "ca"
            unit = None if verb == "f" else transaction
            ops.append(Op(index, task, _ENDS[verb], verb, (), place, unit, store=STORE))
        else:
            mode, word = _ACCESSES[verb]
            access = Access(Item(STORE, thing), mode, word, locks=verb == "l")
            label = f"{word} {thing}"
            ops.append(
                Op(index, task, OpKind.STATEMENT, label, (access,), place, transaction, store=STORE)
            )
    return History(tuple(ops))
