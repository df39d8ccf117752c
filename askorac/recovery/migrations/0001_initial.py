from uuid import uuid4

from django.db import migrations, models

from askorac.tenancy.global_tables import statements


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="RestoreDrill",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("backup_made_at", models.DateTimeField()),
                ("has_passed", models.BooleanField()),
                ("seconds", models.FloatField()),
                ("organization_count", models.PositiveIntegerField()),
                ("opened_count", models.PositiveIntegerField()),
                ("closed_count", models.PositiveIntegerField()),
                ("file_count", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL(list(statements("recovery_restoredrill")), migrations.RunSQL.noop),
    ]
