"""What each function that takes a path does to the file and to the folder it stands in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from tocsin.model.access import Access, Item, Mode

STORE = "file"


class Effect(Enum):
    """What happens to a path."""

    LOOK = auto()  # what is there is read
    LIST = auto()  # the names in a folder are read
    CHANGE = auto()  # what is there becomes something else
    NAME = auto()  # the name is added to its folder, or taken from it
    FOLDER = auto()  # the same, and it is a folder itself


@dataclass(frozen=True, slots=True)
class Named:
    """A path as it was given, and what will happen to it."""

    path: Any
    effect: Effect
    follows: bool = False
    dir_fd: Any = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that holds a path; ``at`` is its position."""

    name: str
    effect: Effect
    at: int = 0
    follows: bool = False
    dir_fd: str = "dir_fd"
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A function of ``os``. ``label`` is its name in the history, if that is another."""

    name: str
    parameters: tuple[Parameter, ...]
    label: str = ""

    @property
    def shown(self) -> str:
        return self.label or self.name

    def paths(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Named]:
        """What a call of it names. Nothing if it is called wrongly: the real one complains."""
        named = []
        for parameter in self.parameters:
            if len(args) > parameter.at:
                path = args[parameter.at]
            else:
                path = kwargs.get(parameter.name, parameter.default)
            if path is not None:
                follows = parameter.follows and bool(kwargs.get("follow_symlinks", True))
                within = kwargs.get(parameter.dir_fd)
                named.append(Named(path, parameter.effect, follows, within))
        return named


def _one(name: str, effect: Effect, *, follows: bool = False) -> Operation:
    return Operation(name, (Parameter("path", effect, follows=follows),))


def _two(name: str, source: Effect) -> Operation:
    given = Parameter("src", source, 0, dir_fd="src_dir_fd")
    return Operation(name, (given, Parameter("dst", Effect.NAME, 1, dir_fd="dst_dir_fd")))


OPERATIONS: tuple[Operation, ...] = (
    _one("stat", Effect.LOOK, follows=True),
    _one("lstat", Effect.LOOK),
    _one("access", Effect.LOOK, follows=True),
    _one("readlink", Effect.LOOK),
    Operation("realpath", (Parameter("filename", Effect.LOOK, follows=True),)),
    Operation("listdir", (Parameter("path", Effect.LIST, follows=True, default="."),)),
    # Path.iterdir is the one up to Python 3.12, and the other from then on.
    Operation("scandir", (Parameter("path", Effect.LIST, follows=True, default="."),), "listdir"),
    _one("truncate", Effect.CHANGE, follows=True),
    _one("chmod", Effect.CHANGE, follows=True),
    _one("chown", Effect.CHANGE, follows=True),
    _one("utime", Effect.CHANGE, follows=True),
    _one("remove", Effect.NAME),
    _one("unlink", Effect.NAME),
    _one("mkdir", Effect.FOLDER),
    _one("rmdir", Effect.FOLDER),
    _two("rename", Effect.NAME),
    _two("replace", Effect.NAME),
    _two("link", Effect.LOOK),
    Operation("symlink", (Parameter("dst", Effect.NAME, 1),)),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A call of ``open``. ``shown`` is the mode as readers see it."""

    file: Named
    verb: str
    shown: str
    writes: bool


def opening_of_mode(
    file: Any,
    mode: Any = "r",
    buffering: Any = -1,
    encoding: Any = None,
    errors: Any = None,
    newline: Any = None,
    closefd: Any = True,
    opener: Any = None,
) -> Opening | None:
    """The built-in ``open``. A descriptor was opened before; an opener opens for itself."""
    del buffering, encoding, errors, newline, closefd
    if isinstance(file, int) or opener is not None or not isinstance(mode, str):
        return None
    exclusive = "x" in mode
    if exclusive:
        effect, verb = Effect.NAME, "create exclusively"
    elif "w" in mode or "a" in mode:
        effect, verb = Effect.NAME, "open to append" if "a" in mode else "open and truncate"
    elif "+" in mode:
        effect, verb = Effect.CHANGE, "open to change"
    else:
        effect, verb = Effect.LOOK, "open"
    named = Named(file, effect, follows=not exclusive)
    return Opening(named, verb, repr(mode), effect is not Effect.LOOK)


def opening_of_flags(
    path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None
) -> Opening | None:
    """``os.open``."""
    del mode
    writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
    if flags & os.O_CREAT:
        exclusive = bool(flags & os.O_EXCL)
        effect, verb = Effect.NAME, "create exclusively" if exclusive else "open or create"
    elif writes or flags & os.O_TRUNC:
        effect, verb = Effect.CHANGE, "open to change"
    else:
        effect, verb = Effect.LOOK, "open"
    follows = not flags & (getattr(os, "O_NOFOLLOW", 0) | os.O_EXCL)
    names = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND")
    shown = "|".join(name for name in names if flags & getattr(os, name)) or "O_RDONLY"
    return Opening(Named(path, effect, follows, dir_fd), verb, shown, writes)


def accesses_of(path: str, effect: Effect, verb: str) -> tuple[Access, ...]:
    """The accesses of something done to a path.

    A folder's list of names is an item of its own, with a slash at its end: who adds or removes a
    name writes that name in it, who lists it reads all of it.
    """
    folder, name = os.path.split(path)
    itself = Item(STORE, path)
    listing = Item(STORE, path.rstrip(os.sep) + os.sep)
    entry = Item(STORE, folder.rstrip(os.sep) + os.sep, (("name", frozenset({name})),))
    match effect:
        case Effect.LOOK:
            return (Access(itself, Mode.READ, verb),)
        case Effect.LIST:
            return (Access(listing, Mode.READ, verb),)
        case Effect.CHANGE:
            return (Access(itself, Mode.WRITE, verb),)
        case Effect.NAME:
            return (Access(itself, Mode.WRITE, verb), Access(entry, Mode.WRITE, verb))
        case Effect.FOLDER:
            written = (itself, entry, listing)
            return tuple(Access(item, Mode.WRITE, verb) for item in written)
