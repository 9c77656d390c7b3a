"""A request in the making: every input with its candidates, and which of them is tried now."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tocsin.model.http import Operation
from tocsin.scenario.asked import Asked
from tocsin.scenario.build import FORM, JSON, MULTIPART, Inputs
from tocsin.scenario.fitting import resolved
from tocsin.scenario.knowledge import View
from tocsin.scenario.schema import Json
from tocsin.scenario.values import Origin, Value, candidates, wanted

CANDIDATES = 8
WRITING = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests may have a body (RFC 9110, sections 9.3.3 and 9.3.4; RFC 5789)."""

BODY_PLACES = {"json": JSON, "form": FORM, "file": MULTIPART}

TEXT: Json = {"type": "string"}
SENT_AS: Mapping[str, Json] = {"form": TEXT, "file": {"type": "string", "format": "binary"}}

Key = tuple[str, str]
"""Place and name of an input: path, query, header, cookie or body."""

WHOLE: Key = ("whole", "")


@dataclass(slots=True)
class Slot:
    """One input: its candidates, and the one in use."""

    values: tuple[Value, ...]
    at: int = 0

    @property
    def value(self) -> Value:
        return self.values[self.at]

    def advance(self) -> bool:
        """Take the next candidate, if there is one."""
        if self.at + 1 >= len(self.values):
            return False
        self.at += 1
        return True


@dataclass(slots=True)
class Draft:
    """What is being tried for one operation as one identity."""

    operation: Operation
    view: View
    slots: dict[Key, Slot] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    content_type: str | None = None

    @classmethod
    def first(cls, operation: Operation, view: View) -> Draft:
        """The first try: what is required, and what the configuration gives."""
        draft = cls(operation, view)
        for parameter in operation.parameters:
            configured = parameter.name in view.knowledge.params
            if "x-security" in parameter.schema or not (parameter.required or configured):
                continue
            draft.add(parameter.place, parameter.name, parameter.schema)
        draft._start_body()
        return draft

    @property
    def undeclared(self) -> bool:
        """Whether the framework does not tell what the body holds."""
        return self.operation.body == {} and self.operation.content_type is None

    @property
    def bodiless(self) -> bool:
        """Whether no body is declared, or sent."""
        return self.operation.body is None and self.content_type is None

    def ways(self, name: str) -> tuple[str, ...]:
        """Where a field of which nobody says it may belong: content types, or the query (empty)."""
        if self.operation.method not in WRITING or WHOLE in self.slots:
            return ("",)
        if any(place == "body" and other != name for place, other in self.slots):
            return (self.content_type or JSON, "")
        declared = self.operation.body or self.operation.content_type
        return (self.content_type or JSON, "") if declared else (JSON, FORM, "")

    def put(self, name: str, way: str) -> bool:
        """Give a field a value in one of the `ways`. ``False`` if there is none."""
        if not way:
            if self.operation.body is None and not any(place == "body" for place, _ in self.slots):
                self.content_type = None
            return self.add("query", name, self._schema("query", name))
        self.content_type = way
        return self.add("body", name, self._schema("body", name))

    @property
    def lacking(self) -> tuple[Key, ...]:
        """Inputs that are needed and for which there is no value at all."""
        return tuple(key for key, slot in self.slots.items() if not slot.values)

    def inputs(self) -> Inputs:
        """The present choice of every input."""
        chosen: dict[str, dict[str, object]] = {}
        for (place, name), slot in self.slots.items():
            chosen.setdefault(place, {})[name] = slot.value.value
        return Inputs(
            path=chosen.get("path", {}),
            query=chosen.get("query", {}),
            header=chosen.get("header", {}),
            cookie=chosen.get("cookie", {}),
            fields=chosen.get("body", {}),
            whole=chosen.get("whole", {}).get(""),
            files=frozenset(self.files),
            content_type=self.content_type,
        )

    def add(self, place: str, name: str, schema: Json | None = None) -> bool:
        """Give an input a value. ``False`` if it has one, or none can be found."""
        key = (place, name)
        if key in self.slots:
            return False
        schema = self._schema(place, name) if schema is None else schema
        what = wanted(self.operation, name, schema, in_path=place == "path")
        values = tuple(itertools.islice(candidates(what, self.view), CANDIDATES))
        if is_file(schema):
            self.files.add(name)
            values = (Value("tocsin.txt", Origin.SCHEMA),)
        if not values and place != "path":
            return False
        self.slots[key] = Slot(values)
        return True

    def advance(self, *places: str, name: str | None = None) -> bool:
        """Move one input of these places on: of those with candidates left the least tried one."""
        open_slots = [
            (slot.at, -index, slot)
            for index, (key, slot) in enumerate(self.slots.items())
            if key[0] in places and (name is None or key[1] == name)
        ]
        return any(slot.advance() for *_, slot in sorted(open_slots, key=lambda one: one[:2]))

    def fill(self, asked: tuple[Asked, ...], *, body_only: bool = False) -> bool:
        """Give the endpoint what it looked for. ``False`` if nothing is new."""
        bodies = [one for one in asked if one.place in BODY_PLACES]
        added = self._read_as(bodies)
        for one in asked:
            if one.place in BODY_PLACES:
                if self.content_type in {BODY_PLACES[one.place], MULTIPART}:
                    added |= self.add("body", one.name, SENT_AS.get(one.place))
            elif not body_only:
                added |= self.add(one.place, one.name, self._schema(one.place, one.name) or TEXT)
        return added

    def _read_as(self, asked: list[Asked]) -> bool:
        """Send the body in the way that the endpoint reads it."""
        if not self.undeclared or not asked:
            return False
        places = {one.place for one in asked}
        best = next(BODY_PLACES[place] for place in ("file", "json", "form") if place in places)
        changed = self.content_type != best
        self.content_type = best
        return changed

    def _schema(self, place: str, name: str) -> Json:
        """What is declared of an input that was not needed at first."""
        for parameter in self.operation.parameters:
            if (parameter.place, parameter.name) == (place, name):
                return parameter.schema
        body = self.operation.body or {}
        part = properties(body).get(name) if place == "body" else None
        return with_definitions(part, body) if isinstance(part, Mapping) else {}

    def _start_body(self) -> None:
        body = self.operation.body
        if body is None:
            return
        self.content_type = self.operation.content_type
        if self.undeclared:
            self.content_type = JSON
            return
        body = resolved(body, body)
        declared = properties(body)
        whole = self.view.knowledge.whole and self.content_type == JSON
        if whole or not declared or {"oneOf", "anyOf", "allOf", "examples", "example"} & set(body):
            self.add(*WHOLE, schema=self.operation.body)
            return
        for name in self._first_fields(body, declared):
            part = declared[name]
            self.add("body", name, with_definitions(part, self.operation.body or {}))

    def _first_fields(self, body: Json, declared: Mapping[str, object]) -> Iterator[str]:
        """The required fields and the configured ones; if none is required, all of them."""
        required = body.get("required")
        names = set(required) if isinstance(required, (list, tuple)) else set()
        for name in declared:
            if not names or name in names or name in self.view.knowledge.params:
                yield name


def properties(schema: Json) -> Mapping[str, object]:
    """The declared members of an object."""
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def with_definitions(part: object, root: Json) -> dict[str, object]:
    """A part of a schema that can still find the root's definitions."""
    own = dict(part) if isinstance(part, Mapping) else {}
    return {**own, "$defs": root["$defs"]} if "$defs" in root else own


def is_file(schema: Json) -> bool:
    """Whether this is a file to upload, or a list of them."""
    items = schema.get("items")
    if schema.get("type") == "array" and isinstance(items, Mapping):
        return is_file(items)
    return schema.get("format") == "binary" or "contentMediaType" in schema
