"""The configuration: ``[tool.tocsin]`` or ``tocsin.toml``, typed and checked."""

from tocsin.config.load import Loaded, load
from tocsin.config.shape import (
    Config,
    IdentityConfig,
    QueryConfig,
    RequestConfig,
    ScenarioConfig,
    schema,
)

__all__ = [
    "Config",
    "IdentityConfig",
    "Loaded",
    "QueryConfig",
    "RequestConfig",
    "ScenarioConfig",
    "load",
    "schema",
]
