"""Events from before the chain are linked, the oldest first; indexes for who searches them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from projects.trail.chaining_old import chain_old_events


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("projects", "0018_audit_chain")]

    operations = [
        migrations.RunPython(chain_old_events, migrations.RunPython.noop),
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "actor_id", "at"], name="audit_by_actor"),
        ),
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "action", "at"], name="audit_by_action"),
        ),
        AddIndexConcurrently(
            "AuditEvent",
            models.Index(fields=["organization_id", "target_id", "at"], name="audit_by_target"),
        ),
    ]
