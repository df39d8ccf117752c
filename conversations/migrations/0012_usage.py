"""Usage by month, counted as turns end; of what ended before, nothing is known."""

import uuid

from django.db import migrations, models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import DefineLookup, Isolate
from askorac.tenancy.usage import COUNT_USAGE, COUNT_USAGE_TRIGGER


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0011_retention"),
    ]

    operations = [
        migrations.CreateModel(
            name="Usage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("month", models.DateField()),
                ("shard", models.PositiveSmallIntegerField()),
                ("answers", models.PositiveBigIntegerField(default=0)),
                ("failures", models.PositiveBigIntegerField(default=0)),
                ("input_tokens", models.PositiveBigIntegerField(default=0)),
                ("output_tokens", models.PositiveBigIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=9, default=0, max_digits=20)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["month", "organization_id"], name="usage_of_month")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "month", "shard"), name="usage_once_a_shard"
                    )
                ],
            },
        ),
        Isolate(
            "Usage",
            Isolation(
                app=("SELECT",),
                staff=(
                    "id",
                    "organization_id",
                    "month",
                    "shard",
                    "answers",
                    "failures",
                    "input_tokens",
                    "output_tokens",
                    "cost",
                ),
            ),
        ),
        DefineLookup(COUNT_USAGE),
        migrations.RunSQL(COUNT_USAGE_TRIGGER, "DROP TRIGGER count_usage ON conversations_turn"),
    ]
