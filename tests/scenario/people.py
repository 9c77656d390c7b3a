"""Identities as the configuration makes them."""

from __future__ import annotations

from typing import Any

from tocsin.config import Config, IdentityConfig
from tocsin.config.identities import identities
from tocsin.model.http import Identity


def identity(name: str, **given: Any) -> Identity:
    (made,) = identities(Config(identities={name: IdentityConfig(**given)}))
    return made
