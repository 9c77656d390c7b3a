"""The tables that guards keep: name ``tocsin.guard.django.tables`` in ``INSTALLED_APPS``."""
