"""Plan files: the requests of a race on the wire, to be sent again. They hold no credentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tocsin.model.http import Request
from tocsin.model.secret import Secret
from tocsin.model.verdict import Permission
from tocsin.report.witness import WitnessError, converted, written

SCHEMA_VERSION = 1
FLAW = "flaw"
FEWEST = 2
"""One request has nothing to race with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """What to send together, where, and what to read: identities are looked up by their names.

    ``address`` is the target as it was given, ``check`` the attack; the rest names the finding.
    ``plan`` is ``volley``; or ``flaw``, where nothing is raced: then ``requests`` are those with
    which the check began, ``known`` the operations that a document has of them, each as JSON text,
    ``cells`` what was allowed and refused, and ``kind`` what is wrong. Where nobody puts back the
    state, ``makers`` make something new for each round, and ``fields`` get texts of its own.
    """

    plan: str
    address: str
    check: str
    requests: tuple[Request, ...]
    readers: tuple[Request, ...] = ()
    framework: str = ""
    rule: str = ""
    title: str = ""
    endpoint: str = ""
    fingerprint: str = ""
    kind: str = ""
    known: tuple[str, ...] = ()
    cells: tuple[Permission, ...] = ()
    makers: tuple[Request, ...] = ()
    fields: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION


def save(file: PlanFile, path: Path, secrets: Iterable[Secret] = ()) -> Path:
    """Write the file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written(file, secrets), encoding="utf-8")
    return path


def loads(text: str) -> PlanFile | None:
    """Read what `save` wrote; ``None`` if the text is no plan. Raises `WitnessError`."""
    try:
        data = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    if not isinstance(data, dict) or "plan" not in data:
        return None
    if data.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        raise WitnessError(
            f"has schema_version {data['schema_version']!r}, and this version of tocsin reads "
            f"{SCHEMA_VERSION}: scan again"
        )
    file = converted(data, PlanFile)
    if file.plan == FLAW:
        return file
    if len(file.requests) < FEWEST:
        raise WitnessError("is damaged: a plan needs two requests")
    return file
