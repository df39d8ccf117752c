"""The vault: an organization's data keys, made when first wanted, opened by its key services."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from askorac.jobs.leases import plan
from askorac.sealing import KeyRevoked, KeysAway
from askorac.sealing.keyring import OpenKeys
from askorac.tenancy.context import tenant
from keys import layers
from keys.key_states import note_closed, note_opened
from keys.layers import FIRST_VERSION, Layers
from keys.models import DataKey, Purpose

# The job that makes the next version of the data key when it is time.
ROTATE: Final = "keys.rotate"


def open_keys(organization_id: UUID) -> OpenKeys:
    """The organization's data keys, in clear; those that it lacks are made.

    No transaction is open while a key service is asked. Raises KeyRevoked, KeysAway, Tampered;
    the first two are noted, and that the keys open again is, too.
    """
    try:
        keys = _open(organization_id)
    except (KeyRevoked, KeysAway) as fault:
        note_closed(organization_id, fault)
        raise
    note_opened(organization_id)
    return keys


def new_key(
    around: Layers,
    purpose: Purpose,
    *,
    version: int = FIRST_VERSION,
    seals_from: datetime,
    now: datetime,
) -> DataKey:
    """A fresh key, wrapped and not saved. No transaction is open. Raises KeyRevoked, KeysAway."""
    return DataKey(
        organization_id=around.organization_id,
        purpose=purpose,
        version=version,
        wrapped=around.wrap(layers.fresh_key()),
        own_service_id=around.own_service_id,
        seals_from=seals_from,
        created_at=now,
    )


def plan_rotation(organization_id: UUID, *, now: datetime) -> None:
    """Have the data key rotated by itself, when it is old; what is planned already stays."""
    due_at = now + timedelta(days=settings.DATA_KEY_DAYS)
    plan(kind=ROTATE, target_id=organization_id, now=now, due_at=due_at)


def _open(organization_id: UUID) -> OpenKeys:
    rows, around = layers.read(organization_id)
    if missing := {Purpose.CONTENT, Purpose.WORDS} - {row.purpose for row in rows}:
        _make(organization_id, [Purpose(purpose) for purpose in sorted(missing)])
        rows, around = layers.read(organization_id)
    opened = {(row.purpose, row.version): around.open(row) for row in rows}
    return OpenKeys(
        content={
            row.version: (opened[row.purpose, row.version], row.seals_from.timestamp())
            for row in rows
            if row.purpose == Purpose.CONTENT
        },
        words=opened[Purpose.WORDS, FIRST_VERSION],
    )


def _make(organization_id: UUID, purposes: Sequence[Purpose]) -> None:
    """First versions, before there can be a service of the organization's own.

    Two processes at once agree: the row that came first is the key.
    """
    now, around = timezone.now(), Layers(organization_id, None)
    made = [new_key(around, purpose, seals_from=now, now=now) for purpose in purposes]
    with tenant(organization_id):
        DataKey.objects.bulk_create(made, ignore_conflicts=True)
        plan_rotation(organization_id, now=now)
