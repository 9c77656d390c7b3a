"""Operations out of an OpenAPI document (3.0 and 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tocsin.model.http import Operation, Parameter

Json = Mapping[str, object]

BODY_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
PLACES = frozenset({"path", "query", "header", "cookie"})


NODES = 20_000
"""So many nodes a schema may have, its definitions included."""

_CHAIN = 16
"""So many references may name references."""

DEPTH = 100
"""So deep it may be; from half of it on, references stay references."""


def operation(
    document: Json, path: str, method: str, source: str = "", nodes: int = NODES
) -> Operation:
    """One operation of the document. ``KeyError`` if the document does not have it.

    ``nodes`` bounds each of its schemas.
    """
    item = _mapping(_mapping(document["paths"])[path])
    entry = _mapping(item[method.lower()])
    content_type, body = _body(document, entry, nodes)
    shared = _list(item.get("parameters"))
    return Operation(
        method=method,
        path=path,
        parameters=tuple(_parameters(document, [*shared, *_list(entry.get("parameters"))], nodes))
        + tuple(_credentials(document, entry)),
        body=body,
        content_type=content_type,
        summary=str(entry.get("summary", "")),
        source=source,
        tags=tuple(str(tag) for tag in _list(entry.get("tags"))),
        responses=tuple(map(str, _mapping(entry.get("responses")))),
        shown=_shown(document, _mapping(entry.get("responses"))),
    )


def has(document: Json, path: str, method: str) -> bool:
    """Whether the document describes this operation."""
    return method.lower() in _mapping(_mapping(document.get("paths")).get(path))


def inline(document: Json, schema: object, nodes: int = NODES) -> dict[str, object]:
    """A schema that stands alone: references replaced by what they name.

    A schema that contains itself, or has a tenth of the ``nodes`` that it may have, keeps
    references to local ``$defs``. What is past the bound is an empty schema: anything.
    """
    inliner = _Inliner(document, nodes)
    result = inliner.inlined(schema, ())
    inliner.define()
    body = dict(result) if isinstance(result, Mapping) else {}
    if inliner.kept:
        body["$defs"] = inliner.kept
    return body


@dataclass(slots=True)
class _Inliner:
    """One schema in the making. ``kept`` are the definitions that references still name."""

    document: Json
    most: int
    kept: dict[str, object] = field(default_factory=dict)
    nodes: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def inlined(self, node: object, inside: tuple[str, ...], depth: int = 0) -> object:
        self.nodes += 1
        if self.nodes > self.most or depth > DEPTH:
            return {}
        if isinstance(node, list):
            return [self.inlined(part, inside, depth + 1) for part in node]
        if not isinstance(node, Mapping):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            return self._dereferenced(reference, node, inside, depth)
        plain = {key: self.inlined(value, inside, depth + 1) for key, value in node.items()}
        if plain.pop("nullable", False) is True:  # OpenAPI 3.0
            return {"anyOf": [plain, {"type": "null"}]}
        return plain

    def _dereferenced(
        self, reference: str, node: Json, inside: tuple[str, ...], depth: int
    ) -> object:
        if reference in inside or self.nodes > self.most // 10 or depth > DEPTH // 2:
            return {"$ref": f"#/$defs/{self._kept(reference)}"}
        named = resolve(self.document, reference)
        target = self.inlined(named, (*inside, reference), depth + 1)
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return {**target, **beside} if isinstance(target, Mapping) and beside else target

    def define(self) -> None:
        """Write out what references still name. One after the other: a chain may be long."""
        while self._open:
            reference = self._open.pop()
            named = resolve(self.document, reference)
            self.kept[self._names[reference]] = self.inlined(named, (reference,))

    def _kept(self, reference: str) -> str:
        """The name of the definition; two that end alike are told apart."""
        if reference not in self._names:
            name = reference.rsplit("/", 1)[-1]
            while name in self.kept:
                name += "_"
            self._names[reference] = name
            self.kept[name] = {}
            self._open.append(reference)
        return self._names[reference]


def resolve(document: Json, reference: str) -> object:
    """What a local reference (``#/components/schemas/Order``) names; an empty schema if nothing."""
    found: object = document
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            return {}
        found = found[key]
    return found


def _parameters(document: Json, entries: list[object], nodes: int) -> Iterator[Parameter]:
    seen: dict[tuple[str, str], Parameter] = {}
    for raw in entries:
        entry = inline(document, raw, nodes)
        name, place = str(entry.get("name", "")), str(entry.get("in", ""))
        if place not in PLACES:
            continue
        schema = {**_mapping(entry.get("schema")), **_examples(entry)}
        required = bool(entry.get("required", place == "path"))
        seen[place, name] = Parameter(name, place, required, schema)
    yield from seen.values()


def _body(document: Json, entry: Json, nodes: int) -> tuple[str | None, Json | None]:
    content = _content(document, entry)
    for content_type in (*BODY_TYPES, *content):
        if content_type in content:
            media = _mapping(content[content_type])
            schema = inline(document, media.get("schema", {}), nodes)
            return content_type, {**schema, **_examples(inline(document, _beside(media), nodes))}
    return None, None


def _shown(document: Json, responses: Json) -> frozenset[str]:
    """The members of the object, or of the objects in the list, that a success has.

    None where others may be there as well, or the schema is a choice.
    """
    for status, raw in responses.items():
        answer = _followed(document, raw)
        content = _mapping(answer.get("content"))
        media = _mapping(next((content[kind] for kind in content if "json" in kind), None))
        # Swagger 2.0 has the schema in the answer itself.
        schema = _followed(document, media.get("schema", answer.get("schema")))
        if schema.get("type") == "array":
            schema = _followed(document, schema.get("items"))
        if str(status).startswith("2") and not schema.get("additionalProperties"):
            return frozenset(map(str, _mapping(schema.get("properties"))))
    return frozenset()


def _followed(document: Json, node: object) -> Json:
    """What a node says, or the one that it refers to."""
    found = _mapping(node)
    for _ in range(_CHAIN):
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        found = _mapping(resolve(document, reference))
    return {}


def _beside(media: Json) -> Json:
    return {key: media[key] for key in ("example", "examples") if key in media}


def _content(document: Json, entry: Json) -> Json:
    body = _mapping(entry.get("requestBody"))
    if isinstance(reference := body.get("$ref"), str):
        body = _mapping(resolve(document, reference))
    return _mapping(body.get("content"))


def _examples(entry: Json) -> dict[str, object]:
    """OpenAPI's ways to write examples beside a schema, as the JSON Schema keyword."""
    found: list[object] = [entry["example"]] if "example" in entry else []
    examples = entry.get("examples")
    if isinstance(examples, Mapping):
        found += [_mapping(one)["value"] for one in examples.values() if "value" in _mapping(one)]
    return {"examples": found} if found else {}


def _credentials(document: Json, entry: Json) -> Iterator[Parameter]:
    """What the first security requirement asks for. Identities bring it: it is never generated."""
    requirements = _list(entry.get("security", document.get("security", [])))
    schemes = _mapping(_mapping(document.get("components")).get("securitySchemes"))
    # An empty requirement among them says that nobody has to identify.
    for name in _mapping(requirements[0]) if requirements and {} not in requirements else ():
        scheme = _mapping(schemes.get(name))
        kind = str(scheme.get("scheme") or scheme.get("type") or name)
        place, key = "header", "Authorization"
        if scheme.get("type") == "apiKey":
            place, key = str(scheme.get("in", "header")), str(scheme.get("name", name))
        yield Parameter(key, place, required=False, schema={"type": "string", "x-security": kind})


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
