"""The vault: an organization's data keys, made when first wanted, opened by its key service."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from askorac.jobs.leases import plan
from askorac.sealing.blobs import KEY_BYTES
from askorac.sealing.keyring import OpenKeys
from askorac.tenancy.context import tenant
from keys.models import DataKey, Purpose
from keys.services import KeyService, service_at

FIRST_VERSION: Final = 1
# The job that makes the next version of the data key when it is time.
ROTATE: Final = "keys.rotate"


def open_keys(organization_id: UUID) -> OpenKeys:
    """The organization's data keys, in clear; those that it lacks are made.

    No transaction is open while the key service is asked. Raises KeyRevoked, KeysAway, Tampered.
    """
    rows = _rows(organization_id)
    if missing := {Purpose.CONTENT, Purpose.WORDS} - {row.purpose for row in rows}:
        _make(organization_id, [Purpose(purpose) for purpose in sorted(missing)])
        rows = _rows(organization_id)
    opened = {(row.purpose, row.version): _unwrap(row) for row in rows}
    return OpenKeys(
        content={
            row.version: (opened[row.purpose, row.version], row.seals_from.timestamp())
            for row in rows
            if row.purpose == Purpose.CONTENT
        },
        words=opened[Purpose.WORDS, FIRST_VERSION],
    )


def installation_service() -> KeyService:
    """The key service of this installation, as KMS_URL names it."""
    return service_at(settings.KMS_URL)


def new_key(
    organization_id: UUID,
    purpose: Purpose,
    *,
    version: int = FIRST_VERSION,
    seals_from: datetime,
    now: datetime,
) -> DataKey:
    """A fresh key, wrapped and not saved. No transaction is open. Raises KeyRevoked, KeysAway."""
    return DataKey(
        organization_id=organization_id,
        purpose=purpose,
        version=version,
        wrapped=installation_service().wrap(organization_id, os.urandom(KEY_BYTES)),
        seals_from=seals_from,
        created_at=now,
    )


def plan_rotation(organization_id: UUID, *, now: datetime) -> None:
    """Have the data key rotated by itself, when it is old; what is planned already stays."""
    due_at = now + timedelta(days=settings.DATA_KEY_DAYS)
    plan(kind=ROTATE, target_id=organization_id, now=now, due_at=due_at)


def _rows(organization_id: UUID) -> Sequence[DataKey]:
    with tenant(organization_id):
        return list(DataKey.objects.exclude(purpose=Purpose.ACCESS))


def _make(organization_id: UUID, purposes: Sequence[Purpose]) -> None:
    """First versions. Two processes at once agree: the row that came first is the key."""
    now = timezone.now()
    made = [new_key(organization_id, purpose, seals_from=now, now=now) for purpose in purposes]
    with tenant(organization_id):
        DataKey.objects.bulk_create(made, ignore_conflicts=True)
        plan_rotation(organization_id, now=now)


def _unwrap(row: DataKey) -> bytes:
    return installation_service().unwrap(row.organization_id, bytes(row.wrapped))
