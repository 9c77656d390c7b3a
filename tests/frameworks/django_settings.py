"""Django is configured once in a process, before a test module imports its views."""

from __future__ import annotations

import django
from django.conf import settings


def configure() -> None:
    """Configure Django, unless the tests of another folder did.

    What tests need beyond any configured Django (URLs, middleware) they override for themselves.
    """
    if settings.configured:
        return
    settings.configure(
        SECRET_KEY="for tests only",
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "tocsin.guard.django.tables",
        ],
        USE_TZ=True,
    )
    django.setup()
