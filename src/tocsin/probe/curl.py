"""A request as the curl command that sends it again, without credentials."""

from __future__ import annotations

import shlex

from tocsin.model.http import ANONYMOUS, Request
from tocsin.probe.client import shot
from tocsin.probe.message import Origin
from tocsin.probe.redaction import CARRIERS, Redactor

LONGEST = 4_000
_BASIC = "basic "


def command(origin: Origin, request: Request, redactor: Redactor) -> str:
    """The command. Credentials are named, for the reader to put in: ``-u alice:…``."""
    sent = shot(request)
    words = ["curl", "-i", "-X", sent.method, redactor.text(f"{origin}{sent.target}")]
    for name, value in sent.headers:
        low = name.lower()
        if low in CARRIERS and request.identity == ANONYMOUS.name:
            words += ["-H", f"{name}: {redactor.text(value)}"]  # wrong ones, made up by a check
        elif low == "authorization" and value.lower().startswith(_BASIC):
            words += ["-u", f"{request.identity}:<password>"]
        elif low in CARRIERS:
            words += ["-H", f"{name}: <secret of {request.identity}>"]
        elif low != "user-agent":
            words += ["-H", f"{name}: {redactor.text(value)}"]
    if sent.body:
        words += ["--data-binary", redactor.text(sent.body.decode("utf-8", "replace"))[:LONGEST]]
    return shlex.join(words)
