from __future__ import annotations

import ast
import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.source.compat import downgraded
from tocsin.source.edits import edited
from tocsin.source.fstrings import fields_outside
from tocsin.source.parse import Unparsable, parse

NEWER = [
    ("try:\n    f()\nexcept A, B:\n    pass\n", (3, 14)),
    ("try:\n    f()\nexcept (\n    A\n), B:\n    pass\n", (3, 14)),
    ("def f[T](x: T) -> T:\n    return x\n", (3, 12)),
    ("class A[T: (int, str)]:\n    x: int\n", (3, 12)),
    ("type Pair[T] = tuple[T, T]\n", (3, 12)),
    ("def f[\n    T,\n](x): pass\ny = 1\n", (3, 12)),
    ("class A[T = int]: ...\n", (3, 13)),
    ('x = f"{a["b"]} and {f"{1}"}"\n', (3, 12)),
    ('x = f"{\n  a["b"]  # why\n}"\ny = 1\n', (3, 12)),
    ('x = f"{a}" "b" f"{c["d"]}"\n', (3, 12)),
    ('x = f"""\n{a["b"]}\n{"""c"""}"""\ny = 2\n', (3, 12)),
    ('def f[T](x: T):\n    return f"{x["a"]:>{x["b"]}}"\n', (3, 12)),
    ('x = t"{a} and {b!r}"\n', (3, 14)),
]


@pytest.mark.parametrize(("text", "since"), NEWER)
def test_newer_syntax_is_read(text: str, since: tuple[int, int]) -> None:
    assert parse(text.encode()).body
    if sys.version_info < since:
        with pytest.raises(SyntaxError):
            ast.parse(text)


@pytest.mark.parametrize(("text", "since"), NEWER)
def test_lines_keep_their_numbers(text: str, since: tuple[int, int]) -> None:
    older = downgraded(edited(text, fields_outside(text)))
    assert len(older.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ('f"{a["b"]!r:>{w["x"]}} {{}}"', '"{} {{}}".format(a["b"], w["x"])'),
        ('f"{a["b"]=} {c["d"] != e}"', '"{} {}".format(a["b"], c["d"] != e)'),
        ('f"{ {"a": 1}["a"] :>{2}}"', '"{}".format({"a": 1}["a"], 2)'),
        ('f"{f(f"{a["b"]}")}"', '"{}".format(f("{}".format(a["b"])))'),
        ('t"{await_(a)}"', '"{}".format(await_(a))'),
        ('rf"\\d{a["b"]}"', 'r"\\d{}".format(a["b"])'),
    ],
)
def test_strings_with_fields_keep_what_is_in_them(text: str, same: str) -> None:
    older = edited(text, fields_outside(text))
    assert ast.unparse(ast.parse(older)) == ast.unparse(ast.parse(same))


def test_strings_that_this_python_reads_stay_as_they_are() -> None:
    assert fields_outside("x = f\"{a['b']} {c!r:>4}\"\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "x[1]\n",
        "type(x)\n",
        "type = 1\nmatch = [2]\n",
        "try:\n    f()\nexcept (A, B) as e:\n    pass\n",
        "try:\n    f()\nexcept* A:\n    pass\n",
        "def f(x: dict[str, int]) -> list[int]: ...\n",
    ],
)
def test_what_is_readable_stays_as_it_is(text: str) -> None:
    assert downgraded(text) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"def f(:\n", "has a syntax error in line 1"),
        (b"\0\1", "is binary"),
        ("x = 1".encode("utf-16"), "is UTF-16 or UTF-32"),
        (b"# coding: klingon\n", "has an encoding that cannot be read"),
        (b"x = '\xff'\n", "has an encoding that cannot be read"),
        (b"(" * 5000, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unparsable) as raised:
        parse(data)
    assert reason in str(raised.value) or "syntax error" in str(raised.value)


def test_an_encoding_that_is_said_is_used() -> None:
    assert ast.unparse(parse("# coding: latin-1\nx = 'ä'\n".encode("latin-1"))) == "x = 'ä'"


@given(st.text(max_size=200))
def test_no_text_makes_it_crash(text: str) -> None:
    with contextlib.suppress(Unparsable):
        parse(text.encode("utf-8", "surrogatepass"))


@given(st.text(alphabet="ftr{}'\"\\!:#\n a=N", max_size=60))
def test_strings_without_an_end_are_no_crash(text: str) -> None:
    older = edited(text, fields_outside(text))
    assert len(older.split("\n")) == len(text.split("\n"))
