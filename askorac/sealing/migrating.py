"""For migrations: what stood in clear in a column is sealed into another one.

It takes three migrations: one adds the sealed column (after renaming the clear one), one that is
not atomic runs `seal_column`, one removes the clear column. PostgreSQL keeps what a dropped column
held until the table is rewritten (`VACUUM FULL`).
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

from askorac.tenancy.context import tenant

_BATCH: Final = 500


def seal_column(
    app_label: str, model_name: str, *, clear: str, sealed: str
) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    """What RunPython calls. Rows that are sealed already stay; so it may run again."""

    def convert(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        model, connection = apps.get_model(app_label, model_name), schema_editor.connection
        for organization_id in organizations(connection):
            while _seal_some(model, connection.alias, organization_id, clear, sealed):
                pass

    return convert


def organizations(connection: BaseDatabaseWrapper) -> list[UUID]:
    """All organizations. The owner sees no row under FORCE, so that is lifted for a moment."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE projects_organization NO FORCE ROW LEVEL SECURITY")
        cursor.execute("SELECT id FROM projects_organization")
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("ALTER TABLE projects_organization FORCE ROW LEVEL SECURITY")
    return found


def _seal_some(model: Any, alias: str, organization_id: UUID, clear: str, sealed: str) -> int:
    """Seal a batch of one organization's rows; how many there were."""
    field = model._meta.get_field(sealed)
    with tenant(organization_id, using=alias):
        rows = model.objects.using(alias)
        unsealed = rows.filter(**{f"{sealed}__isnull": True}).exclude(_nothing(model, clear))
        batch = list(unsealed.values_list("pk", clear)[:_BATCH])
        for row_id, value in batch:
            closed = field.closed(value).sealed_for(organization_id, row_id)
            rows.filter(pk=row_id).update(**{sealed: closed})
    return len(batch)


def _nothing(model: Any, clear: str) -> Any:
    """What of the clear column is nothing to be sealed: NULL, and what is empty for its type."""
    kind = model._meta.get_field(clear).get_internal_type()
    empty: Any = [] if kind in {"JSONField", "ArrayField"} else ""
    return Q(**{clear: empty}) | Q(**{f"{clear}__isnull": True})
