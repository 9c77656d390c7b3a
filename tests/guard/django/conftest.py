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
