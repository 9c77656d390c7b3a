"""Models that may be swapped: ``get_model(settings.TOKEN_MODEL)`` names no class.

Source: docs.djangoproject.com/en/stable/topics/auth/customizing, how a user model is swapped.
"""

from __future__ import annotations

import ast

from tocsin.source.project import ClassSymbol
from tocsin.static.sources import Sources


def swapped(sources: Sources, setting: str) -> ClassSymbol | None:
    """The model that an application comes with, where a setting may name another.

    Settings of a package may leave out its prefix: ``package_settings.TOKEN_MODEL``.
    """
    for module in sources.saying(setting.encode(), besides=b"swappable"):
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and _swappable(node).endswith(setting):
                return ClassSymbol(module, node)
    return None


def _swappable(node: ast.ClassDef) -> str:
    """The setting that ``Meta`` names."""
    for meta in node.body:
        for each in meta.body if isinstance(meta, ast.ClassDef) and meta.name == "Meta" else ():
            match each:
                case ast.Assign(
                    targets=[ast.Name(id="swappable")], value=ast.Constant(value=str(setting))
                ):
                    return setting
                case _:
                    pass
    return ""
