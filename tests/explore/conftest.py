"""Test modules of this folder import Django REST framework, which wants settings."""

from __future__ import annotations

from tests.frameworks.django_settings import configure

configure()
