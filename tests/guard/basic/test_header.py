"""``Authorization: Basic …``."""

from __future__ import annotations

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.guard.basic.header import Credentials, parse, prepared
from tocsin.guard.errors import Malformed


def encoded(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return base64.b64encode(raw).decode()


def test_the_examples_of_the_rfc() -> None:
    assert parse("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == Credentials("Aladdin", "open sesame")
    assert parse("Basic dGVzdDoxMjPCow==") == Credentials("test", "123£")


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc", "Basic  "])
def test_the_scheme_is_a_word(scheme: str) -> None:
    assert parse(f"{scheme} {encoded('a:b')} ") == Credentials("a", "b")


@pytest.mark.parametrize(
    ("text", "credentials"),
    [
        ("a:", ("a", "")),
        (":b", ("", "b")),
        (":", ("", "")),
        ("a:b:c", ("a", "b:c")),
        ("a b:c d", ("a b", "c d")),
        ("é:ü", ("é", "ü")),
        ("e\u0301:u\u0308", ("é", "ü")),
        ("a:b\u00a0c", ("a", "b c")),
    ],
)
def test_the_first_colon_ends_the_name(text: str, credentials: tuple[str, str]) -> None:
    assert parse(f"Basic {encoded(text)}") == Credentials(*credentials)


MALFORMED = {
    "nothing": "",
    "no credentials": "Basic",
    "no credentials, with a space": "Basic ",
    "another scheme": "Bearer abc",
    "a longer scheme": "Basics YTpi",
    "no space": "BasicYTpi",
    "a tab": "Basic\tYTpi",
    "a space before": " Basic YTpi",
    "two": "Basic YTpi, Basic YTpi",
    "two words": "Basic YTpi YTpi",
    "no base64": "Basic a:b",
    "base64 for addresses": "Basic YTo_Pz8-",
    "a line break within": "Basic YT\npi",
    "a letter of no alphabet": "Basic YTpi\xe9",
    "no padding": "Basic " + encoded("a:bc").rstrip("="),
    "too much padding": "Basic " + encoded("a:b") + "====",
    "other bits at the end": "Basic YTo=".replace("YTo=", "YTp="),
    "padding within": "Basic YQ==OmI=",
    "no colon": "Basic " + encoded("ab"),
    "not UTF-8": "Basic " + encoded(b"a:\xe9"),
    "overlong UTF-8": "Basic " + encoded(b"a:\xc0\xba"),
    "half of a pair": "Basic " + encoded(b"a:\xed\xa0\x80"),
    "a NUL": "Basic " + encoded("a\0:b"),
    "a line break": "Basic " + encoded("a:b\r\n"),
    "a delete": "Basic " + encoded("a:\x7f"),
    "a control of the second set": "Basic " + encoded("a:\x85"),
    "too long": "Basic " + encoded("a:" + "b" * 2000),
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_anything_else_is_malformed(value: str) -> None:
    with pytest.raises(Malformed):
        parse(value)


def test_the_limit_is_one_of_characters() -> None:
    token = encoded("a:" + "b" * 7)
    assert parse(f"Basic {token}", limit=12).password == "b" * 7
    with pytest.raises(Malformed):
        parse(f"Basic {token}", limit=11)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("alice", "secret"))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=80)


@given(TEXT.filter(lambda name: ":" not in name), TEXT)
def test_what_is_encoded_is_read(username: str, password: str) -> None:
    read = parse(f"Basic {encoded(f'{username}:{password}')}")
    assert read.username == unicodedata.normalize("NFC", username)
    assert read.password == prepared(password)


@given(st.one_of(st.text(), st.binary().map(encoded).map("Basic {}".format)))
def test_nothing_else_is_raised(value: str) -> None:
    try:
        read = parse(value)
    except Malformed:
        return
    assert ":" not in read.username
    assert not any(unicodedata.category(c) == "Cc" for c in read.username + read.password)


@given(st.text())
def test_a_password_is_prepared_once(password: str) -> None:
    assert prepared(prepared(password)) == prepared(password)
