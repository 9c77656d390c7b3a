"""Requests and answers, without a socket: what a scenario is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """The request whose answer has an identity's credentials.

    ``token`` is where they are in a JSON answer (``data.token``), to be sent as ``header`` behind
    ``prefix``; empty where the answer's cookies are the credentials.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    token: str = ""
    header: str = "authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. ``headers`` carry the credentials: they never reach output (see ``redact``)."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    role: str | None = None
    username: str | None = None
    login: Login | None = None

    @property
    def credentials(self) -> tuple[tuple[str, str], ...]:
        """The headers that carry them."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies)
        return (*self.headers, *((("cookie", cookies),) if cookies else ()))

    def __repr__(self) -> str:
        return f"Identity({self.name!r}, role={self.role!r})"


ANONYMOUS = Identity("anonymous")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it will be sent. ``endpoint`` is the template, ``POST /orders/{order_id}``."""

    name: str
    endpoint: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    identity: str = ANONYMOUS.name

    @property
    def reads_only(self) -> bool:
        """Whether the method is safe in the sense of RFC 9110 section 9.2.1."""
        return self.method in {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. ``error`` is the exception that escaped from the app, if one did."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 400

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500

    @property
    def failed(self) -> bool:
        return self.status >= 500


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint of the app and what is known of its inputs.

    ``responses`` are the documented statuses (``200``, ``4XX``, ``default``), ``shown`` the members
    of what it documents to answer when it succeeds; nothing where that is left open.
    """

    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    body: Mapping[str, object] | None = None
    content_type: str | None = None
    summary: str = ""
    source: str = ""
    tags: tuple[str, ...] = field(default=())
    responses: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input: ``place`` is ``path``, ``query``, ``header`` or ``cookie``; a JSON Schema."""

    name: str
    place: str
    required: bool = True
    schema: Mapping[str, object] = field(default_factory=dict)
