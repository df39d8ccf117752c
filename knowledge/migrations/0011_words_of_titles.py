"""Words of documents are indexed anew, those of titles with them: the projects' jobs."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from askorac.sealing.migrating import organizations
from askorac.tenancy.context import tenant

INDEX_WORDS = "project.index_words"


def ask_for_words(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One job for each project that has documents; the sweeper hands them on."""
    documents, jobs = apps.get_model("knowledge", "Document"), apps.get_model("jobs", "Job")
    alias, now = schema_editor.connection.alias, timezone.now()
    for organization_id in organizations(schema_editor.connection):
        with tenant(organization_id, using=alias):
            projects = documents.objects.using(alias).values_list("project_id", flat=True)
            for project_id in projects.distinct():
                jobs.objects.using(alias).get_or_create(
                    organization_id=organization_id,
                    kind=INDEX_WORDS,
                    target_id=project_id,
                    defaults={"due_at": now, "created_at": now},
                )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("knowledge", "0010_only_sealed"),
        ("jobs", "0004_open_and_newest"),
    ]

    operations = [
        migrations.AddField("Vocabulary", "edition", models.PositiveSmallIntegerField(default=0)),
        migrations.RunPython(ask_for_words),
    ]
