"""Which projects of an archive an import has brought in, so that a second one of it is told."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leaving", "0001_archives")]
    operations = [
        migrations.AddField(
            "Import", "archived_ids", ArrayField(models.UUIDField(), null=True, default=None)
        ),
    ]
