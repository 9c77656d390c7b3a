"""Files: what the standard library does with paths, announced at its lowest common points.

``pathlib``, ``shutil``, ``os.path``, ``tempfile`` and the upload and download classes of the web
frameworks all end in ``open`` and a few functions of ``os``. What each of those touches is the
table in `files_table`.
"""

from __future__ import annotations

import builtins
import functools
import glob
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from tocsin.guard.files import openat2
from tocsin.model.access import Access
from tocsin.model.history import OpKind
from tocsin.stores.control import Call, Control
from tocsin.stores.files_table import (
    OPERATIONS,
    Effect,
    Named,
    Opening,
    Operation,
    accesses_of,
    opening_of_flags,
    opening_of_mode,
)
from tocsin.stores.folders import Folders
from tocsin.stores.patching import patched

_SYSTEM = ("/proc", "/sys", "/dev")
_NO_DATA = (".py", ".pyc", ".pyi", ".so", ".pth")
_DATABASES = (".db", ".db3", ".sqlite", ".sqlite3")
_BESIDE_DATABASES = ("-wal", "-shm", "-journal")


class Journal(Protocol):
    """Keeps what stood at a path, to put it back before the next run."""

    def before_write(self, path: str) -> None:
        """What stands at ``path``, if anything, is about to be changed or removed."""
        ...


@contextmanager
def instrument(
    control: Control,
    journal: Journal,
    *,
    ignored: Iterable[str | os.PathLike[str]] = (),
    watched: Iterable[str | os.PathLike[str]] = (),
) -> Iterator[None]:
    """Let controlled tasks announce what they do with the app's files. Enter before it is loaded.

    Not the app's are Python's own folders, source files, databases that have adapters of their
    own, and the folders ``ignored``; the folders ``watched`` are, wherever they lie.
    """
    files = _Files(control, journal, Folders(ignored), Folders(watched))
    opened = files.opening(builtins.open, opening_of_mode)
    replacements: list[tuple[Any, str, object]] = [
        (builtins, "open", opened),
        (io, "open", opened),
        (os, "open", files.opening(os.open, opening_of_flags)),
        # It makes its own call of the kernel.
        (openat2, "opened", files.opening(openat2.opened, opening_of_flags)),
    ]
    for operation in OPERATIONS:
        owner = os.path if operation.name == "realpath" else os
        if hasattr(owner, operation.name):
            new = files.doing(getattr(owner, operation.name), operation)
            replacements.append((owner, operation.name, new))
    with patched(*replacements, *_captured(replacements), *_supported(replacements)):
        yield


def _captured(replacements: list[tuple[Any, str, object]]) -> Iterator[tuple[Any, str, object]]:
    """Path.glob of Python 3.13 binds two of the functions when its module is loaded."""
    globber = getattr(glob, "_StringGlobber", None)
    for owner, name, new in replacements:
        if owner is os and isinstance(vars(globber or object).get(name), staticmethod):
            yield globber, name, staticmethod(new)  # type: ignore[arg-type]


def _supported(replacements: list[tuple[Any, str, object]]) -> Iterator[tuple[Any, str, object]]:
    """``os.supports_fd`` and its like name functions: what replaces one is named as well."""
    for name in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks"):
        able = getattr(os, name)
        yield os, name, able | {new for owner, key, new in replacements if vars(owner)[key] in able}


class _Files:
    """The instrument: which calls are announced, and as what."""

    def __init__(
        self, control: Control, journal: Journal, ignored: Folders, watched: Folders
    ) -> None:
        self._control = control
        self._journal = journal
        self._ignored = ignored
        self._watched = watched
        self._interpreter = Folders.of_interpreter()
        self._system = Folders(_SYSTEM)
        self._here = threading.local()
        self._realpath = os.path.realpath
        self._readlink = os.readlink
        self._isdir = os.path.isdir
        self._islink = os.path.islink

    # -- the functions that stand in -----------------------------------------------------------

    def doing(self, real: Callable[..., Any], operation: Operation) -> Callable[..., Any]:
        """``real``, announced."""

        @functools.wraps(real)
        def announced(*args: Any, **kwargs: Any) -> Any:
            if not self._on_duty():
                return real(*args, **kwargs)
            with self._quiet():
                named = operation.paths(args, kwargs)
                touched = [self._touched(each) for each in named]
                accesses = tuple(
                    access
                    for paths, each in zip(touched, named, strict=True)
                    for access in self._accesses(paths, each.effect, operation.shown)
                )
            if not accesses:
                return real(*args, **kwargs)
            # A first name stands for the call: `realpath` and `listdir` have no other.
            text = f"{operation.shown}({', '.join(_shown(p[-1]) for p in touched if p)})"
            with self._control.call(Call(OpKind.FILE, text, accesses=accesses)), self._quiet():
                self._keep(accesses)
                return real(*args, **kwargs)

        return announced

    def opening(
        self, real: Callable[..., Any], read: Callable[..., Opening | None]
    ) -> Callable[..., Any]:
        """``real``, which opens a file, announced; when it opens it to write, twice.

        Between creation or truncation and the writing another request may look.
        """

        @functools.wraps(real)
        def announced(*args: Any, **kwargs: Any) -> Any:
            if not self._on_duty():
                return real(*args, **kwargs)
            opening = read(*args, **kwargs)
            if opening is None:
                return real(*args, **kwargs)
            with self._quiet():
                paths = self._touched(opening.file)
                accesses = self._accesses(paths, opening.file.effect, opening.verb)
            if not accesses:
                return real(*args, **kwargs)
            text = f"open({_shown(paths[-1])}, {opening.shown})"
            with self._control.call(Call(OpKind.FILE, text, accesses=accesses)), self._quiet():
                self._keep(accesses)
                opened = real(*args, **kwargs)
            if opening.writes:
                self._before_writing(paths, opened)
            return opened

        return announced

    def _before_writing(self, paths: list[str], opened: Any) -> None:
        accesses = accesses_of(paths[-1], Effect.CHANGE, "write")
        try:
            text = f"write {_shown(paths[-1])}"
            with self._control.call(Call(OpKind.FILE, text, accesses=accesses)):
                pass
        except BaseException:
            # The run was given up: nobody will be there to close it.
            if isinstance(opened, int):
                os.close(opened)
            else:
                opened.close()
            raise

    # -- what is touched -----------------------------------------------------------------------

    def _on_duty(self) -> bool:
        return not getattr(self._here, "quiet", False) and self._control.controlled()

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """What the caller and the real functions do in here is part of one call; none parks."""
        before = getattr(self._here, "quiet", False)
        self._here.quiet = True
        try:
            yield
        finally:
            self._here.quiet = before

    def _touched(self, named: Named) -> list[str]:
        """The paths a name stands for: itself, and what it is a link to. Empty if not the app's."""
        if not isinstance(named.path, (str, bytes, os.PathLike)):
            if named.effect is Effect.LOOK:
                return []  # A descriptor: whatever happens to the path, it stays what it is.
            named = Named(self._of_descriptor(named.path), named.effect)
        path = os.fsdecode(os.fspath(named.path))
        if not path or path.endswith(_NO_DATA):
            return []
        if not os.path.isabs(path) and isinstance(named.dir_fd, int):
            path = os.path.join(self._of_descriptor(named.dir_fd), path)
        path = os.path.abspath(path)
        if not self._is_data(path, named.effect):
            return []
        folder, name = os.path.split(path)
        itself = os.path.join(self._realpath(folder), name)
        if named.follows and self._islink(itself):
            return [itself, self._realpath(itself)]
        return [itself]

    def _accesses(self, paths: list[str], effect: Effect, verb: str) -> tuple[Access, ...]:
        if not paths:
            return ()
        links = [access for path in paths[:-1] for access in accesses_of(path, Effect.LOOK, verb)]
        if effect is Effect.NAME and self._isdir(paths[-1]):
            effect = Effect.FOLDER  # Renamed: with all that is in it.
        return (*links, *accesses_of(paths[-1], effect, verb))

    def _is_data(self, path: str, effect: Effect) -> bool:
        if path in self._watched:
            return True
        if path in self._system or path in self._interpreter or path in self._ignored:
            return False
        on_the_way = (os.getcwd() + os.sep).startswith(path.rstrip(os.sep) + os.sep)
        if effect is Effect.LOOK and on_the_way:
            return False  # Nobody moves the project.
        stem = path
        for ending in _BESIDE_DATABASES:
            stem = stem.removesuffix(ending)
        return not stem.endswith(_DATABASES)

    def _of_descriptor(self, descriptor: Any) -> str:
        try:
            return self._readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            return ""

    def _keep(self, accesses: Iterable[Access]) -> None:
        for access in accesses:
            name = access.item.name
            if access.writes and name is not None and not name.endswith(os.sep):
                self._journal.before_write(name)


def _shown(path: str) -> str:
    """A path as the user knows it: from the working directory on, where it lies there."""
    here = os.getcwd()
    return os.curdir if path == here else path.removeprefix(here.rstrip(os.sep) + os.sep)
