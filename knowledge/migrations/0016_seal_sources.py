"""What sources were called in clear is sealed, digested and made findable, batch by batch."""

from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from askorac.sealing import keyrings
from askorac.sealing.keyring import Keyring
from askorac.sealing.migrating import organizations
from askorac.tenancy.context import tenant
from knowledge import labels

BATCH = 200
COLUMNS = ("name", "url", "external_id")


def seal_sources(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A source that has its name sealed has all of it, for each batch is a transaction."""
    alias = schema_editor.connection.alias
    sources = apps.get_model("knowledge", "Source").objects.using(alias)
    words = apps.get_model("knowledge", "SourceWord").objects.using(alias)
    for organization_id in organizations(schema_editor.connection):
        while _seal_some(sources, words, organization_id):
            pass


def _seal_some(sources: Any, words: Any, organization_id: UUID) -> int:
    with tenant(organization_id, using=sources.db):
        batch = list(sources.filter(name__isnull=True)[:BATCH])
        if batch:
            ring = keyrings.of(organization_id)
            for source in batch:
                _seal(source, ring)
                sources.filter(pk=source.pk).update(
                    **{name: getattr(source, name) for name in COLUMNS},
                    url_digest=labels.url_digest(source.url_clear, ring=ring),
                    external_id_digest=labels.id_digest(source.external_id_clear, ring=ring),
                )
            words.bulk_create(
                word for source in batch for word in _words(words.model, source, ring)
            )
    return len(batch)


def _seal(source: Any, ring: Keyring) -> None:
    for name in COLUMNS:
        field = source._meta.get_field(name)
        closed = field.closed(getattr(source, f"{name}_clear"))
        setattr(
            source, name, closed.sealed_for(ring.organization_id, source.pk) if closed else None
        )


def _words(model: Any, source: Any, ring: Keyring) -> Any:
    called = source.name_clear, source.external_id_clear, source.url_clear
    for word in labels.blind_words(*called, ring=ring):
        yield model(
            organization_id=ring.organization_id,
            project_id=source.project_id,
            source_id=source.pk,
            word=word,
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("knowledge", "0015_sealed_sources")]

    operations = [migrations.RunPython(seal_sources)]
