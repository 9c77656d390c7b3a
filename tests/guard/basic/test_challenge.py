"""``WWW-Authenticate``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import unquote_header_value

from tocsin.guard.basic.challenge import challenge, refused


def test_a_realm() -> None:
    assert challenge("shop") == 'Basic realm="shop", charset="UTF-8"'
    assert challenge('a "b" \\ c') == r'Basic realm="a \"b\" \\ c", charset="UTF-8"'


@pytest.mark.parametrize("realm", ["a\r\nSet-Cookie: b", "é", "\t", "\x7f"])
def test_what_no_header_can_hold(realm: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        challenge(realm)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_a_quoted_realm_reads_back(realm: str) -> None:
    value = challenge(realm).removeprefix("Basic realm=").removesuffix(', charset="UTF-8"')
    assert unquote_header_value(value) == realm


def test_a_refusal_names_a_way_to_log_in() -> None:
    assert refused("shop").headers["WWW-Authenticate"] == challenge("shop")
    assert refused("shop").status == 401
