"""The apps of how-to pages, asked as a client would ask them."""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from starlette.testclient import TestClient

FRAMEWORKS = ("FastAPI", "Flask", "Django")


@contextmanager
def served(framework: str, page: types.ModuleType) -> Iterator[httpx2.Client]:
    """A client of the page's ``app``, or of its ``urlpatterns`` under Django."""
    if framework == "FastAPI":
        yield TestClient(page.app)
    elif framework == "Flask":
        yield _client(page.app)
    else:
        middleware = ["tocsin.guard.django.GuardMiddleware"]
        with override_settings(ROOT_URLCONF=page, MIDDLEWARE=middleware):
            yield _client(WSGIHandler())


def _client(app: object) -> httpx2.Client:
    transport = httpx2.WSGITransport(app=app)  # type: ignore[arg-type]
    return httpx2.Client(transport=transport, base_url="http://testserver")
