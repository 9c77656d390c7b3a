"""The settings of Django, where they differ from the usual ones."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

HERE = Path(__file__).parent.parent


def database(url: str) -> dict[str, Any]:
    """``sqlite:////path/shop.db``, ``postgresql://user:password@host/name?host=/socket/folder``.

    Or ``mariadb://user:password@host/name?unix_socket=/path/of.sock``.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:],
            # Without this, two transactions that read before they write wait for each other.
            "OPTIONS": {"transaction_mode": "IMMEDIATE"},
        }
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    mariadb = parts.scheme == "mariadb"
    socket = query.get("unix_socket" if mariadb else "host", "")
    return {
        "ENGINE": f"django.db.backends.{'mysql' if mariadb else 'postgresql'}",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": socket or parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
    }


DATABASES = {
    "default": database(os.environ.get("SHOP_DATABASE_URL", f"sqlite:///{HERE / 'shop.db'}"))
}
SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "an example keeps no secrets")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "rest_framework",
    "tocsin.guard.django.tables",
    "shop",
]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["shop.hashers.QuickHasher"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shop.auth.BasicAuthentication"],
    "EXCEPTION_HANDLER": "tocsin.guard.django.drf.exception_handler",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
