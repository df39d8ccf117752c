"""Indexes for who searches the audit trail by where something came from."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("projects", "0037_where_staff_come_from")]

    operations = [
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "address", "at"], name="audit_by_address"),
        ),
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "session", "at"], name="audit_by_session"),
        ),
    ]
