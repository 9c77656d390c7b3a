"""``Authorization: Basic``: read or ``Malformed``, and in one spelling only."""

from __future__ import annotations

import base64
import unicodedata

from fuzz.tape import Tape
from tocsin.guard.basic.header import LIMIT, parse
from tocsin.guard.errors import Malformed


def one(data: bytes) -> None:
    """As it came, and with what base64 would make of it."""
    tape = Tape(data)
    kind = tape.number(3)
    raw = tape.rest()
    if kind == 0:
        value = raw.decode("latin-1")
    elif kind == 1:
        value = raw.decode("utf-8", "surrogateescape")
    else:
        value = "Basic " + base64.b64encode(raw).decode()
    try:
        read = parse(value)
    except Malformed:
        return
    assert len(value) <= LIMIT + len("Basic ")
    assert ":" not in read.username
    assert not any(unicodedata.category(c) == "Cc" for c in read.username + read.password)
    token = value[len("Basic") :].strip(" \t")
    name, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    assert base64.b64encode(f"{name}:{password}".encode()).decode() == token
    assert unicodedata.normalize("NFC", name) == read.username
