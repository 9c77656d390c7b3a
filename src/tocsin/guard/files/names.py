"""Names of files that come from outside: which are refused, and what is made of an upload's."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata

from tocsin.guard.errors import Malformed

PART_BYTES = 255
"""How long one part of a name may be: NAME_MAX of the usual file systems."""
NAME_BYTES = 4095
"""How long all of it may be: Linux's PATH_MAX without the NUL at the end."""

_NO_PARTS = frozenset({"", ".", ".."})
_SEPARATORS = re.compile(r"[/\\]")
_SHELLS_AND_WINDOWS = re.compile(r'[<>:"|?*]')
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}$")
_PLAIN = re.compile(r"\w[\w.-]*\w", re.ASCII)
_PLAIN_PATH = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
"""Most names are in order as they are."""
_SPACES = re.compile(r"\s+")
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{port}{n}" for port in ("COM", "LPT") for n in range(10)]
)
"""Windows opens a device under these names, whatever folder and suffix they have."""


def parts(name: str) -> tuple[str, ...]:
    """The parts of a relative name, each of which is a folder but the last.

    A file has one name: none that is absolute, none with ``.``, ``..`` or nothing between two
    slashes. Raises ``Malformed`` for those, for NUL, and for what is too long or cannot be encoded.
    """
    if len(name) <= PART_BYTES and _PLAIN_PATH.fullmatch(name):
        return tuple(name.split("/"))
    if "\0" in name:
        raise Malformed("a name cannot hold a NUL")
    split = tuple(name.split("/"))
    if not _NO_PARTS.isdisjoint(split):
        raise Malformed("a name is relative, and has no empty part, no '.' and no '..'")
    try:
        lengths = [len(os.fsencode(part)) for part in split]
    except UnicodeEncodeError:
        raise Malformed("a name in characters that files cannot have") from None
    if max(lengths) > PART_BYTES or sum(lengths) + len(split) - 1 > NAME_BYTES:
        raise Malformed("a name that is too long")
    return split


def upload_name(given: str | None, *, default: str = "upload", limit: int = 150) -> str:
    """One part of a name, made of what a client calls its file.

    Without folders, control and direction characters, leading dots and hyphens, trailing dots and
    spaces, and what shells and Windows take for their own; at most ``limit`` bytes of UTF-8, the
    suffix kept; ``default`` if nothing is left. It says nothing of what is in the file, and another
    client may have chosen the same: create it exclusively, or take `fresh_name`.
    """
    if given and len(given) <= limit and _PLAIN.fullmatch(given) and not _is_device(given):
        return given
    kept = (c for c in given or "" if c.isspace() or unicodedata.category(c)[0] != "C")
    # Compatibility forms first: a fullwidth slash becomes a slash before names are cut at slashes.
    name = unicodedata.normalize("NFKC", "".join(kept))
    name = _SPACES.sub(" ", _SEPARATORS.split(name)[-1])
    name = _tidy(_SHELLS_AND_WINDOWS.sub("_", name))
    if _is_device(name):
        name = f"_{name}"
    return _shortened(name, limit) or default


def fresh_name(given: str | None) -> str:
    """A name that nobody has or can guess, with the suffix of what a client calls its file."""
    suffix = _SUFFIX.search(upload_name(given))
    return secrets.token_hex(16) + (suffix[0].lower() if suffix else "")


def _is_device(name: str) -> bool:
    return name.partition(".")[0].rstrip().upper() in _DEVICES


def _tidy(name: str) -> str:
    return name.lstrip(" .-").rstrip(" .")


def _shortened(name: str, limit: int) -> str:
    if len(name.encode()) <= limit:
        return name
    found = _SUFFIX.search(name)
    suffix = found[0] if found else ""
    room = max(limit - len(suffix), 0)
    stem = name[: len(name) - len(suffix)].encode()[:room].decode(errors="ignore")
    return _tidy(stem + suffix)
