"""The sealed columns of all apps, found by introspection, and statements about their blobs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from askorac.sealing.fields import SealedField
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.models import TenantModel

# How many values lie under each version of the data key: bytes 2 to 5 of a blob.
_COUNT = """
    SELECT substring({column} FROM 2 FOR 4), count(*) FROM {table}
    WHERE organization_id = %s AND {column} IS NOT NULL GROUP BY 1
"""
# Values behind an id that lie under another version, in the order of their ids. Rows that
# somebody is changing are left out, so that nobody waits for the other.
_OTHERS = """
    SELECT id, {column} FROM {table}
    WHERE organization_id = %s AND id > %s AND {column} IS NOT NULL
        AND substring({column} FROM 2 FOR 4) <> %s
    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
# New blobs for those that are still as they were read.
_SWAP = """
    UPDATE {table} SET {column} = swapped.new
    FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS swapped (id, old, new)
    WHERE {table}.organization_id = %s AND {table}.id = swapped.id
        AND {table}.{column} = swapped.old
"""


@dataclass(frozen=True, slots=True)
class Swap:
    """One blob in the place of another."""

    row_id: UUID
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class Column:
    """One sealed column. Its statements run in the open context of its organization."""

    table: str
    name: str
    purpose: str
    is_append_only: bool

    def versions(self, organization_id: UUID) -> dict[int, int]:
        """How many values lie under each version of the data key."""
        with connection.cursor() as cursor:
            cursor.execute(self._about(_COUNT), [organization_id])
            return {int.from_bytes(version): count for version, count in cursor.fetchall()}

    def others(
        self, organization_id: UUID, *, version: int, after: UUID, most: int
    ) -> list[tuple[UUID, bytes]]:
        """Row and blob of values that lie under another version, locked."""
        with connection.cursor() as cursor:
            head = version.to_bytes(4)
            cursor.execute(self._about(_OTHERS), [organization_id, after, head, most])
            return [(row_id, bytes(blob)) for row_id, blob in cursor.fetchall()]

    def swap(self, organization_id: UUID, swaps: Iterable[Swap]) -> int:
        """Put the new blobs in the place of those that are there still; how many were."""
        rows = list(swaps)
        ids, olds = [each.row_id for each in rows], [each.old for each in rows]
        with connection.cursor() as cursor:
            news = [each.new for each in rows]
            cursor.execute(self._about(_SWAP), [ids, olds, news, organization_id])
            return int(cursor.rowcount)

    def _about(self, statement: str) -> str:
        quote = connection.ops.quote_name
        return statement.format(table=quote(self.table), column=quote(self.name))


def sealed_columns() -> Sequence[Column]:
    """All sealed columns of all tables that belong to organizations."""
    return [
        Column(
            table=model._meta.db_table,
            name=field.attname,
            purpose=field.purpose,
            is_append_only=not _may_update(model),
        )
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
    ]


def _may_update(model: type[TenantModel]) -> bool:
    return "UPDATE" in model.isolation.app
