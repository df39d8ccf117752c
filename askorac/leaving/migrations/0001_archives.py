"""Archives that leave and come in."""

import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

import askorac.sealing.fields
import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    initial = True

    dependencies = [("projects", "0017_deletes_at"), ("tenancy", "0001_context")]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("asked_by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("is_expired", models.BooleanField(default=False)),
                ("stage", models.CharField(blank=True, max_length=20)),
                ("project_at", models.UUIDField(null=True)),
                ("after", models.CharField(blank=True, max_length=80)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("size_bytes", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization_id", "-created_at"], name="export_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("asked_by", models.CharField(max_length=254)),
                ("name", askorac.sealing.fields.SealedTextField()),
                ("key", askorac.sealing.fields.SealedBytesField()),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("stage", models.CharField(blank=True, max_length=20)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                (
                    "project_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("remarks", askorac.sealing.fields.SealedJSONField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization_id", "-created_at"], name="import_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("number", models.PositiveIntegerField()),
                ("key", askorac.sealing.fields.SealedBytesField()),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("entries", askorac.sealing.fields.SealedJSONField()),
                ("export", askorac.tenancy.models.TenantForeignKey(to="leaving.export")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "export", "number"), name="export_part_once"
                    )
                ],
            },
        ),
        Isolate(
            "Export",
            Isolation(
                staff=(
                    "id",
                    "organization_id",
                    "created_at",
                    "ready_at",
                    "expires_at",
                    "size_bytes",
                )
            ),
        ),
        Isolate(
            "Import",
            Isolation(staff=("id", "organization_id", "created_at", "finished_at", "size_bytes")),
        ),
        Isolate("ExportPart", Isolation()),
    ]
