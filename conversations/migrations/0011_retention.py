"""When a visitor was last there, and since when nothing tells who it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0010_read_by_staff"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="nameless_at",
            field=models.DateTimeField(default=None, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="seen_at",
            field=models.DateTimeField(default=None, null=True),
        ),
    ]
