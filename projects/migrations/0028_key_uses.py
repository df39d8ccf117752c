"""How often keys are used, hour by hour, until it stands in the audit trail."""

import uuid

from django.db import migrations, models

from askorac.tenancy.chain import UNWRITTEN_USES
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [("projects", "0027_audit_delivery")]

    operations = [
        migrations.CreateModel(
            name="KeyUse",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("api_key", "API key"), ("provider_key", "provider key")],
                        max_length=12,
                    ),
                ),
                ("key_id", models.UUIDField()),
                ("of_project", models.UUIDField(null=True)),
                ("hour", models.DateTimeField()),
                ("count", models.PositiveBigIntegerField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint(
            "KeyUse",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["api_key", "provider_key"])), name="key_use_kind"
            ),
        ),
        migrations.AddIndex("KeyUse", models.Index(fields=["hour"], name="key_use_by_hour")),
        Isolate("KeyUse", Isolation()),
        DefineLookup(UNWRITTEN_USES),
    ]
