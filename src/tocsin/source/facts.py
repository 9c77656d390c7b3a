"""What a file says by its bytes alone, whatever it is called: worked out once for the same bytes.

Facts are answers to small questions, as which classes a file defines. Those of an earlier run can
be handed in, as they lay in a file: what is not of the right type is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

Said = dict[bytes, dict[str, msgspec.Raw]]
"""Facts by the digest of a file, and by what is asked."""


class Fact(Generic[T]):
    """A question to the bytes of a file: its name, and the type of its answers."""

    __slots__ = ("_decoder", "name")

    def __init__(self, name: str, type_: Any) -> None:
        self.name = name
        self._decoder = msgspec.msgpack.Decoder(type_)

    def read(self, raw: msgspec.Raw) -> T:
        """Raises `msgspec.DecodeError` for what is no answer."""
        found: T = self._decoder.decode(raw)
        return found


@dataclass(slots=True, eq=False)
class Facts:
    """What is known of files by their bytes. ``new`` is what nobody has handed in."""

    new: Said = field(default_factory=dict)
    _known: Said = field(default_factory=dict)

    def add(self, known: Said) -> None:
        """Hand in what an earlier run has worked out."""
        for digest, said in known.items():
            self._known.setdefault(digest, {}).update(said)

    def of(self, digest: bytes, fact: Fact[T], work: Callable[[], T]) -> T:
        """The answer for a file; worked out where it is not known."""
        known = self._known.setdefault(digest, {})
        raw = known.get(fact.name)
        if raw is not None:
            with suppress(msgspec.DecodeError):
                return fact.read(raw)
        found = work()
        raw = known[fact.name] = msgspec.Raw(msgspec.msgpack.encode(found))
        self.new.setdefault(digest, {})[fact.name] = raw
        return found
