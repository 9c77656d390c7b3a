from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import Unreachable, UsageError
from tocsin.probe.message import Origin
from tocsin.probe.scope import METADATA, is_loopback, scope, target


def origin(host: str, port: int = 443) -> Origin:
    return Origin("https", host, port)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "app.localhost"])
def test_loopback_is_free(host: str) -> None:
    scope([]).check(origin(host))
    assert scope([]).may_change(origin(host))


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "localhost.example.com",
        "notlocalhost",
        "10.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
    ],
)
def test_everything_else_must_be_named(host: str) -> None:
    with pytest.raises(Unreachable, match=r"is not in scope: name the host"):
        scope([]).check(origin(host))


@pytest.mark.parametrize(
    ("word", "host", "port", "named"),
    [
        ("api.example.com", "api.example.com", 443, True),
        ("API.example.com.", "api.example.com", 443, True),
        ("api.example.com", "evil-api.example.com", 443, False),
        ("api.example.com", "api.example.com.evil", 443, False),
        ("*.example.com", "a.b.example.com", 443, True),
        ("*.example.com", "example.com", 443, False),
        ("*.example.com", "badexample.com", 443, False),
        ("api.example.com:8443", "api.example.com", 8443, True),
        ("api.example.com:8443", "api.example.com", 443, False),
        ("https://api.example.com/", "api.example.com", 443, True),
        ("http://api.example.com", "api.example.com", 443, False),
        ("10.1.0.0/16", "10.1.2.3", 443, True),
        ("10.1.0.0/16", "10.2.2.3", 443, False),
        ("10.1.2.3:8000", "10.1.2.3", 8000, True),
        ("[fd00::1]:8000", "fd00::1", 8000, True),
        ("fd00::1", "fd00::1", 1, True),
    ],
)
def test_words_of_the_scope(word: str, host: str, port: int, named: bool) -> None:
    if named:
        scope([word]).check(origin(host, port))
    else:
        with pytest.raises(Unreachable):
            scope([word]).check(origin(host, port))


@pytest.mark.parametrize("word", ["", "*", "a b", "http://x/path", "x:port", "*.*", "a/b"])
def test_words_that_are_none(word: str) -> None:
    with pytest.raises(UsageError, match=r"^scope: "):
        scope([word])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("10.0.0.5", "10.0.0.5 is no public address"),
        ("192.168.1.1", "no public address"),
        ("127.0.0.1", "127.0.0.1 is this machine"),
        ("0.0.0.0", "this machine"),
        ("::1", "this machine"),
        ("::ffff:127.0.0.1", "127.0.0.1 is this machine"),
        ("169.254.169.254", "the metadata service of a cloud"),
        ("::ffff:169.254.169.254", "the metadata service of a cloud"),
        ("64:ff9b::a9fe:a9fe", "169.254.169.254 is the metadata service"),
        ("2002:7f00:1::", "127.0.0.1 is no public|127.0.0.1 is this machine"),
        ("fe80::1%eth0", "no public address"),
        ("224.0.0.1", "no public address"),
    ],
)
def test_a_name_that_leads_inside_is_refused(address: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        scope(["api.example.com"]).choose(origin("api.example.com"), [address])


def test_inside_is_reached_where_the_address_is_named_too() -> None:
    both = scope(["api.example.com", "10.0.0.0/8"])
    assert both.choose(origin("api.example.com"), ["127.0.0.1", "10.0.0.5"]) == "10.0.0.5"


def test_the_first_public_address_is_taken() -> None:
    found = scope(["api.example.com"]).choose(
        origin("api.example.com"), ["10.0.0.5", "93.184.215.14", "93.184.215.15"]
    )
    assert found == "93.184.215.14"


def test_a_name_without_addresses() -> None:
    with pytest.raises(Unreachable, match=r"api\.example\.com has no address"):
        scope(["api.example.com"]).choose(origin("api.example.com"), [])


def test_localhost_is_this_machine_or_nothing() -> None:
    with pytest.raises(Unreachable, match="not on this machine"):
        scope([]).choose(origin("localhost"), ["93.184.215.14"])
    assert scope([]).choose(origin("localhost"), ["::1", "127.0.0.1"]) == "::1"


def test_elsewhere_only_the_active_change_anything() -> None:
    assert not scope(["api.example.com"]).may_change(origin("api.example.com"))
    assert scope(["api.example.com"], active=True).may_change(origin("api.example.com"))


@pytest.mark.parametrize(
    ("url", "expected", "path"),
    [
        ("http://127.0.0.1:8000", Origin("http", "127.0.0.1", 8000), ""),
        ("HTTPS://Shop.Example./api/", Origin("https", "shop.example", 443), "/api"),
        ("http://[::1]:80/", Origin("http", "::1", 80), ""),
    ],
)
def test_targets(url: str, expected: Origin, path: str) -> None:
    found = target(url)
    assert (found.origin, found.path) == (expected, path)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://", "names no host"),
        ("http://a b/", "names no host"),
        ("http://x:99999/", "is no address: Port out of range"),
        ("ftp://x/", "begins with http:// or https://"),
        ("http://[::1/", "is no address: Invalid IPv6 URL"),
        ("http://alice:secret@x/", "has credentials in it"),
    ],
)
def test_targets_that_are_none(url: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        target(url)
    assert sentence in raised.value.message
    assert "secret" not in raised.value.message


@given(st.ip_addresses())
def test_without_scope_no_address_but_loopback_is_ever_chosen(address: object) -> None:
    here = origin(str(address))
    if not is_loopback(here):
        with pytest.raises(Unreachable):
            scope([]).check(here)


@given(st.sampled_from(sorted(map(str, METADATA))))
def test_metadata_is_reached_only_by_its_own_name(address: str) -> None:
    named = scope(["api.example.com"])
    with pytest.raises(Unreachable):
        named.choose(origin("api.example.com"), [address])
    assert scope([address]).choose(origin(address), [address]) == address
