"""Files that findings are in, as fixes read them."""

from __future__ import annotations

import pytest

from tocsin.static.fix.propose import Trees

DEEP = [
    b"x = " + b"(" * 5000 + b"1" + b")" * 5000,
    b"x = " + b"lambda: " * 5000 + b"1",
    b"x = " + b"-" * 5000 + b"1",
    b"x = " + b"[" * 5000 + b"]" * 5000,
]


def _gone(path: str) -> bytes:
    raise FileNotFoundError(path)


@pytest.mark.parametrize("data", DEEP, ids=["parentheses", "lambdas", "signs", "brackets"])
def test_what_is_nested_too_deeply_is_left_alone(data: bytes) -> None:
    trees = Trees({"deep.py": data}, _gone)
    assert trees.of("deep.py") is None
    assert trees.unread == {"deep.py"}


def test_a_file_that_is_gone_is_left_alone() -> None:
    trees = Trees({}, _gone)
    assert trees.of("gone.py") is None
    assert trees.unread == {"gone.py"}


def test_a_file_is_read_once() -> None:
    asked: list[str] = []

    def read(path: str) -> bytes:
        asked.append(path)
        return b"x = 1\n"

    trees = Trees({}, read)
    assert trees.of("a.py") is trees.of("a.py") is not None
    assert asked == ["a.py"]
