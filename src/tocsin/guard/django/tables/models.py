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


class Once(models.Model):  # type: ignore[misc] # Django has no types
    """A request that is carried out once. ``ends`` is in microseconds; what has ended may go."""

    key = models.CharField(primary_key=True, max_length=64)
    fingerprint = models.CharField(max_length=64)
    token = models.CharField(max_length=32)
    lease = models.BigIntegerField()
    ends = models.BigIntegerField(db_index=True)
    answer = models.TextField(null=True)  # noqa: DJ001 - none yet is not an empty one

    class Meta:
        """Its name in the database."""

        db_table = "tocsin_once"
        verbose_name_plural = "once"

    objects: ClassVar[models.Manager[Once]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.key} until {self.ends}"
