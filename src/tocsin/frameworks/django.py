"""Django and Django REST framework: the URL resolver."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tocsin.frameworks import rest
from tocsin.frameworks.base import Described, Interface, Skipped
from tocsin.frameworks.endpoint import (
    METHODS,
    STATIC,
    WITH_BODY,
    ordered,
    source_of,
    summary_of,
    undeclared_body,
    unwrapped,
)
from tocsin.frameworks.patterns import NotATemplate, Template, of_pattern
from tocsin.model.http import Operation, Parameter

ADMIN = "belongs to the Django admin, which is not the app's own code"
CSRF_TOKEN = "tocsin" + "0" * 26  # 32 letters and digits, the same in cookie and header


@dataclass(frozen=True, slots=True)
class DjangoFramework:
    """The WSGI or ASGI handler of a Django project."""

    name: str = "django"

    def recognises(self, application: object) -> bool:
        module = sys.modules.get("django.core.handlers.base")
        return module is not None and isinstance(application, module.BaseHandler)

    def operations(self, application: object) -> Described:  # noqa: ARG002 - the settings say it
        from django.urls import get_resolver

        root = get_resolver()
        found = tuple(_walk(root.url_patterns, Template("/"), ""))
        return Described(
            operations=tuple(piece for piece in found if isinstance(piece, Operation)),
            skipped=tuple(piece for piece in found if isinstance(piece, Skipped)),
        )

    def interface(self, application: object) -> Interface:
        from django.core.handlers.asgi import ASGIHandler

        return "asgi" if isinstance(application, ASGIHandler) else "wsgi"


def _walk(entries: list[Any], above: Template, app_name: str) -> Iterator[Operation | Skipped]:
    for entry in entries:
        try:
            here = above + of_pattern(entry.pattern)
        except NotATemplate as error:
            yield Skipped(f"GET {above.path}{entry.pattern}", str(error))
            continue
        if hasattr(entry, "url_patterns"):
            inner = entry.app_name or app_name
            if inner == "admin":
                yield Skipped(f"GET {here.path}", ADMIN)
            else:
                yield from _walk(entry.url_patterns, here, inner)
        elif not here.is_alias:
            yield from _endpoint(entry.callback, here, app_name)


def _endpoint(view: Any, here: Template, app_name: str) -> Iterator[Operation | Skipped]:
    if getattr(view, "__module__", "") in {
        "django.views.static",
        "django.contrib.staticfiles.views",
    }:
        yield Skipped(f"GET {here.path}", STATIC)
        return
    tags = (app_name,) if app_name else ()
    handlers = _handlers(view)
    if not handlers:
        yield Skipped(f"GET {here.path}", "has no handler for any method")
    for method, handler in handlers.items():
        operation = Operation(
            method=method,
            path=here.path,
            parameters=here.parameters + _csrf(view, method),
            body=undeclared_body(method),
            summary=summary_of(handler),
            source=source_of(handler),
            tags=tags,
        )
        body = rest.body(view, method) or _form(view, method)
        if body is None:
            yield operation
        else:
            yield replace(operation, body=body.schema, content_type=body.content_type)


def _handlers(view: Any) -> dict[str, Callable[..., object]]:
    """The methods that a view answers, and the user's function behind each."""
    actions: Mapping[str, str] | None = getattr(view, "actions", None)
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if actions:  # a viewset: the router says which method runs which action
        return {
            method: getattr(kind, actions[method.lower()])
            for method in METHODS
            if method.lower() in actions
        }
    if kind is not None:
        allowed = {name.upper() for name in kind.http_method_names}
        return {
            method: getattr(kind, method.lower())
            for method in METHODS
            if method in allowed and hasattr(kind, method.lower())
        }
    return dict.fromkeys(_methods_of_function(view), view)


def _methods_of_function(view: Any) -> tuple[str, ...]:
    """What a plain function answers: what its decorator allows, or what its code speaks of."""
    function = view
    while function is not None:
        nonlocals = _closure(function)
        if "request_method_list" in nonlocals:  # django.views.decorators.http
            return ordered(nonlocals["request_method_list"])
        function = getattr(function, "__wrapped__", None)
    code = getattr(unwrapped(view), "__code__", None)
    if code is None:
        return ("GET",)
    words = set(_words(code))
    spoken = set(METHODS) & words
    if not spoken and words & {"body", "FILES"}:
        spoken = {"POST"}
    return ordered(spoken | {"GET"})


def _closure(function: Any) -> Mapping[str, Any]:
    return inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}


def _words(code: Any) -> Iterator[str]:
    """Names and strings of a function: ``request.POST`` and ``method == "POST"`` alike."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, (tuple, frozenset)):
            yield from (part for part in constant if isinstance(part, str))
        elif inspect.iscode(constant):
            yield from _words(constant)


def _csrf(view: Any, method: str) -> tuple[Parameter, ...]:
    """Cookie and header that satisfy Django's protection, as any browser page would send them."""
    from django.conf import settings

    enforced = any(name.endswith(".CsrfViewMiddleware") for name in settings.MIDDLEWARE)
    exempt = getattr(view, "csrf_exempt", False) and not rest.uses_sessions(view)
    if method not in WITH_BODY | {"DELETE"} or not enforced or exempt:
        return ()
    header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").title()
    return (
        Parameter(header, "header", schema={"const": CSRF_TOKEN}),
        Parameter(settings.CSRF_COOKIE_NAME, "cookie", schema={"const": CSRF_TOKEN}),
    )


def _form(view: Any, method: str) -> rest.Body | None:
    """The fields of a form view's form."""
    kind: Any = getattr(view, "view_class", None)
    if method != "POST" or not hasattr(kind, "get_form_class"):
        return None
    try:
        form = kind(**getattr(view, "view_initkwargs", {})).get_form_class()
    except Exception:  # noqa: BLE001 - a form chosen per request: its fields are asked at run time
        return None
    fields = getattr(form, "base_fields", None)
    if not fields:
        return None
    schema = rest.object_schema(
        {name: field for name, field in fields.items() if not field.disabled}
    )
    return rest.Body(schema, "application/x-www-form-urlencoded")
