"""Test modules of this folder define Django views when they are imported."""

from __future__ import annotations

from tests.frameworks.django_settings import configure

configure()
