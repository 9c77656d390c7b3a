"""Loading what the user named: ``package.module:app``."""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tocsin.errors import UsageError
from tocsin.frameworks.base import Framework, Interface
from tocsin.frameworks.registry import framework_of, unwrap

TARGET = re.compile(r"(?P<module>[\w.]+)(?::(?P<name>[\w.]+)(?P<call>\(\))?)?")
INSTALLED = ("site-packages", "dist-packages")


class TargetError(UsageError):
    """The target cannot be loaded: one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An app, ready for requests.

    ``application`` is what is served, middleware around it included; ``packages`` are the
    top-level names of the app's own code, for which state is restored and lines are shown.
    """

    application: object
    framework: Framework
    interface: Interface
    packages: tuple[str, ...]


def load(target: str, search: Sequence[Path], paths: Sequence[str] = ()) -> Loaded:
    """Import the target with ``search`` in front of the module path, where it stays.

    ``paths`` are the configured folders of the app's own code. Raises `TargetError`.
    """
    match = TARGET.fullmatch(target)
    if match is None:
        raise TargetError(f"'{target}' is no target: write package.module:app.")
    for folder in reversed([str(path.resolve()) for path in search]):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    module = _module(match["module"])
    if match["name"] is not None:
        application = _attribute(module, match["name"], target)
        application = _called(application, target, demanded=match["call"] is not None)
    elif hasattr(module, "ROOT_URLCONF"):
        application = _django(match["module"])
    else:
        raise TargetError(_which(module))
    framework = framework_of(unwrap(application))
    if framework is None:
        raise TargetError(_no_app(target, application))
    return Loaded(
        application=application,
        framework=framework,
        interface=framework.interface(unwrap(application)),
        packages=tuple(own_packages(module, paths)),
    )


def _module(name: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name != missing and not name.startswith(f"{missing}."):
            raise TargetError(_import_failed(name, error)) from error
        raise TargetError(_not_found(name, missing)) from error
    except (Exception, SystemExit) as error:
        raise TargetError(_import_failed(name, error)) from error


def _not_found(name: str, missing: str) -> str:
    parent, _, last = missing.rpartition(".")
    try:
        where = importlib.import_module(parent).__path__ if parent else None
        names = [found.name for found in pkgutil.iter_modules(where)]
    except Exception:  # noqa: BLE001 - only a suggestion is lost
        names = []
    near = difflib.get_close_matches(last, names, n=1)
    hint = f": did you mean '{name.replace(last, near[0], 1)}'?" if near else "."
    return f"There is no module '{missing}'{hint}"


def _import_failed(name: str, error: BaseException) -> str:
    """The exception and the last line of the user's own code that led to it."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and not _is_foreign(frame.filename)
    ]
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    if isinstance(error, SyntaxError) and error.filename:
        where = f" at {error.filename}:{error.lineno}"
    said = str(error).strip().split("\n", 1)[0]
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return f"Importing '{name}' failed{where}: {what}"


def _is_foreign(filename: str) -> bool:
    parts = Path(filename).parts
    return (
        any(part in INSTALLED for part in parts)
        or Path(filename).is_relative_to(Path(os.__file__).parent)
        or Path(filename).is_relative_to(Path(__file__).parents[1])
    )


def _attribute(module: ModuleType, name: str, target: str) -> object:
    found: object = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = difflib.get_close_matches(part, dir(found), n=1) or list(_apps(module))[:1]
            hint = f": did you mean '{target.replace(name, near[0])}'?" if near else "."
            raise TargetError(f"Module '{module.__name__}' has no '{name}'{hint}")
        found = getattr(found, part)
    return found


def _called(application: object, target: str, *, demanded: bool) -> object:
    """What an app factory makes. ``app()`` and a plain ``create_app`` are both understood."""
    if framework_of(unwrap(application)) is not None:
        return application
    if not demanded and not (inspect.isfunction(application) and _needs_nothing(application)):
        return application
    if not callable(application):
        raise TargetError(f"'{target.removesuffix('()')}' cannot be called: it is no factory.")
    try:
        return application()
    except (Exception, SystemExit) as error:
        raise TargetError(_import_failed(target, error)) from error


def _needs_nothing(function: object) -> bool:
    parameters = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    variable = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return all(one.kind in variable or one.default is not one.empty for one in parameters)


def _django(settings: str) -> object:
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    try:
        from django.core.wsgi import get_wsgi_application

        application: object = get_wsgi_application()
    except (Exception, SystemExit) as error:
        raise TargetError(_import_failed(settings, error)) from error
    return application


def _apps(module: ModuleType) -> Iterable[str]:
    return (name for name, value in vars(module).items() if framework_of(value) is not None)


def _which(module: ModuleType) -> str:
    found = list(_apps(module))
    name = module.__name__
    if found:
        return f"'{name}' is a module: write {name}:{found[0]} for the app in it."
    return f"'{name}' is a module without an app: write package.module:app."


def _no_app(target: str, application: object) -> str:
    if inspect.isfunction(application) and not _needs_nothing(application):
        return f"'{target}' is a function that needs arguments: name an app, or a factory without."
    kind = type(application).__name__
    if application is None:
        return f"'{target}' is a function that returns no app: name an app, or an app factory."
    return f"'{target}' is no FastAPI, Starlette, Flask or Django app, but of type '{kind}'."


def own_packages(module: ModuleType, paths: Sequence[str] = ()) -> list[str]:
    """The top-level names of the app's own code.

    As configured, else everything loaded that lies beside the target (of an installed target, its
    package alone).
    """
    if paths:
        return sorted({top for path in paths for top in _tops_of_path(path)})
    top = module.__name__.partition(".")[0]
    root = _folder_of(top)
    if root is None or any(part in INSTALLED for part in root.parts):
        return [top]
    return sorted({top, *_loaded_from(root)})


def _loaded_from(folder: Path) -> Iterator[str]:
    return (name for name in list(sys.modules) if _folder_of(name) == folder)


def _folder_of(name: str) -> Path | None:
    """The folder on the module path that a top-level module was found in."""
    module = sys.modules.get(name)
    if module is None or "." in name or name == "__main__":
        return None
    folders = list(getattr(module, "__path__", ()))
    file = folders[0] if folders else getattr(module, "__file__", None)
    return Path(file).resolve().parent if file else None


def _tops_of_path(path: str) -> Iterator[str]:
    """``shop``, ``src/shop`` and ``shop/api.py`` alike, as far as the folders tell.

    Of ``.`` and the like, which name no package, everything that was loaded from there.
    """
    parts = [part for part in Path(path).parts if part not in {".", "..", "/"}]
    if not parts:
        yield from _loaded_from(Path(path).resolve())
        return
    parts[-1] = Path(parts[-1]).stem
    known = [part for part in parts if part in sys.modules]
    yield (known or parts[-1:])[0]
