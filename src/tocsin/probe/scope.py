"""Where requests may go, and which: decided before a connection is opened. No I/O of its own."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tocsin.errors import Unreachable, UsageError
from tocsin.probe.message import Origin

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110 section 9.2.1, TRACE aside."""

METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"),
    )
)
"""Where clouds hand out credentials to whoever asks from inside."""

_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """The address that the user typed: where requests go, and the path below which."""

    origin: Origin
    path: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of the configured scope: a host or a network, perhaps of one port only."""

    host: str = ""
    network: Network | None = None
    port: int | None = None

    def names(self, origin: Origin) -> bool:
        """Whether the origin is meant by its name, or by its address where that is its name."""
        if self.port not in {None, origin.port}:
            return False
        literal = _literal(origin.host)
        if literal is not None:
            return self.network is not None and literal in self.network
        host = origin.host.rstrip(".")
        if self.host.startswith("*."):
            return host.endswith(self.host[1:])
        return bool(self.host) and host == self.host

    def covers(self, address: Address, port: int) -> bool:
        """Whether the address itself is meant."""
        return self.network is not None and self.port in {None, port} and address in self.network


@dataclass(frozen=True, slots=True)
class Scope:
    """The hosts that the configuration names, and whether requests may change anything there."""

    entries: tuple[Entry, ...] = ()
    active: bool = False

    def check(self, origin: Origin) -> None:
        """Raise `Unreachable` for an origin out of scope. Needs no name service."""
        if is_loopback(origin) or any(entry.names(origin) for entry in self.entries):
            return
        raise Unreachable(
            f"{origin} is not in scope: name the host in the configuration, "
            f"scope = [{origin.host!r}], if you may test it"
        )

    def choose(self, origin: Origin, addresses: Iterable[str]) -> str:
        """The first address of the origin that may be connected to; `Unreachable` if none may.

        Being named is not enough for an address that is not public: it must be in scope itself,
        so that nobody's name service can point the scan at another machine.
        """
        refused: list[str] = []
        for text in addresses:
            address = _plain(ipaddress.ip_address(text.partition("%")[0]))
            reason = self._refusal(origin, address)
            if not reason:
                return text
            refused.append(f"{address} is {reason}")
        if not refused:
            raise Unreachable(f"{origin.host} has no address")
        raise Unreachable(
            f"{origin} is refused: {refused[0]}; name the address in scope if it is meant"
        )

    def may_change(self, origin: Origin) -> bool:
        """Whether requests other than GET, HEAD and OPTIONS may be sent."""
        return self.active or is_loopback(origin)

    def _refusal(self, origin: Origin, address: Address) -> str:
        """Why this address is not connected to; empty if it may be."""
        if is_loopback(origin):
            return "" if address.is_loopback else "not on this machine, as its name says"
        if any(entry.covers(address, origin.port) for entry in self.entries):
            return ""
        if address in METADATA:
            return "the metadata service of a cloud"
        if address.is_loopback or address.is_unspecified:
            return "this machine"
        return "" if address.is_global and not address.is_multicast else "no public address"


def scope(words: Sequence[str], *, active: bool = False) -> Scope:
    """The configured scope. Raises a `UsageError` that names the word which is none."""
    return Scope(tuple(map(_entry, words)), active)


def target(url: str) -> Target:
    """Where the user's address leads. Raises a `UsageError` with one sentence."""
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address: {error}") from None
    scheme, host = split.scheme.lower(), (split.hostname or "").rstrip(".")
    if scheme not in _PORTS:
        raise UsageError(f"{url!r} is no address that begins with http:// or https://")
    if split.username is not None or split.password is not None:
        raise UsageError(
            f"the address of {host} has credentials in it: put them into [identities] instead"
        )
    if not host or not (_HOST.fullmatch(host) or _literal(host)):
        raise UsageError(f"{url!r} names no host")
    number = _PORTS[scheme] if port is None else port
    return Target(Origin(scheme, host, number), split.path.rstrip("/"))


def is_loopback(origin: Origin) -> bool:
    """Whether the origin is this machine by its very name: no name service is asked."""
    literal = _literal(origin.host)
    if literal is not None:
        return literal.is_loopback
    return origin.host == "localhost" or origin.host.endswith(".localhost")


def _entry(word: str) -> Entry:
    text = word.strip().lower()
    try:
        return Entry(network=ipaddress.ip_network(text.strip("[]")))
    except ValueError:
        pass
    text = text if "://" in text else f"//{text}"
    try:
        split = urlsplit(text)
        port = split.port or _PORTS.get(split.scheme)
    except ValueError:
        raise _wrong(word) from None
    host = (split.hostname or "").rstrip(".")
    literal = _literal(host)
    if literal is not None:
        return Entry(network=ipaddress.ip_network(literal), port=port)
    if not _HOST.fullmatch(host) or split.path.strip("/") or split.query:
        raise _wrong(word)
    return Entry(host=host, port=port)


def _wrong(word: str) -> UsageError:
    return UsageError(
        f"scope: {word!r} is no host ('api.example.com', '*.example.com', 'host:8443'), "
        "address or network ('10.1.0.0/16')"
    )


def _literal(host: str) -> Address | None:
    try:
        return _plain(ipaddress.ip_address(host))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, wherever it is judged: mapped, NAT64 or 6to4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
