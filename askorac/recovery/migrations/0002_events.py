"""How many audit events a drill has reckoned anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recovery", "0001_initial")]

    operations = [
        migrations.AddField(
            "RestoreDrill", "event_count", models.PositiveBigIntegerField(null=True)
        ),
    ]
