"""Names of uploads: one harmless part of a name, whatever the client calls its file."""

from __future__ import annotations

from fuzz.tape import Tape
from tocsin.guard.errors import Malformed
from tocsin.guard.files import fresh_name, parts, upload_name


def one(data: bytes) -> None:
    """A name in any characters."""
    tape = Tape(data)
    limit = 40 + tape.number(200)
    given = tape.rest().decode("utf-8", "surrogateescape" if limit % 2 else "replace")
    made = upload_name(given, limit=limit)
    assert parts(made) == (made,)
    assert len(made.encode()) <= limit
    assert upload_name(made, limit=limit) == made
    assert parts(fresh_name(given))
    try:
        split = parts(given)
    except Malformed:
        return
    assert "/".join(split) == given
    assert not {"", ".", ".."} & set(split)
