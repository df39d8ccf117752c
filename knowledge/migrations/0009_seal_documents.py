"""What documents said in clear is sealed, batch by batch; what is sealed already stays."""

from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from askorac.sealing import keyrings
from askorac.sealing.keyring import Keyring
from askorac.sealing.migrating import organizations, seal_column
from askorac.tenancy.context import tenant

BATCH = 500
DIGEST = "knowledge.chunk.text_digest"

# Named chunks in clear: some that have no digest yet.
IN_CLEAR = """
SELECT id, text_clear, heading_clear FROM knowledge_chunk WHERE text_digest IS NULL LIMIT %s
"""
# Named seal chunks: one row each.
SEAL = """
UPDATE knowledge_chunk c SET text = s.text, heading = s.heading, text_digest = s.text_digest
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::bytea[]) s (id, text, heading, text_digest)
WHERE c.id = s.id
"""


def seal_chunks(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Text, heading and digest in one pass, since each pass writes the row and its indexes anew."""
    for organization_id in organizations(schema_editor.connection):
        while _seal_some(schema_editor.connection, organization_id):
            pass


def _seal_some(connection: BaseDatabaseWrapper, organization_id: UUID) -> int:
    with tenant(organization_id, using=connection.alias), connection.cursor() as cursor:
        cursor.execute(IN_CLEAR, [BATCH])
        rows = cursor.fetchall()
        if rows:
            ring = keyrings.of(organization_id)
            columns = zip(*(_sealed(ring, *row) for row in rows), strict=True)
            cursor.execute(SEAL, [list(column) for column in columns])
            assert cursor.rowcount == len(rows)
    return len(rows)


def _sealed(ring: Keyring, id_: UUID, text: str, heading: str) -> tuple[object, ...]:
    # As pieces were embedded: the heading says what a paragraph may leave unsaid.
    embedded = text if text.lstrip("# ").startswith(heading) else f"{heading}\n{text}"
    return (
        id_,
        _seal(ring, "knowledge.chunk.text", id_, text),
        _seal(ring, "knowledge.chunk.heading", id_, heading),
        ring.digest(embedded, purpose=DIGEST),
    )


def _seal(ring: Keyring, purpose: str, id_: UUID, text: str) -> bytes | None:
    return ring.seal(text.encode(), purpose=purpose, row_id=id_) if text else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("knowledge", "0008_sealed_documents"), ("keys", "0004_keyless_servers")]

    operations = [
        migrations.RunPython(seal_chunks),
        migrations.RunPython(
            seal_column("knowledge", "Document", clear="title_clear", sealed="title")
        ),
        migrations.RunPython(seal_column("knowledge", "Document", clear="url_clear", sealed="url")),
    ]
