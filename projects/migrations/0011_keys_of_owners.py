"""Which API keys were made by an owner; of those that are there already, nobody knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0010_no_clear_columns")]

    operations = [
        migrations.AddField("ApiKey", "is_owners", models.BooleanField(default=False)),
    ]
