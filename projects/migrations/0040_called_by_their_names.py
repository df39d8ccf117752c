"""Models are called by their names on our staff's pages."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0039_last_organization"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="apikey",
            options={"base_manager_name": "objects", "verbose_name": "API key"},
        ),
    ]
