"""Refused sign-ins, until they are filed; the accounts role's alone."""

import uuid

from django.db import migrations, models

from askorac.tenancy.global_tables import statements


class Migration(migrations.Migration):
    dependencies = [("projects", "0021_required_second_factor")]

    operations = [
        migrations.CreateModel(
            name="RefusedSignIn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("user_id", models.UUIDField(null=True)),
                ("address", models.CharField(max_length=45)),
                ("is_held_off", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(list(statements("projects_refusedsignin")), migrations.RunSQL.noop),
    ]
