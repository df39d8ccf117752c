"""Turns by when they ended, over all organizations: how the providers answer."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversations", "0012_usage")]
    operations = [
        AddIndexConcurrently("Turn", models.Index(fields=["finished_at"], name="turn_finished")),
    ]
