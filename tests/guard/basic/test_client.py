"""Who is at the other end, behind proxies or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.guard.basic.client import Client, Proxies

PROXIES = Proxies.of("10.0.0.0/8", "fd00::/8")


def client(
    peer: str | None, forwarded_for: str = "", proto: str = "", *, scheme: str = "http"
) -> Client:
    headers = {"x-forwarded-for": forwarded_for, "x-forwarded-proto": proto}
    return PROXIES.client(peer, scheme, headers)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", ", ,198.51.100.7,", "198.51.100.7"),
        (None, "198.51.100.7", None),
        ("", "198.51.100.7", None),
        ("unix:", "198.51.100.7", None),
    ],
)
def test_only_proxies_are_believed(peer: str | None, forwarded_for: str, address: str) -> None:
    assert client(peer, forwarded_for).address == address


@pytest.mark.parametrize(
    ("peer", "proto", "scheme", "secure"),
    [
        ("192.0.2.1", "https", "http", False),
        ("192.0.2.1", "http", "https", True),
        ("10.0.0.1", "https", "http", True),
        ("10.0.0.1", "HTTPS", "http", True),
        ("10.0.0.1", "http", "https", False),
        ("10.0.0.1", "https, http", "https", False),
        ("10.0.0.1", "https,https", "http", True),
        ("10.0.0.1", "", "https", True),
        ("10.0.0.1", "", "http", False),
        (None, "https", "http", False),
    ],
)
def test_every_hop_has_to_be_secure(
    peer: str | None, proto: str, scheme: str, *, secure: bool
) -> None:
    assert client(peer, "198.51.100.7", proto, scheme=scheme).secure is secure


def test_a_socket_without_an_address_is_a_proxy_if_we_say_so() -> None:
    headers = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}
    found = Proxies.of(unix=True).client(None, "http", headers)
    assert found == Client("198.51.100.7", secure=True)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="host bits"):
        Proxies.of("10.0.0.1/8")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
    ],
)
def test_one_customer_is_one_key(address: str | None, key: str) -> None:
    assert Client(address, secure=True).key == key


@given(st.text(), st.text(), st.text())
def test_whatever_is_sent_there_is_a_client(peer: str, forwarded_for: str, proto: str) -> None:
    assert client(peer, forwarded_for, proto).key
    assert client("10.0.0.1", forwarded_for, proto).key
