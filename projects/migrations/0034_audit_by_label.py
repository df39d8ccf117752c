"""An index for who searches the audit trail by a part of somebody's name."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("projects", "0033_what_goes_from_a_trail")]

    operations = [
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "actor_label", "at"], name="audit_by_label"),
        ),
    ]
