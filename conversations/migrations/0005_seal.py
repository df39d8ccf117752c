"""What visitors wrote and were told is sealed. It may be broken off, and runs again."""

from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from askorac.sealing import keyrings
from askorac.sealing.migrating import organizations, seal_column
from askorac.tenancy.context import tenant
from conversations.pages import digest_of_page

BATCH = 500


def digest_pages(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the addresses of pages that stand in clear findable when they are sealed."""
    connection = schema_editor.connection
    model = apps.get_model("conversations", "Conversation")
    for organization_id in organizations(connection):
        after = UUID(int=0)
        while found := _digest_some(model, connection.alias, organization_id, after):
            after = found[-1][0]


def _digest_some(
    model: Any, alias: str, organization_id: UUID, after: UUID
) -> list[tuple[UUID, str]]:
    ring = keyrings.of(organization_id)
    with tenant(organization_id, using=alias):
        rows = model.objects.using(alias)
        unfound = rows.filter(page_digest=None, pk__gt=after).exclude(clear_page_url="")
        batch = list(unfound.order_by("pk").values_list("pk", "clear_page_url")[:BATCH])
        for row_id, address in batch:
            rows.filter(pk=row_id).update(page_digest=digest_of_page(ring, address))
    return batch


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("conversations", "0004_sealed_columns"),
        ("jobs", "0004_open_and_newest"),
        ("keys", "0004_keyless_servers"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.RunPython(
            seal_column("conversations", model, clear=f"clear_{column}", sealed=column),
            migrations.RunPython.noop,
        )
        for model, column in (
            ("Conversation", "page_url"),
            ("Turn", "text"),
            ("Message", "text"),
            ("Message", "citations"),
            ("Message", "rating_comment"),
        )
    ] + [migrations.RunPython(digest_pages, migrations.RunPython.noop)]
