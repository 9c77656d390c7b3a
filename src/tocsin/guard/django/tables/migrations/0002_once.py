"""Requests that are carried out once."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):  # type: ignore[misc] # Django has no types
    """One table."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("tocsin_guard", "0001_limits")]
    operations: ClassVar[list[object]] = [
        migrations.CreateModel(
            name="Once",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("token", models.CharField(max_length=32)),
                ("lease", models.BigIntegerField()),
                ("ends", models.BigIntegerField(db_index=True)),
                ("answer", models.TextField(null=True)),
            ],
            options={"verbose_name_plural": "once", "db_table": "tocsin_once"},
        ),
    ]
