"""Rows that guards keep. Nothing but the guards writes them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Tally(models.Model):  # type: ignore[misc] # Django has no types
    """What is used of a limit. ``ends`` is in microseconds; what has ended may be deleted."""

    key = models.CharField(primary_key=True, max_length=64)
    used = models.BigIntegerField()
    ends = models.BigIntegerField(db_index=True)
    # What an upsert may write without changing anything that counts.
    made = models.BooleanField(default=True)

    class Meta:
        """Its name in the database."""

        db_table = "tocsin_tally"
        verbose_name_plural = "tallies"

    objects: ClassVar[models.Manager[Tally]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.key}: {self.used} until {self.ends}"
