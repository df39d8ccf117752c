"""Keys to customers' accounts at providers, and the models that projects choose."""

import uuid

from django.db import migrations, models

import askorac.sealing.fields
import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("keys", "0001_initial"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProjectModels",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("chat", models.CharField(blank=True, max_length=140)),
                ("fallback", models.CharField(blank=True, max_length=140)),
                ("embedding", models.CharField(blank=True, max_length=120)),
                ("project", askorac.tenancy.models.TenantForeignKey(to="projects.project")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "project"), name="project_models_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("fallback", ""), _negated=True),
                                models.Q(("chat", ""), _negated=True),
                            ),
                            ("fallback", ""),
                            _connector="OR",
                        ),
                        name="project_models_fallback_behind_chat",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                (
                    "provider",
                    models.CharField(
                        choices=[
                            ("openai", "OpenAI"),
                            ("anthropic", "Anthropic"),
                            ("gemini", "Gemini"),
                        ],
                        max_length=9,
                    ),
                ),
                ("label", models.CharField(max_length=80)),
                ("base_url", models.CharField(blank=True, max_length=500)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("key", askorac.sealing.fields.SealedTextField()),
                ("last_four", models.CharField(blank=True, max_length=4)),
                ("fingerprint", models.CharField(max_length=16)),
                ("set_by", models.CharField(max_length=254)),
                ("set_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "project",
                    askorac.tenancy.models.TenantForeignKey(null=True, to="projects.project"),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("organization_id", "provider", "project"),
                        name="provider_key_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("provider__in", ["openai", "anthropic", "gemini"])),
                        name="provider_key_provider_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("label", ""), _negated=True),
                        name="provider_key_labelled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key__isnull", False), ("revoked_at", None)),
                            models.Q(("key__isnull", True), ("revoked_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="provider_key_gone_when_revoked",
                    ),
                ],
            },
        ),
        Isolate(
            "ProviderKey",
            Isolation(
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "provider",
                    "created_at",
                    "set_at",
                    "last_used_at",
                    "revoked_at",
                )
            ),
        ),
        Isolate(
            "ProjectModels",
            Isolation(staff=("id", "organization_id", "project_id", "chat", "embedding")),
        ),
    ]
