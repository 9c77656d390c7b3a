"""The tallies of limits."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):  # type: ignore[misc] # Django has no types
    """One table."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[object]] = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("used", models.BigIntegerField()),
                ("ends", models.BigIntegerField(db_index=True)),
                ("made", models.BooleanField(default=True)),
            ],
            options={"verbose_name_plural": "tallies", "db_table": "tocsin_tally"},
        ),
    ]
