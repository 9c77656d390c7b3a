"""Words that choose rules: ``TOC201``, or a beginning like ``TOC2`` that means all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tocsin.config.shape import Config
from tocsin.errors import UsageError
from tocsin.rules.catalogue import codes, nearest

_CODE = re.compile(r"[A-Za-z]+\d*")


def chooses(selector: str, code: str) -> bool:
    """Whether the selector means the rule."""
    return code.startswith(selector.strip().upper())


def check_selectors(selectors: Iterable[str], key: str) -> None:
    """Raise a `UsageError` for the first word that means no rule."""
    for selector in selectors:
        known = _CODE.fullmatch(selector.strip())
        if known and any(chooses(selector, code) for code in codes()):
            continue
        near = nearest(selector)
        hint = f"; did you mean {near.code!r}?" if near else "; 'tocsin rules' lists them"
        raise UsageError(f"{key}: {selector!r} means no rule{hint}")


def check_config(config: Config) -> None:
    """Raise a `UsageError` for a selector of the configuration that means no rule."""
    check_selectors(config.select, "select")
    check_selectors(config.ignore, "ignore")
    for pattern, settings in config.per_path.items():
        check_selectors(settings.ignore, f'per-path."{pattern}".ignore')
