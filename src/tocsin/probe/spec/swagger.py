"""Swagger 2.0 written as OpenAPI 3.0: bodies, forms, credentials and servers moved places."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.frameworks.openapi import resolve
from tocsin.probe.spec.shape import Json, entries, mapping, text

_OWN = frozenset({"name", "in", "required", "description", "allowEmptyValue", "collectionFormat"})
_KEPT = ("summary", "description", "tags", "security", "operationId", "deprecated", "responses")
_FLOWS: Mapping[str, Json] = {
    "basic": {"type": "http", "scheme": "basic"},
    "oauth2": {"type": "oauth2"},
}


def upgraded(document: Json) -> dict[str, object]:
    """The document as OpenAPI 3.0. References stay as they are: they name places of this one."""
    schemes = mapping(document.get("securityDefinitions"))
    return {
        **document,
        "openapi": "3.0.4",
        "servers": _servers(document),
        "components": {
            "securitySchemes": {
                name: _FLOWS.get(text(mapping(one).get("type")), one)
                for name, one in schemes.items()
            }
        },
        "paths": {
            path: _item(document, item) if isinstance(item, Mapping) else item
            for path, item in mapping(document.get("paths")).items()
        },
    }


def _servers(document: Json) -> list[dict[str, object]]:
    host, base = text(document.get("host")), text(document.get("basePath"))
    if not host and not base:
        return []
    schemes = [one for one in entries(document.get("schemes")) if one in {"http", "https"}]
    start = f"{schemes[0] if schemes else 'https'}://{host}" if host else ""
    return [{"url": start + base}]


def _item(document: Json, item: Json) -> dict[str, object]:
    shared = entries(item.get("parameters"))
    return {
        key: _operation(document, value, shared) if isinstance(value, Mapping) else value
        for key, value in item.items()
        if key != "parameters"
    }


def _operation(document: Json, entry: Json, shared: list[object]) -> dict[str, object]:
    parameters = [_named(document, one) for one in (*shared, *entries(entry.get("parameters")))]
    made: dict[str, object] = {key: entry[key] for key in _KEPT if key in entry}
    made["parameters"] = [
        _parameter(one) for one in parameters if one.get("in") not in {"body", "formData"}
    ]
    consumes = [
        text(one) for one in entries(entry.get("consumes", document.get("consumes"))) if text(one)
    ]
    body = [one for one in parameters if one.get("in") == "body"]
    form = [one for one in parameters if one.get("in") == "formData"]
    if body:
        media = {"schema": body[-1].get("schema", {})}
        made["requestBody"] = {"content": {(consumes or ["application/json"])[0]: media}}
    elif form:
        made["requestBody"] = _form(form, consumes)
    return made


def _named(document: Json, entry: object) -> Json:
    """The parameter itself, or the one that its reference names."""
    reference = mapping(entry).get("$ref")
    return mapping(resolve(document, reference) if isinstance(reference, str) else entry)


def _parameter(entry: Json) -> dict[str, object]:
    kept = {key: value for key, value in entry.items() if key in _OWN}
    return {**kept, "schema": _schema(entry)}


def _schema(entry: Json) -> dict[str, object]:
    schema = {key: value for key, value in entry.items() if key not in _OWN}
    if schema.get("type") == "file":
        return {**schema, "type": "string", "format": "binary"}
    return schema


def _form(form: list[Json], consumes: list[str]) -> dict[str, object]:
    files = any(one.get("type") == "file" for one in form)
    multipart = files or consumes[:1] == ["multipart/form-data"]
    kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
    schema = {
        "type": "object",
        "properties": {text(one.get("name")): _schema(one) for one in form},
        "required": [text(one.get("name")) for one in form if one.get("required") is True],
    }
    return {"content": {kind: {"schema": schema}}}
