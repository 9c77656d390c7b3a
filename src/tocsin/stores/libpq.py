"""What libpq would make of a connection's parameters: environment and service file applied."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

_ENVIRONMENT = {
    "service": "PGSERVICE",
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
}


def resolved(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters in force: those given, else the service's, else the environment's.

    ``dbname`` is always there: it defaults to the user.
    """
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    around = {key: os.environ[name] for key, name in _ENVIRONMENT.items() if os.environ.get(name)}
    service = given.get("service", around.get("service"))
    found = {**around, **(_service(str(service)) if service else {}), **given}
    found.pop("service", None)
    found.setdefault("user", os.environ.get("USER", "postgres"))
    found.setdefault("dbname", found["user"])
    return found


def store_of(parameters: Mapping[str, object]) -> str:
    """The name under which a resolved database's accesses are known."""
    return f"postgresql:{parameters['dbname']}"


def _service(service: str) -> dict[str, object]:
    places = [
        os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf",
        Path(os.environ.get("PGSYSCONFDIR") or "/etc/postgresql-common") / "pg_service.conf",
    ]
    for place in places:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read(place)
        if parser.has_section(service):
            return dict(parser.items(service))
    return {}
