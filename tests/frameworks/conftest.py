"""Django is configured once in a process: here, before a test module imports its views."""

from __future__ import annotations

import django
from django.conf import settings

# Tests of other folders may have come first, with settings of their own: what these tests need
# beyond a configured Django (URLs, middleware) they override for themselves.
if not settings.configured:
    settings.configure(
        SECRET_KEY="for tests only",
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        USE_TZ=True,
    )
    django.setup()
