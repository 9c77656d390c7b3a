"""One configuration from a file, the environment and the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from tocsin.config.expand import expand
from tocsin.config.find import find, shown
from tocsin.config.identities import identities, secrets
from tocsin.config.selectors import check_config
from tocsin.config.shape import Config
from tocsin.config.validate import check, nearest
from tocsin.errors import UsageError
from tocsin.model.http import ANONYMOUS, Identity
from tocsin.model.invariant import Query
from tocsin.model.secret import Secret

PREFIX = "TOCSIN_"
_QUERY = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE | re.DOTALL
)
"""How a query begins, comments and parentheses before it aside."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that is sound. ``root`` is the folder its relative paths start from."""

    config: Config
    root: Path
    path: Path | None = None
    identities: tuple[Identity, ...] = ()
    secrets: tuple[Secret, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()


def load(
    *,
    start: Path | None = None,
    folders: tuple[Path, ...] = (),
    chosen: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Loaded:
    """Read and check the configuration.

    It is looked for at and above the target folders, then at and above ``start`` (the working
    directory). ``overrides`` are the command line's, by key; they win over ``TOCSIN_*`` variables,
    which win over the file.
    """
    start = Path.cwd() if start is None else start
    environment = os.environ if environment is None else environment
    source = find((*folders, start), chosen)
    where = f"{shown(source.path)}: " if source else ""
    table = source.table if source else {}
    try:
        expanded = expand(table, environment)
        check(expanded, _shape())
        config = msgspec.convert(expanded, Config)
    except UsageError as error:
        raise UsageError(f"{where}{error.message}") from None
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}{error}") from None
    variables, notes = _from_environment(environment)
    config = _replace(config, variables, overrides or {})
    try:
        known = identities(config)
        _check_names(config)
        check_config(config)
    except UsageError as error:
        raise UsageError(f"{where}{error.message}") from None
    return Loaded(
        config,
        root=source.path.resolve().parent if source else start.resolve(),
        path=source.path if source else None,
        identities=known,
        secrets=secrets(config),
        notes=notes,
    )


def _shape() -> inspect.Type:
    return inspect.type_info(Config)


def _replace(
    config: Config, variables: Mapping[str, object], overrides: Mapping[str, object]
) -> Config:
    changes = {**variables, **overrides}
    fields = {f.encode_name: f.name for f in msgspec.structs.fields(Config)}
    return msgspec.structs.replace(config, **{fields[key]: v for key, v in changes.items()})


def _from_environment(
    environment: Mapping[str, str],
) -> tuple[dict[str, object], tuple[str, ...]]:
    """The settings in ``TOCSIN_*`` variables, and a note on each that is nearly one."""
    settable = {_variable(f): f for f in msgspec.structs.fields(Config) if _settable(f)}
    values: dict[str, object] = {}
    notes: list[str] = []
    for name, text in environment.items():
        if (known := settable.get(name)) is not None:
            values[known.encode_name] = _read_variable(name, text, known.type)
        elif name.startswith(PREFIX) and (hint := nearest(name, settable, cutoff=0.9)):
            notes.append(f"the environment variable {name} is not a setting{hint}")
    return values, tuple(notes)


def _variable(setting: msgspec.structs.FieldInfo) -> str:
    return PREFIX + setting.name.upper()


def _settable(setting: msgspec.structs.FieldInfo) -> bool:
    """Tables, and lists of tables, cannot be said in one variable."""
    return setting.name not in {"env", "params", "identities", "requests", "scenarios", "per_path"}


def _read_variable(name: str, text: str, expected: Any) -> object:
    shape = inspect.type_info(expected)
    bare = shape.type if isinstance(shape, inspect.Metadata) else shape
    if isinstance(bare, inspect.VarTupleType):
        value: object = [part.strip() for part in text.split(",") if part.strip()]
    else:
        value = _number(text)
    try:
        check(value, bare, name)
        return msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        raise UsageError(f"{name}: {error}") from None


def _number(text: str) -> object:
    """``2`` and ``true`` as TOML would read them; anything else is text."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def _check_names(config: Config) -> None:
    """Names that other parts of the configuration use must exist, and mean one thing."""
    known = {*config.identities, ANONYMOUS.name}
    names = [request.name for request in config.requests]
    for index, request in enumerate(config.requests):
        key = f"requests[{index}] ({request.name})"
        if request.name in names[:index]:
            raise UsageError(f"{key}: another request has the same name")
        if request.identity not in known:
            raise UsageError(
                f"{key}: unknown identity {request.identity!r}" + nearest(request.identity, known)
            )
        if request.json is not None and request.form is not None:
            raise UsageError(f"{key}: has both json and form, choose one")
        for name in request.params:
            if f"{{{name}}}" not in request.path:
                raise UsageError(f"{key}: the path {request.path} has no {{{name}}}")
    for index, scenario in enumerate(config.scenarios):
        for part, used in (("race", scenario.race), ("observe", scenario.observe)):
            for name in used:
                if name not in names and not _is_endpoint(name):
                    raise UsageError(
                        f"scenarios[{index}] ({scenario.name}).{part}: unknown request {name!r}"
                        + nearest(name, names)
                    )
        for number, invariant in enumerate(scenario.asserted):
            if isinstance(invariant, Query) and not _QUERY.match(invariant.sql):
                raise UsageError(
                    f"scenarios[{index}] ({scenario.name}).invariants[{number}]: {str(invariant)!r}"
                    " is neither 'package.module:function' nor a query"
                )


def _is_endpoint(name: str) -> bool:
    method, _, path = name.partition(" ")
    return method.isalpha() and method.isupper() and path.startswith("/")
