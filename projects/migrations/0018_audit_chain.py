"""The chain of audit events: commitments, links, heads, checkpoints, and what the database does."""

import uuid

from django.db import migrations, models

import askorac.sealing.fields
from askorac.tenancy.chain import (
    COMMIT_EVENT,
    COMMIT_TRIGGER,
    LINK_EVENT,
    LINK_TRIGGER,
    UNSIGNED_TRAILS,
)
from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.operations import DefineLookup, Isolate

OPTIONS = {"abstract": False, "base_manager_name": "objects"}
IDS = [
    ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
    ("organization_id", models.UUIDField(editable=False)),
]
UNDO = """
DROP TRIGGER link_event ON projects_auditevent;
DROP TRIGGER commit_event ON projects_auditevent;
DROP FUNCTION orac.commit_event();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0017_deletes_at")]

    operations = [
        migrations.AddField("AuditEvent", "address", models.CharField(max_length=45, null=True)),
        migrations.AddField("AuditEvent", "session", models.CharField(max_length=16, null=True)),
        migrations.AddField("AuditEvent", "salts", models.JSONField(editable=False, null=True)),
        migrations.AddField("AuditEvent", "sealed_salts", askorac.sealing.fields.SealedJSONField()),
        migrations.AddField(
            "AuditEvent", "commitments", models.JSONField(editable=False, null=True)
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[*IDS, ("seq", models.BigIntegerField()), ("chain", models.BinaryField())],
            options=OPTIONS,
        ),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                *IDS,
                ("seq", models.BigIntegerField()),
                ("digest", models.BinaryField()),
                ("chain", models.BinaryField()),
                ("linked_at", models.DateTimeField()),
            ],
            options=OPTIONS,
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                *IDS,
                (
                    "kind",
                    models.CharField(
                        choices=[("checkpoint", "checkpoint"), ("cut", "cut")], max_length=10
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("document", models.JSONField(default=dict)),
                ("key_id", models.CharField(max_length=16)),
                ("public_key", models.BinaryField()),
                ("signature", models.BinaryField()),
            ],
            options=OPTIONS,
        ),
        migrations.AddConstraint(
            "AuditLink",
            models.UniqueConstraint(fields=("organization_id", "seq"), name="audit_link_once"),
        ),
        migrations.AddConstraint(
            "AuditCheckpoint",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["checkpoint", "cut"])),
                name="audit_checkpoint_kind",
            ),
        ),
        migrations.AddIndex(
            "AuditCheckpoint",
            models.Index(fields=["organization_id", "kind", "seq"], name="audit_checkpoint_place"),
        ),
        Isolate("AuditHead", Isolation(app=("SELECT",))),
        Isolate("AuditLink", Isolation(app=("SELECT",))),
        Isolate("AuditCheckpoint", Isolation(app=APPEND_ONLY)),
        migrations.RunSQL(COMMIT_EVENT + COMMIT_TRIGGER, UNDO),
        *map(DefineLookup, (LINK_EVENT, UNSIGNED_TRAILS)),
        migrations.RunSQL(LINK_TRIGGER, migrations.RunSQL.noop),
    ]
