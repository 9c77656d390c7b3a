"""Between which lines a thread may be switched under the GIL."""

from __future__ import annotations

import pytest

from tocsin.explore.memory.switch import switchable

NAMES = frozenset({"items", "n", "u"})
"""The shared names in the functions below."""


def code_of(body: str) -> object:
    lines = ["def f(k):", *(f"    {line}" for line in body.splitlines())]
    space: dict[str, object] = {}
    exec("\n".join(lines), space)  # noqa: S102 - the table below
    return space["f"].__code__  # type: ignore[attr-defined]


# Line 1 is the `def`: the check and the use are counted from 2.
CLOSED = [
    ("if k not in items:\n    return 1\ndel items[k]", 2, 4),
    ("if k in items: del items[k]", 2, 2),
    ("if norm(k) in items:\n    del items[k]", 2, 3),
    ("if k in items:\n    items.pop(k)", 2, 3),
    ("m = items[k]\nitems[k] = m - 1", 2, 3),
    ("global n\nm = n\nn = m + 1", 3, 4),
    ("if items[k] >= 5:\n    items[k] -= 5", 2, 3),
    ("while True:\n    if k in items:\n        del items[k]", 3, 4),
    ("if k in items:\n    x = f'{k}'\n    del items[k]", 2, 4),
    ("u = users[k]\nif u['role'] == 'x':\n    u['n'] = 1", 3, 4),
    ("if not items.used:\n    items.used = True", 2, 3),
]
OPEN = [
    ("x = items.get(k)\nif x is None:\n    return\ndel items[k]", 2, 5),
    ("if k in items:\n    log(k)\n    del items[k]", 2, 4),
    ("if k in items:\n    items.pop(norm(k))", 2, 3),
    ("m = items[k]\nfor _ in (1, 2):\n    pass\nitems[k] = m - 1", 2, 5),
    ("global n\nm = n\nn = compute(m)", 3, 4),
    ("if len(items) < 5:\n    items[k] = 1", 2, 3),
    ("m = items[k]\nwith lock:\n    pass\nitems[k] = m", 2, 5),
    ("m = items[k]\nimport os\nitems[k] = m", 2, 4),
    ("m = items[k]\nyield\nitems[k] = m", 2, 4),
]


@pytest.mark.parametrize("names", [NAMES, frozenset()], ids=["named", "unnamed"])
@pytest.mark.parametrize(("body", "check", "use"), CLOSED)
def test_closed_under_the_gil(body: str, check: int, use: int, names: frozenset[str]) -> None:
    assert not switchable(code_of(body), check, use, names)  # type: ignore[arg-type]


@pytest.mark.parametrize("names", [NAMES, frozenset()], ids=["named", "unnamed"])
@pytest.mark.parametrize(("body", "check", "use"), OPEN)
def test_open(body: str, check: int, use: int, names: frozenset[str]) -> None:
    assert switchable(code_of(body), check, use, names)  # type: ignore[arg-type]


def test_in_another_function_it_is_always_open() -> None:
    code = code_of("if k in items:\n    return 1")
    assert switchable(code, 2, 400)  # type: ignore[arg-type]
