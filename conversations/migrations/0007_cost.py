"""What an answer cost."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_no_clear_columns")]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="cost",
            field=models.DecimalField(decimal_places=9, max_digits=14, null=True),
        ),
    ]
