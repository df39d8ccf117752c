"""How long what is kept stays: rules, holds, purges, and receipts of what was erased."""

import uuid

from django.db import migrations, models

import askorac.sealing.fields
import askorac.tenancy.models
from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0015_second_factors"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureReceipt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("kind", models.CharField(max_length=40)),
                ("of_project", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("document", models.JSONField(default=dict)),
                ("key_id", models.CharField(blank=True, max_length=64)),
                ("signature", models.CharField(blank=True, max_length=128)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization_id", "-at", "id"], name="receipt_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="PurgeRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("counts", models.JSONField(default=dict)),
                ("rules", models.JSONField(default=list)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("organization_id",),
                        name="one_purge_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("reason", askorac.sealing.fields.SealedTextField()),
                ("placed_by", models.CharField(max_length=254)),
                ("placed_at", models.DateTimeField()),
                ("lifted_by", models.CharField(blank=True, max_length=254)),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "project",
                    askorac.tenancy.models.TenantForeignKey(null=True, to="projects.project"),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifted_by", ""), ("lifted_at__isnull", False), _connector="OR"
                        ),
                        name="hold_lifted_at_some_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                (
                    "content",
                    models.CharField(
                        choices=[
                            ("conversations", "Conversations"),
                            ("visitors", "Visitor data"),
                            ("uploads", "Uploads"),
                            ("audit", "Audit trail"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "keep",
                    models.CharField(
                        choices=[
                            ("until_deleted", "Until it is deleted"),
                            ("days", "For some days"),
                            ("session", "Until the session ends"),
                        ],
                        max_length=16,
                    ),
                ),
                ("days", models.PositiveIntegerField(default=None, null=True)),
                ("changed_at", models.DateTimeField()),
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
                        fields=("organization_id", "project", "content"),
                        name="one_rule_a_content",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("content__in", ["conversations", "visitors", "uploads", "audit"])
                        ),
                        name="retention_content_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("days__gte", 1), ("days__lte", 36500), ("keep", "days")),
                            models.Q(
                                ("days__isnull", True), ("keep__in", ["until_deleted", "session"])
                            ),
                            _connector="OR",
                        ),
                        name="retention_days_counted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("keep", "session"), _negated=True),
                            ("content__in", ["conversations", "visitors"]),
                            _connector="OR",
                        ),
                        name="retention_session_of_visitors",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("content", "audit"), _negated=True),
                            models.Q(("keep", "until_deleted"), ("project__isnull", True)),
                            models.Q(
                                ("days__gte", 365), ("keep", "days"), ("project__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="retention_audit_for_a_year",
                    ),
                ],
            },
        ),
        Isolate(
            "RetentionRule",
            Isolation(
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "content",
                    "keep",
                    "days",
                    "changed_at",
                )
            ),
        ),
        Isolate(
            "Hold",
            Isolation(staff=("id", "organization_id", "project_id", "placed_at", "lifted_at")),
        ),
        Isolate(
            "PurgeRun", Isolation(staff=("id", "organization_id", "started_at", "finished_at"))
        ),
        Isolate(
            "ErasureReceipt",
            Isolation(app=APPEND_ONLY, staff=("id", "organization_id", "kind", "at")),
        ),
    ]
