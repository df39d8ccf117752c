"""Who made an API key: an owner's does what only owners may as long as that user is one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0030_cuts_of_old_events_alone")]

    operations = [
        migrations.AddField("ApiKey", "made_by", models.UUIDField(null=True)),
    ]
