"""Django on real databases, filled, as the connection that is the default for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.frameworks.django_settings import configure
from tests.guard.conftest import Place

configure()


@contextmanager
def connected(place: Place) -> Iterator[str]:
    """The name of a connection, for a while."""
    from django.db import connections

    name = "guarded"
    given = {"default": {}, name: place.settings()}
    connections.settings[name] = connections.configure_settings(given)[name]
    yield name
    connections[name].close()
    delattr(connections._connections, name)
    del connections.settings[name]


@pytest.fixture
def database(place: Place) -> Iterator[str]:
    """The name of a connection to tables that are filled."""
    from django.db import connections

    from tests.guard.django.models import MODELS, filled

    with connected(place) as name:
        with connections[name].schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
        filled(name)
        yield name


class Everything:
    """A router: all of a test is on the connection that it got."""

    def db_for_read(self, *_: object, **__: object) -> str:
        return "guarded"

    db_for_write = db_for_read


@pytest.fixture
def accounts(database: str) -> Iterator[str]:
    """The tables of Django's own users, too; they are where everything is looked for."""
    from django.core.management import call_command
    from django.test import override_settings

    call_command("migrate", database=database, verbosity=0)
    with override_settings(DATABASE_ROUTERS=[Everything()]):
        yield database
