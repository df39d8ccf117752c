"""Key services of customers' own, around the installation's, and whether the keys open."""

import uuid

from django.db import migrations, models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("keys", "0002_provider_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="datakey",
            name="own_service_id",
            field=models.UUIDField(null=True),
        ),
        migrations.CreateModel(
            name="KeyState",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("available", "Available"),
                            ("revoked", "Revoked"),
                            ("away", "Away"),
                        ],
                        max_length=9,
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id",), name="key_state_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["available", "revoked", "away"])),
                        name="key_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnKeyService",
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
                        choices=[("openbao", "OpenBao or Vault"), ("aws", "AWS KMS")], max_length=7
                    ),
                ),
                ("sealed_access", models.BinaryField(null=True)),
                ("chosen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at", None)),
                        fields=("organization_id",),
                        name="own_key_service_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["openbao", "aws"])),
                        name="own_key_service_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sealed_access__isnull", False),
                            ("left_at__isnull", False),
                            _connector="OR",
                        ),
                        name="own_key_service_with_access",
                    ),
                ],
            },
        ),
        Isolate("KeyState", Isolation(staff=("id", "organization_id", "state", "since"))),
        Isolate(
            "OwnKeyService",
            Isolation(
                staff=("id", "organization_id", "kind", "chosen_at", "changed_at", "left_at")
            ),
        ),
    ]
