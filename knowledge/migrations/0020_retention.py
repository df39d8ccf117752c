"""When a file came, and when a rule has purged it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0019_read_by_staff"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="file_given_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="source",
            name="file_purged_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
