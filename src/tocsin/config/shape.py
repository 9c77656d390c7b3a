"""The shape of the configuration. The published JSON Schema is made from these classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tocsin.model.invariant import Invariant, Query

Scalar = str | int | float | bool
Pairs = Mapping[str, Scalar | tuple[Scalar, ...]]
FailOn = Literal["critical", "high", "medium", "low", "info", "never"]
Framework = Literal["fastapi", "flask", "django"]
Version = Literal["http/1.1", "h2", "h3"]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
_CALLABLE = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")
_REQUEST = r"^[A-Z]+ /\S*$"
Callable = Annotated[str, Meta(pattern=_CALLABLE.pattern)]


class LoginConfig(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """A request that gives an identity its credentials, for targets that are addresses."""

    request: Annotated[str, Meta(pattern=_REQUEST, description="Method and path: `POST /login`.")]
    json: Annotated[Any, Meta(description="A JSON body.")] = None
    form: Annotated[Mapping[str, str] | None, Meta(description="A form body.")] = None
    token: Annotated[
        str | None,
        Meta(
            description="Where the answer has the token: `access_token`, `data.token`. "
            "Without it, the answer's cookies are the credentials."
        ),
    ] = None
    header: Annotated[str, Meta(description="The header that carries the token.")] = "authorization"
    prefix: Annotated[str, Meta(description="What stands before it there.")] = "Bearer "


class IdentityConfig(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """Who asks, and with which credentials."""

    basic: Annotated[
        tuple[str, str] | None, Meta(description="User name and password for HTTP Basic.")
    ] = None
    bearer: Annotated[str | None, Meta(description="A bearer token.")] = None
    headers: Annotated[Mapping[str, str], Meta(description="Headers to send.")] = {}
    cookies: Annotated[Mapping[str, str], Meta(description="Cookies to send.")] = {}
    login: Annotated[
        LoginConfig | None, Meta(description="A request whose answer has the credentials.")
    ] = None
    role: Annotated[str | None, Meta(description="What the identity is, for readers.")] = None


class RequestConfig(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """A named request, where the generated one is not enough."""

    name: Annotated[str, Meta(min_length=1, description="The name scenarios and reports use.")]
    request: Annotated[
        str, Meta(pattern=_REQUEST, description="Method and path: `POST /withdraw`.")
    ]
    identity: Annotated[str, Meta(description="Who sends it; without one, nobody.")] = "anonymous"
    params: Annotated[
        Mapping[str, Scalar], Meta(description="Values for the path's parameters.")
    ] = {}
    query: Annotated[Pairs, Meta(description="The query string.")] = {}
    headers: Annotated[Mapping[str, str], Meta(description="Headers besides credentials.")] = {}
    json: Annotated[Any, Meta(description="A JSON body.")] = None
    form: Annotated[Pairs | None, Meta(description="A form body.")] = None

    @property
    def method(self) -> str:
        return self.request.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.request.partition(" ")[2]


class QueryConfig(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """SQL that must return no row, and the database it is asked of."""

    sql: Annotated[str, Meta(min_length=1, description="The query.")]
    database: Annotated[
        str, Meta(description="The database's name, where the app has several.")
    ] = ""


class ScenarioConfig(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """Requests to race, besides the pairs that tocsin finds by itself."""

    name: Annotated[str, Meta(min_length=1, description="The name reports use.")]
    race: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Named requests or `METHOD /path`; one races itself."),
    ]
    observe: Annotated[
        tuple[str, ...], Meta(description="Requests sent afterwards; their answers count.")
    ] = ()
    invariants: Annotated[
        tuple[str | QueryConfig, ...],
        Meta(description="`module:function`, or SQL that must return no row."),
    ] = ()

    @property
    def asserted(self) -> tuple[Invariant, ...]:
        return tuple(map(_asserted, self.invariants))


def _asserted(given: str | QueryConfig) -> Invariant:
    if isinstance(given, QueryConfig):
        return Query(_one_statement(given.sql), given.database)
    return given if _CALLABLE.fullmatch(given) else Query(_one_statement(given))


def _one_statement(sql: str) -> str:
    return sql.strip().rstrip(";").rstrip()


class PerPathConfig(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """What is different for the files that a pattern means."""

    ignore: Annotated[
        tuple[str, ...], Meta(description="Rules that are not reported there: codes or beginnings.")
    ]


class Config(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Everything that `tocsin.toml`, or `[tool.tocsin]` in pyproject.toml, can say."""

    app: Annotated[Callable | None, Meta(description="The application: `shop.main:app`.")] = None
    setup: Annotated[
        Callable | None,
        Meta(description="Called once before the first run; creates tables and rows."),
    ] = None
    paths: Annotated[
        tuple[str, ...], Meta(description="The project's own source: folders and files.")
    ] = ()
    env: Annotated[
        Mapping[str, str], Meta(description="Environment to set before the app is imported.")
    ] = {}
    framework: Annotated[
        Framework | None, Meta(description="The framework, where it is not detected.")
    ] = None
    disposable: Annotated[
        tuple[str, ...], Meta(description="Names of databases that tocsin may write to.")
    ] = ()
    fail_on: Annotated[
        FailOn, Meta(description="The least severity that makes the exit code 1.")
    ] = "high"
    strict: Annotated[bool, Meta(description="Inconclusive pairs make the exit code 4.")] = False
    preemptions: Annotated[
        int, Meta(ge=0, description="How often a request may be interrupted in one schedule.")
    ] = 2
    exhaustive: Annotated[bool, Meta(description="Explore without that bound.")] = False
    time_limit: Annotated[
        Positive | None, Meta(description="Seconds after which no new pair is begun.")
    ] = None
    request_timeout: Annotated[
        Positive, Meta(description="Seconds after which a request counts as hanging.")
    ] = 10.0
    workers: Annotated[
        Count | None, Meta(description="Processes; without it, one for each core.")
    ] = None
    witness_dir: Annotated[str, Meta(description="Where witnesses are written.")] = (
        ".tocsin/witnesses"
    )
    only: Annotated[
        tuple[str, ...], Meta(description="Operations to explore: `POST /x`, globs, names.")
    ] = ()
    skip: Annotated[tuple[str, ...], Meta(description="Operations to leave out.")] = ()
    select: Annotated[
        tuple[str, ...], Meta(description="Rules to report: codes, or beginnings like `TOC2`.")
    ] = ()
    ignore: Annotated[
        tuple[str, ...], Meta(description="Rules not to report: codes, or beginnings like `TOC2`.")
    ] = ()
    exclude: Annotated[
        tuple[str, ...], Meta(description="Files without findings: globs, from this folder.")
    ] = ()
    per_path: Annotated[
        Mapping[str, PerPathConfig], Meta(description="Settings for the files of a glob.")
    ] = {}
    pedantic: Annotated[
        bool, Meta(description="Report what is only possible, too: findings of low confidence.")
    ] = False
    guards: Annotated[
        bool,
        Meta(description="Fixes write calls of `tocsin.guard` where it is clear which."),
    ] = False
    baseline: Annotated[
        str | None, Meta(description="The file of accepted findings, `.tocsin-baseline.json`.")
    ] = None
    scope: Annotated[
        tuple[str, ...],
        Meta(description="Hosts and networks that may be probed, besides this machine."),
    ] = ()
    active: Annotated[
        bool, Meta(description="Send requests that change something to hosts in scope, too.")
    ] = False
    spec: Annotated[
        str | None,
        Meta(description="What describes a target that is an address: a file, or a path on it."),
    ] = None
    rate: Annotated[
        Positive | None, Meta(description="Requests in a second, at most, to an address.")
    ] = None
    protocols: Annotated[
        tuple[Version, ...],
        Meta(
            description="Versions of HTTP to race requests in. `h3`, and `h2` without TLS, are"
            " only tried if named."
        ),
    ] = ()
    max_requests: Annotated[
        Count, Meta(description="Requests in one scan, at most, to an address.")
    ] = 20_000
    rounds: Annotated[
        Count, Meta(description="How often an attack on an address is tried, at most.")
    ] = 12
    copies: Annotated[
        int, Meta(ge=2, description="Requests in one volley of a parallel replay.")
    ] = 2
    reset: Annotated[
        Callable | None,
        Meta(description="Called here before each round on an address: the same state again."),
    ] = None
    params: Annotated[
        Mapping[str, tuple[Scalar, ...]], Meta(description="Values to try, by parameter name.")
    ] = {}
    identities: Annotated[
        Mapping[str, IdentityConfig], Meta(description="Who may ask, by name.")
    ] = {}
    requests: Annotated[tuple[RequestConfig, ...], Meta(description="Named requests.")] = ()
    scenarios: Annotated[tuple[ScenarioConfig, ...], Meta(description="Named races.")] = ()


def schema() -> dict[str, Any]:
    """The JSON Schema of the configuration."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tocsin configuration",
        **msgspec.json.schema(Config),
    }
    # Defaults are tuples until they are written down.
    return msgspec.json.decode(msgspec.json.encode(document), type=dict[str, Any])
