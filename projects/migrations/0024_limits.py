"""Limits of one organization, and work that our staff stops."""

import uuid

from django.db import migrations, models

from askorac.tenancy.deeds import STOP_JOB
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.limit_deeds import CHANGE_LIMITS
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0023_staff_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrganizationLimits",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("questions_a_minute", models.PositiveIntegerField(null=True)),
                ("questions_a_day", models.PositiveIntegerField(null=True)),
                ("sources", models.PositiveIntegerField(null=True)),
                ("stored_bytes", models.PositiveBigIntegerField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id",), name="organization_limits_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("questions_a_minute__isnull", True),
                            ("questions_a_minute__lte", 100000),
                            _connector="OR",
                        ),
                        name="organization_limits_minute_bounded",
                    ),
                ],
            },
        ),
        Isolate(
            "OrganizationLimits",
            Isolation(
                app=("SELECT",),
                staff=(
                    "id",
                    "organization_id",
                    "questions_a_minute",
                    "questions_a_day",
                    "sources",
                    "stored_bytes",
                    "changed_at",
                ),
            ),
        ),
        DefineLookup(STOP_JOB),
        DefineLookup(CHANGE_LIMITS),
    ]
