"""Ask for the words of the conversations that there are: a worker finds them, batch by batch."""

import uuid
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from askorac.sealing.migrating import organizations
from askorac.tenancy.context import tenant

KIND = "conversations.find_words"


def ask(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    conversations = apps.get_model("conversations", "Conversation").objects.using(alias)
    jobs = apps.get_model("jobs", "Job").objects.using(alias)
    now = timezone.now()
    for organization_id in organizations(schema_editor.connection):
        with tenant(organization_id, using=alias):
            wordless = conversations.filter(has_words=False)
            for project_id in wordless.values_list("project_id", flat=True).distinct():
                jobs.get_or_create(
                    organization_id=organization_id,
                    kind=KIND,
                    target_id=project_id,
                    defaults={"id": uuid.uuid4(), "due_at": now, "created_at": now},
                )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversations", "0008_words"), ("jobs", "0004_open_and_newest")]
    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
