"""Models are called by their names on our staff's pages."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0014_opened_by_views"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="usage",
            options={"base_manager_name": "objects", "verbose_name_plural": "usage"},
        ),
    ]
