"""Fields that are a String of RFC 9651."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.guard.errors import Malformed
from tocsin.guard.structured import string


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ('""', ""),
        (r'"a \"b\" \\"', r'a "b" \ '.strip()),
        ('  "a"  ', "a"),
        ('"a";v=1;w;x=?1;y=:YQ==:;z="b;c"; d=tok/en;e=-1.5;f=@0;g=%"%c3%9f"', "a"),
    ],
)
def test_a_text(value: str, told: str) -> None:
    assert string("Key", value) == told


@pytest.mark.parametrize(
    "value",
    [
        *("", "8e03978e-40d5", '"a', 'a"', '"a" "b"', '"a", "b"', '"a";', '"a";V=1', '"a";v='),
        *(
            '"a\\b"',
            '"ß"',
            '"a\n"',
            '"a"\n',
            '"\0"',
            "'a'",
            '("a")',
            '\t"a"',
            '"' + "a" * 999 + '"',
        ),
    ],
)
def test_what_is_no_text(value: str) -> None:
    with pytest.raises(Malformed, match="Key: a text in quotes is expected"):
        string("Key", value)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=400))
def test_what_was_written_is_read(text: str) -> None:
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    assert string("Key", f'"{written}"') == text


@given(st.text() | st.text('"\\;=a1.-:?@%*,', max_size=60))
def test_anything_is_a_text_or_malformed(value: str) -> None:
    try:
        assert string("Key", value).isascii()
    except Malformed as error:
        assert error.status == 400
