"""Bodies that are forgotten and read again are what they were."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import tocsin
from tocsin.source import bodies
from tocsin.source.bodies import Body
from tocsin.source.module import Module
from tocsin.source.project import Project

SHAPES = '''\
"""Functions wherever they may stand."""
import os

@decorated(
    1)
def top(a, *, b=lambda: 1):
    """It says

    something."""
    x = f"{a}é"
    return x

class Some:
    if os.name == "nt":
        async def method(self):
            first = 1
            \\
            second = """
no indent
"""
            return first, second

    def outer(self):
        a = 1
        def inner():
            return a
        return inner

class Tabs:
\tdef tabbed(self):
\t\tone = 1
\t\ttwo = 2
\t\treturn one

try:
    def tried(): return (
        1,
        2,
        3)
except ImportError:
    pass

def last(a):
    b = a
    c = b
    return c'''


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_FRESH", 0)
    monkeypatch.setattr(bodies, "_LOADED", 0)


def modules(root: Path) -> list[Module]:
    project = Project.read(root)
    return [each for file in project.files if (each := project.module(file)) is not None]


def lean(module: Module) -> list[str]:
    """The functions of which the body can be forgotten."""
    named = (each for each in ast.walk(module.tree) if isinstance(each, ast.FunctionDef))
    return [each.name for each in named if isinstance(each.body, Body)]


def test_wherever_a_function_stands(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SHAPES)
    (tmp_path / "b.py").write_text("")
    module, _ = modules(tmp_path)

    for _ in range(2):
        assert ast.dump(module.tree, include_attributes=True) == ast.dump(
            ast.parse(SHAPES), include_attributes=True
        )
    assert sorted(lean(module)) == ["last", "tabbed", "top"]


def test_this_very_program() -> None:
    root = Path(tocsin.__file__).parent / "source"
    for module in modules(root):
        text = Path(module.path).read_text()
        assert ast.dump(module.tree, include_attributes=True) == ast.dump(
            ast.parse(text), include_attributes=True
        )


@pytest.mark.parametrize(
    "data",
    [
        SHAPES.replace("\n", "\r\n").encode(),
        b"# coding: latin-1\n" + SHAPES.encode("latin-1"),
        b"\xef\xbb\xbf" + SHAPES.encode(),
        SHAPES.replace("1)", "f'{'1'}')", 1).encode(),
    ],
    ids=["carriage returns", "another encoding", "a byte order mark", "newer syntax"],
)
def test_what_is_not_read_as_it_is_written_stays(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)
    (tmp_path / "b.py").write_text("")

    if data.count(b"f'{'") and sys.version_info >= (3, 12):
        pytest.skip("this Python reads it as it is")
    assert not any(map(lean, modules(tmp_path)))


def test_who_goes_through_a_body_goes_through_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SHAPES)
    (tmp_path / "b.py").write_text("")
    module, _ = modules(tmp_path)
    top, last = module.names["top"], module.names["last"]
    assert isinstance(top, ast.FunctionDef)
    assert isinstance(last, ast.FunctionDef)

    seen = 0
    for _ in last.body:
        seen += 1
        assert len(top.body) == 3  # by now the other body was forgotten

    assert seen == 3
    assert isinstance(top.body[-1], ast.Return)
    assert [type(each) for each in top.body[:2]] == [ast.Expr, ast.Assign]
    assert [*reversed(top.body)] == top.body[::-1]
    assert top.body[0] in top.body
