"""Which data key a file is sealed with, and a job that seals what lies there from before."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from askorac.sealing.migrating import organizations
from askorac.tenancy.context import tenant

# Until then, the workers that know this kind of job have been started.
_STARTED = timedelta(minutes=5)


def plan_sealing(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One job for each organization that has files; it begins again where it was stopped."""
    source, job = apps.get_model("knowledge", "Source"), apps.get_model("jobs", "Job")
    alias, now = schema_editor.connection.alias, timezone.now()
    for organization_id in organizations(schema_editor.connection):
        with tenant(organization_id, using=alias):
            if source.objects.using(alias).exclude(kind="page").exists():
                job.objects.using(alias).get_or_create(
                    organization_id=organization_id,
                    kind="source.seal_files",
                    target_id=organization_id,
                    defaults={"id": uuid.uuid4(), "created_at": now, "due_at": now + _STARTED},
                )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("knowledge", "0011_words_of_titles"), ("jobs", "0004_open_and_newest")]
    operations = [
        migrations.AddField(
            "source", "file_key_version", models.PositiveIntegerField(editable=False, null=True)
        ),
        migrations.RunPython(plan_sealing, migrations.RunPython.noop),
    ]
