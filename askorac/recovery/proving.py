"""What a restored installation has to show from inside: it isolates, and its vault opens."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.migrations.loader import MigrationLoader

from askorac.sealing import KeyRevoked, keyrings
from askorac.sealing.fields import SealedField
from askorac.tenancy.catalog import tenant_models, violations
from askorac.tenancy.catalog_rows import rows_of
from askorac.tenancy.context import tenant
from knowledge import files
from knowledge.models import Source
from projects.trail.proof import BrokenTrail, prove_trail


class NotProven(Exception):
    """Something that was restored does not work; the message says what."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How many organizations' keys opened, and how many were closed by their key service."""

    opened_count: int
    closed_count: int
    value_count: int
    file_count: int
    event_count: int


def prove(organizations: Iterable[UUID]) -> Proof:
    """Look at the schema, then reckon the audit trail of each organization anew, and open one value
    of each sealed column and a file of it.

    Keys that their service refuses are counted, since a customer may have taken them away. Raises
    NotProven, KeysAway and Tampered.
    """
    applied = set(rows_of(DEFAULT_DB_ALIAS, "SELECT app, name FROM django_migrations"))
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if missing := set(known) - applied:
        raise NotProven(f"{len(missing)} migrations are not applied: update after restoring.")
    if found := violations():
        raise NotProven(found[0])
    opened = closed = values = kept = events = 0
    for organization_id in organizations:
        events += _trail_proven(organization_id)
        try:
            keyrings.of(organization_id)
        except KeyRevoked:
            closed += 1
            continue
        opened += 1
        values += _values_opened(organization_id)
        kept += _file_opened(organization_id)
    return Proof(opened, closed, values, kept, events)


def _trail_proven(organization_id: UUID) -> int:
    try:
        return prove_trail(organization_id)
    except BrokenTrail as broken:
        raise NotProven(str(broken)) from None


def _values_opened(organization_id: UUID) -> int:
    count = 0
    with tenant(organization_id):
        for model in tenant_models():
            for field in model._meta.concrete_fields:
                if not isinstance(field, SealedField):
                    continue
                row = (
                    model._default_manager.filter(**{f"{field.attname}__isnull": False})
                    .order_by("pk")
                    .first()
                )
                if row is not None:
                    getattr(row, field.attname).open()
                    count += 1
    return count


def _file_opened(organization_id: UUID) -> int:
    with tenant(organization_id):
        source = (
            Source.objects.exclude(file_key_version=None)
            .filter(file_purged_at=None)
            .order_by("id")
            .first()
        )
    if source is None:
        return 0
    with files.stream(files.Kept.of(source)) as file:
        for _ in files.parts_of(file):
            pass
    return 1
