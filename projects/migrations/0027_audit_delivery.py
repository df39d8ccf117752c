"""Where checkpoints of the audit trail are sent."""

import uuid

from django.db import migrations, models

import askorac.sealing.fields
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [("projects", "0026_refusal_reason")]

    operations = [
        migrations.CreateModel(
            name="AuditDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("addresses", askorac.sealing.fields.SealedJSONField()),
                ("webhook_url", askorac.sealing.fields.SealedTextField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        Isolate("AuditDelivery", Isolation()),
    ]
