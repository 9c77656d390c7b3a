"""Where a request comes from, and whether nobody could read it on its way."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED_FOR = "x-forwarded-for"
FORWARDED_PROTO = "x-forwarded-proto"

_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::\d+)?|(?P<v4>[\d.]+):\d+")


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end: ``address`` as far as it is known."""

    address: str | None
    secure: bool

    @property
    def key(self) -> str:
        """Under what it is limited: an address; of IPv6, the network that one customer has."""
        address = _address(self.address or "")
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address or "unknown")


@dataclass(frozen=True, slots=True)
class Proxies:
    """Whose word counts about whom they speak for.

    ``networks`` are those of the proxies; ``unix`` says that one is at the other end of a socket
    that has no address. With neither, forwarding headers are what anybody may have written.
    """

    networks: tuple[Network, ...] = ()
    unix: bool = False

    @classmethod
    def of(cls, *networks: str, unix: bool = False) -> Proxies:
        """Such as ``Proxies.of("10.0.0.0/8")``. Raises ``ValueError`` for what is no network."""
        return cls(tuple(ipaddress.ip_network(network) for network in networks), unix)

    def client(self, peer: str | None, scheme: str, headers: Mapping[str, str]) -> Client:
        """The client behind the proxies: the nearest hop that is none of them.

        ``headers`` have the two names of this module, those that came several times joined by
        commas. Every hop has to have been HTTPS that ``X-Forwarded-Proto`` tells of.
        """
        nearest = _address(peer or "")
        if not self._trusts(nearest):
            return Client(_shown(nearest), scheme == "https")
        address = nearest
        for hop in reversed(list(_listed(headers.get(FORWARDED_FOR, "")))):
            found = _address(hop)
            if found is None:
                break
            address = found
            if not self._trusts(found):
                break
        told = list(_listed(headers.get(FORWARDED_PROTO, ""))) or [scheme]
        return Client(_shown(address), all(each.lower() == "https" for each in told))

    def _trusts(self, address: Address | None) -> bool:
        if address is None:
            return self.unix
        return any(address in network for network in self.networks)


def _listed(value: str) -> Iterator[str]:
    return (each.strip() for each in value.split(",") if each.strip())


def _shown(address: Address | None) -> str | None:
    return None if address is None else str(address)


def _address(text: str) -> Address | None:
    if found := _WITH_PORT.fullmatch(text):
        text = found["v6"] or found["v4"] or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
