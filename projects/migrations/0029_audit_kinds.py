"""Indexes for who searches the audit trail by kinds of actors and of targets."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("projects", "0028_key_uses")]

    operations = [
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "actor_kind", "at"], name="audit_by_actors"),
        ),
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "target_kind", "at"], name="audit_by_targets"),
        ),
    ]
