"""Patterns for paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.config.globs import matches

NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=5)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("tests/**", "tests/a.py"),
        ("tests/**", "tests/deep/er/a.py"),
        ("tests", "tests/deep/a.py"),
        ("tests/", "tests/a.py"),
        ("./tests", "tests/a.py"),
        ("tests", "shop/tests/a.py"),
        ("shop/tests", "shop/tests/a.py"),
        ("**/tests/**", "tests/a.py"),
        ("**/tests/**", "shop/x/tests/y/a.py"),
        ("*_pb2.py", "shop/rpc/order_pb2.py"),
        ("shop/*/models.py", "shop/orders/models.py"),
        ("shop/**/models.py", "shop/models.py"),
        ("shop/**/models.py", "shop/a/b/models.py"),
        ("a?c.py", "abc.py"),
        ("[a-c]*.py", "book.py"),
        ("[!x]*.py", "book.py"),
        ("a***b", "axxb"),
        ("[z-a].py", "[z-a].py"),
        ("[^a].py", "^.py"),
        ("/setup.py", "setup.py"),
        ("a+b(1).py", "a+b(1).py"),
    ],
)
def test_what_a_pattern_means(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("tests/**", "tests"),
        ("tests/**", "mytests/a.py"),
        ("tests/**", "shop/tests/a.py"),
        ("tests", "tests2/a.py"),
        ("/setup.py", "shop/setup.py"),
        ("shop/*/models.py", "shop/models.py"),
        ("shop/*/models.py", "shop/a/b/models.py"),
        ("a?c.py", "a/c.py"),
        ("[!x]*.py", "x.py"),
        ("a.py", "aXpy"),
        ("", "a.py"),
        ("/", "a.py"),
    ],
)
def test_what_it_does_not_mean(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


@given(PATHS)
def test_a_path_means_itself_and_what_is_below(path: str) -> None:
    assert matches(path, path)
    assert matches(path, f"{path}/below.py")
    assert matches("**", path)
    assert matches("*", path)


@given(st.text("[]!^-*?/ab\\", max_size=12), st.text("ab/-", max_size=9))
def test_no_pattern_fails(pattern: str, path: str) -> None:
    assert matches(pattern, path) in {True, False}
