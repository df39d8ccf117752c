"""The data keys of organizations."""

import uuid

from django.db import migrations, models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    initial = True
    dependencies = [("projects", "0007_suspension")]
    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("content", "Content"),
                            ("words", "Words"),
                            ("access", "Access"),
                        ],
                        max_length=7,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("wrapped", models.BinaryField()),
                ("seals_from", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "purpose", "version"), name="data_key_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["content", "words", "access"])),
                        name="data_key_purpose_known",
                    ),
                ],
            },
        ),
        Isolate(
            "DataKey",
            Isolation(
                staff=("id", "organization_id", "purpose", "version", "seals_from", "created_at")
            ),
        ),
    ]
