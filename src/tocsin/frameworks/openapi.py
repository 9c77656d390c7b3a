"""Operations out of an OpenAPI document (3.0 and 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.model.http import Operation, Parameter

Json = Mapping[str, object]

BODY_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
PLACES = frozenset({"path", "query", "header", "cookie"})


def operation(document: Json, path: str, method: str, source: str = "") -> Operation:
    """One operation of the document. ``KeyError`` if the document does not have it."""
    item = _mapping(_mapping(document["paths"])[path])
    entry = _mapping(item[method.lower()])
    content_type, body = _body(document, entry)
    shared = _list(item.get("parameters"))
    return Operation(
        method=method,
        path=path,
        parameters=tuple(_parameters(document, [*shared, *_list(entry.get("parameters"))]))
        + tuple(_credentials(document, entry)),
        body=body,
        content_type=content_type,
        summary=str(entry.get("summary", "")),
        source=source,
        tags=tuple(str(tag) for tag in _list(entry.get("tags"))),
    )


def has(document: Json, path: str, method: str) -> bool:
    """Whether the document describes this operation."""
    return method.lower() in _mapping(_mapping(document.get("paths")).get(path))


def inline(document: Json, schema: object) -> dict[str, object]:
    """A schema that stands alone: references replaced by what they name.

    A schema that contains itself keeps a reference to a local ``$defs``.
    """
    circular: dict[str, object] = {}
    result = _inlined(document, schema, (), circular)
    body = dict(result) if isinstance(result, Mapping) else {}
    if circular:
        body["$defs"] = circular
    return body


def _inlined(
    document: Json, node: object, inside: tuple[str, ...], circular: dict[str, object]
) -> object:
    if isinstance(node, list):
        return [_inlined(document, part, inside, circular) for part in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _dereferenced(document, reference, node, inside, circular)
    plain = {key: _inlined(document, value, inside, circular) for key, value in node.items()}
    if plain.pop("nullable", False) is True:  # OpenAPI 3.0
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


def _dereferenced(
    document: Json,
    reference: str,
    node: Json,
    inside: tuple[str, ...],
    circular: dict[str, object],
) -> object:
    name = reference.rsplit("/", 1)[-1]
    if reference in inside:
        if name not in circular:
            circular[name] = {}
            circular[name] = _inlined(
                document, resolve(document, reference), (reference,), circular
            )
        return {"$ref": f"#/$defs/{name}"}
    target = _inlined(document, resolve(document, reference), (*inside, reference), circular)
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**target, **beside} if isinstance(target, Mapping) and beside else target


def resolve(document: Json, reference: str) -> object:
    """What a local reference (``#/components/schemas/Order``) names; an empty schema if nothing."""
    found: object = document
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            return {}
        found = found[key]
    return found


def _parameters(document: Json, entries: list[object]) -> Iterator[Parameter]:
    seen: dict[tuple[str, str], Parameter] = {}
    for raw in entries:
        entry = inline(document, raw)
        name, place = str(entry.get("name", "")), str(entry.get("in", ""))
        if place not in PLACES:
            continue
        schema = {**_mapping(entry.get("schema")), **_examples(entry)}
        required = bool(entry.get("required", place == "path"))
        seen[place, name] = Parameter(name, place, required, schema)
    yield from seen.values()


def _body(document: Json, entry: Json) -> tuple[str | None, Json | None]:
    content = _mapping(inline(document, entry.get("requestBody", {})).get("content"))
    for content_type in (*BODY_TYPES, *content):
        if content_type in content:
            media = _mapping(content[content_type])
            raw = _mapping(_raw_body(document, entry).get(content_type)).get("schema", {})
            return content_type, {**inline(document, raw), **_examples(media)}
    return None, None


def _raw_body(document: Json, entry: Json) -> Json:
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
    for name in _mapping(requirements[0]) if requirements else ():
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
