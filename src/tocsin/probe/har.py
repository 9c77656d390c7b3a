"""The log of every request that was sent, as HAR 1.2, without credentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tocsin.probe.message import Answer, Origin, Result, Shot
from tocsin.probe.redaction import Redactor

LONGEST = 64 * 1024
"""Bytes of a body that are kept."""

ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Sent:
    """One request and what became of it; ``volley`` numbers those that left together."""

    origin: Origin
    shot: Shot
    result: Result
    at: datetime
    volley: int = 0


def dumps(log: Iterable[Sent], redactor: Redactor) -> str:
    """The archive as JSON text."""
    content = {
        "log": {
            "version": "1.2",
            "creator": {"name": "tocsin", "version": version("tocsin")},
            "entries": [_entry(one, redactor) for one in log],
        }
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1).decode() + "\n"


def _entry(sent: Sent, redactor: Redactor) -> dict[str, object]:
    shot, result = sent.shot, sent.result
    took = max(0.0, (result.done - result.sent) * 1000) if result.sent else 0.0
    return {
        "startedDateTime": sent.at.isoformat(),
        "time": took,
        "request": _request(sent, redactor),
        "response": _response(result, redactor),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": f"{shot.name} as {shot.identity}"
        + (f", volley {sent.volley}" if sent.volley else ""),
    }


def _request(sent: Sent, redactor: Redactor) -> dict[str, object]:
    shot = sent.shot
    made: dict[str, object] = {
        "method": shot.method,
        "url": redactor.text(f"{sent.origin}{shot.target}"),
        "httpVersion": "HTTP",
        "cookies": [],
        "headers": _pairs(redactor.headers(shot.headers)),
        "queryString": _pairs(
            (name, redactor.text(value)) for name, value in parse_qsl(urlsplit(shot.target).query)
        ),
        "headersSize": -1,
        "bodySize": len(shot.body),
    }
    if shot.body:
        kind = next((v for n, v in shot.headers if n.lower() == "content-type"), "")
        made["postData"] = {"mimeType": kind, "text": _text(shot.body, redactor)}
    return made


def _response(result: Result, redactor: Redactor) -> dict[str, object]:
    made: dict[str, object] = {
        "status": result.status,
        "statusText": "",
        "httpVersion": "HTTP",
        "cookies": [],
        "headers": [],
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "content": {"size": 0, "mimeType": ""},
    }
    if isinstance(result, Answer):
        made["headers"] = _pairs(redactor.headers(result.headers))
        made["redirectURL"] = redactor.text(result.header("location") or "")
        made["content"] = {
            "size": len(result.body),
            "mimeType": result.header("content-type") or "",
            "text": _text(result.body, redactor),
        }
    else:
        made["comment"] = str(result)
    return made


def _text(body: bytes, redactor: Redactor) -> str:
    return redactor.text(body.decode("utf-8", "replace"))[:LONGEST]


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
