"""The application that has the guards' tables."""

from __future__ import annotations

from django.apps import AppConfig


class TablesConfig(AppConfig):  # type: ignore[misc] # Django has no types
    """No views, no admin: tables, and the migrations that make them."""

    name = "tocsin.guard.django.tables"
    label = "tocsin_guard"
    verbose_name = "Guards"
    default_auto_field = "django.db.models.BigAutoField"
