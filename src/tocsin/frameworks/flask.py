"""Flask: the URL map."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.frameworks.base import Described, Interface, Skipped
from tocsin.frameworks.endpoint import STATIC, ordered, source_of, summary_of, undeclared_body
from tocsin.model.http import Operation, Parameter

if TYPE_CHECKING:
    from werkzeug.routing import Rule

VARIABLE = re.compile(
    r"<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<name>[a-zA-Z_]\w*)>"
)
CONVERTERS: Mapping[str, Mapping[str, object]] = {
    "default": {"type": "string"},
    "string": {"type": "string"},
    "int": {"type": "integer", "minimum": 0},
    "float": {"type": "number", "minimum": 0},
    "path": {"type": "string", "format": "path"},
    "uuid": {"type": "string", "format": "uuid"},
}
LIMITS = {
    "min": "minimum",
    "max": "maximum",
    "minlength": "minLength",
    "maxlength": "maxLength",
}


@dataclass(frozen=True, slots=True)
class FlaskFramework:
    """Apps of Flask, their blueprints included: these are in the same URL map."""

    name: str = "flask"

    def recognises(self, application: object) -> bool:
        module = sys.modules.get("flask")
        return module is not None and isinstance(application, module.Flask)

    def operations(self, application: object) -> Described:
        found = tuple(_pieces(application))
        return Described(
            operations=tuple(piece for piece in found if isinstance(piece, Operation)),
            skipped=tuple(piece for piece in found if isinstance(piece, Skipped)),
        )

    def interface(self, application: object) -> Interface:  # noqa: ARG002 - one answer for all
        return "wsgi"


def _pieces(application: Any) -> Iterator[Operation | Skipped]:
    for rule in application.url_map.iter_rules():
        reason = _unusable(application, rule)
        for method in ordered(rule.methods or ()):
            endpoint = f"{method} {template(rule.rule)}"
            if reason is not None:
                yield Skipped(endpoint, reason)
            else:
                yield _operation(application, rule, method)


def _unusable(application: Any, rule: Rule) -> str | None:
    if rule.endpoint == "static" or rule.endpoint.endswith(".static"):
        return STATIC
    if rule.host or rule.subdomain:
        return f"answers for the host {rule.host or rule.subdomain} only"
    if rule.redirect_to is not None or rule.build_only:
        return "only redirects"
    if rule.endpoint not in application.view_functions:
        return f"has no view function: nothing is registered as {rule.endpoint}"
    return None


def _operation(application: Any, rule: Rule, method: str) -> Operation:
    view = application.view_functions[rule.endpoint]
    view_class = getattr(view, "view_class", None)
    function = getattr(view_class, method.lower(), None) or view_class or view
    return Operation(
        method=method,
        path=template(rule.rule),
        parameters=tuple(_parameters(application, rule)),
        body=undeclared_body(method),
        summary=summary_of(function),
        source=source_of(function),
        tags=(rule.endpoint.rpartition(".")[0],) if "." in rule.endpoint else (),
    )


def template(rule: str) -> str:
    """``/orders/<int:order_id>`` as ``/orders/{order_id}``."""
    return VARIABLE.sub(lambda match: "{" + match["name"] + "}", rule)


def _parameters(application: Any, rule: Rule) -> Iterator[Parameter]:
    for match in VARIABLE.finditer(rule.rule):
        name = match["converter"] or "default"
        fixed = dict(rule.defaults or {})
        if match["name"] in fixed:
            yield Parameter(match["name"], "path", schema={"const": fixed[match["name"]]})
            continue
        converter = application.url_map.converters.get(name)
        schema = converter_schema(name, match["arguments"] or "", getattr(converter, "regex", ".+"))
        yield Parameter(match["name"], "path", schema=schema)


def converter_schema(name: str, arguments: str, regex: str) -> Mapping[str, object]:
    """The JSON Schema of what a URL converter accepts."""
    if name == "any":
        return {
            "type": "string",
            "enum": [value.strip(" '\"") for value in arguments.split(",") if value.strip()],
        }
    if name not in CONVERTERS:
        return {"type": "string", "pattern": f"^({regex})$"}
    schema = dict(CONVERTERS[name])
    for part in arguments.split(","):
        key, _, value = (text.strip() for text in part.partition("="))
        if key in LIMITS:
            schema[LIMITS[key]] = float(value) if "." in value else int(value)
        elif key == "length":
            schema["minLength"] = schema["maxLength"] = int(value)
        elif key == "signed" and value == "True":
            schema.pop("minimum", None)
    return schema
