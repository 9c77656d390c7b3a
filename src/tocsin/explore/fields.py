"""Ask the app which fields an endpoint looks for in a body, form or query.

Frameworks that do not declare bodies read them with ``data["n"]`` or ``request.form.get("n")``.
While one probing request runs, what they read from is watched, and the names are kept.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tocsin.scenario.asked import Asked

MISSING = object()

# Attributes of request classes whose value is a container of client input.
ATTRIBUTES = (
    ("werkzeug.wrappers.request", "Request", "args", "query"),
    ("werkzeug.wrappers.request", "Request", "form", "form"),
    ("werkzeug.wrappers.request", "Request", "files", "file"),
    ("django.core.handlers.wsgi", "WSGIRequest", "GET", "query"),
    ("django.core.handlers.wsgi", "WSGIRequest", "POST", "form"),
    ("django.core.handlers.wsgi", "WSGIRequest", "FILES", "file"),
    ("django.core.handlers.asgi", "ASGIRequest", "GET", "query"),
    ("django.core.handlers.asgi", "ASGIRequest", "POST", "form"),
    ("django.core.handlers.asgi", "ASGIRequest", "FILES", "file"),
)
# Classes that hold one kind of input only.
KINDS = (
    ("starlette.datastructures", "QueryParams", "query"),
    ("starlette.datastructures", "FormData", "form"),
    ("starlette.datastructures", "Headers", "header"),
    ("werkzeug.datastructures", "EnvironHeaders", "header"),
    ("django.http.request", "HttpHeaders", "header"),
)
CONTAINERS = (
    ("werkzeug.datastructures", "ImmutableMultiDict"),
    ("werkzeug.datastructures", "MultiDict"),
    ("django.utils.datastructures", "MultiValueDict"),
)
READS = ("__getitem__", "get", "__contains__", "getlist", "pop")
# Frameworks look for inputs of their own: the format of an answer, a page, a locale.
NOT_ASKING = (
    "rest_framework.negotiation",
    "rest_framework.pagination",
    "rest_framework.filters",
    "rest_framework.views",
    "django.middleware",
    "django.views.i18n",
)
PASSING_ON = (__name__, "functools", "werkzeug.datastructures", "django.utils.datastructures")
NOT_THE_APPS = frozenset({"csrfmiddlewaretoken"})
OWN_HEADERS = ("idempotency-key", "if-match", "x-")
COMMON_HEADERS = (
    *("x-forwarded", "x-requested-with", "x-real-ip", "x-csrf", "x-http-method", "x-request-id"),
    *("x-sendfile", "x-script-name"),
)


@dataclass(slots=True)
class Recorder:
    """What was asked so far, in order."""

    _asked: dict[Asked, None] = field(default_factory=dict)
    _places: dict[int, tuple[object, str]] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[Asked, ...]:
        return tuple(self._asked)

    def note(self, place: str, name: object) -> None:
        """Keep a name that the app's code asked for."""
        if not isinstance(name, str) or name in NOT_THE_APPS:
            return
        low = name.lower()
        if place == "header" and (
            not low.startswith(OWN_HEADERS) or low.startswith(COMMON_HEADERS)
        ):
            return
        self._asked.setdefault(Asked(place, name))

    def watch(self, container: object, place: str) -> None:
        """Count what is read from this object. It is kept alive: its id is its name."""
        self._places[id(container)] = (container, place)

    def place(self, container: object) -> str | None:
        """Which input this object holds, if any."""
        found = self._places.get(id(container))
        return found[1] if found else None


@contextmanager
def recording(body: bytes = b"") -> Iterator[Recorder]:
    """Watch while a request with this body runs. Everything is put back on exit."""
    recorder = Recorder()
    with ExitStack() as patches:
        _watch_json(recorder, body, patches)
        for module, kind, attribute, place in ATTRIBUTES:
            if (owner := _loaded(module, kind)) is not None and hasattr(owner, attribute):
                _watch_attribute(recorder, owner, attribute, place, patches)
        for module, kind in CONTAINERS:
            if (owner := _loaded(module, kind)) is not None:
                _watch_reads(recorder, owner, recorder.place, patches)
        for module, kind, place in KINDS:
            if (owner := _loaded(module, kind)) is not None:
                _watch_reads(recorder, owner, _always(place), patches)
        yield recorder


def _always(place: str) -> Callable[[object], str | None]:
    return lambda _: place


def _loaded(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)


def _reader() -> str:
    """The module that reads: the nearest caller outside the containers themselves."""
    frame = inspect.currentframe()
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(PASSING_ON):
            return name
        frame = frame.f_back
    return ""


def _put(owner: Any, name: str, value: object, patches: ExitStack) -> None:
    """Replace an attribute until the recording ends."""
    before = vars(owner).get(name, MISSING)
    setattr(owner, name, value)
    if before is MISSING:
        patches.callback(delattr, owner, name)
    else:
        patches.callback(setattr, owner, name, before)


def _watch_json(recorder: Recorder, body: bytes, patches: ExitStack) -> None:
    """Every ``json.loads`` ends in the decoder; other known decoders are replaced."""
    sent = body.decode("utf-8", "replace").strip()
    if not sent.startswith("{"):
        return

    def watched(text: object, result: object) -> object:
        plain = text
        if isinstance(text, (bytes, bytearray, memoryview)):
            plain = bytes(text).decode("utf-8", "replace")
        mine = isinstance(plain, str) and plain.strip() == sent and type(result) is dict
        return _Fields(recorder, result) if mine else result

    decode = json.JSONDecoder.decode

    def decoded(self: json.JSONDecoder, s: str, *rest: Any) -> Any:
        return watched(s, decode(self, s, *rest))

    _put(json.JSONDecoder, "decode", decoded, patches)
    for name in ("orjson", "ujson", "simplejson"):
        if (module := sys.modules.get(name)) is not None:
            loads = module.loads

            def loaded(text: Any, *rest: Any, _loads: Any = loads, **named: Any) -> Any:
                return watched(text, _loads(text, *rest, **named))

            _put(module, "loads", loaded, patches)


class _Fields(dict[str, Any]):
    """A body that remembers what it was asked for. Never false: ``get_json() or {}`` keeps it."""

    __slots__ = ("_recorder",)

    def __init__(self, recorder: Recorder, content: Any) -> None:
        super().__init__(content)
        self._recorder = recorder

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: str) -> Any:
        self._recorder.note("json", key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._recorder.note("json", key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._recorder.note("json", key)
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        self._recorder.note("json", key)
        return super().pop(key, *default)


def _watch_attribute(
    recorder: Recorder, owner: Any, attribute: str, place: str, patches: ExitStack
) -> None:
    original: Any = inspect.getattr_static(owner, attribute)

    def read(self: Any) -> Any:
        value = vars(self).get(attribute, MISSING)
        if value is MISSING:
            value = original.__get__(self, type(self))
        recorder.watch(value, place)
        return value

    def write(self: Any, value: Any) -> None:
        if hasattr(original, "__set__") and getattr(original, "fset", True):
            original.__set__(self, value)
        else:
            vars(self)[attribute] = value

    _put(owner, attribute, property(read, write), patches)


def _watch_reads(
    recorder: Recorder, owner: Any, place_of: Callable[[object], str | None], patches: ExitStack
) -> None:
    for name in READS:
        original = getattr(owner, name, None)
        if original is None:
            continue

        @functools.wraps(original)
        def read(self: Any, key: Any, *rest: Any, _read: Any = original, **named: Any) -> Any:
            place = place_of(self)
            if place is not None and not _reader().startswith(NOT_ASKING):
                recorder.note(place, key)
            return _read(self, key, *rest, **named)

        _put(owner, name, read, patches)
