"""New data keys, on demand and by themselves; older ones open what they sealed."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from askorac.jobs.leases import Lease, Waiting, enqueue
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from keys import vault
from keys.models import DataKey, Purpose
from keys.resealing import RESEAL
from projects.audit import SYSTEM, Actor, Target, record

# Until then every process has asked for the keys anew, and knows the new one.
SEALS_AFTER: Final = timedelta(seconds=60)
LOOK_AGAIN: Final = timedelta(days=7)
NOT_DUE: Final = "The data key is not old enough yet."


def rotate_data_key(*, organization_id: UUID, by: Actor, now: datetime) -> DataKey:
    """Make a new version of the data key, and have everything sealed anew under it.

    It seals from a minute later on; asked again before that, it is the same rotation. Call it
    with no context open. Raises KeyRevoked or KeysAway.
    """
    keyrings.of(organization_id)  # the first version is made there
    newest = newest_data_key(organization_id)
    if newest.version > vault.FIRST_VERSION and newest.seals_from > now:
        return newest
    made = vault.new_key(
        organization_id,
        Purpose.CONTENT,
        version=newest.version + 1,
        seals_from=now + SEALS_AFTER,
        now=now,
    )
    with tenant(organization_id):
        kept, is_new = _keep(made)
        if is_new:
            enqueue(kind=RESEAL, target_id=organization_id, now=now, wake=wake)
            vault.plan_rotation(organization_id, now=now)
            _record(kept, by=by, now=now)
            transaction.on_commit(lambda: keyrings.forget(organization_id))
    return kept


def rotate_when_due(lease: Lease) -> None:
    """The job: rotate when the newest data key is old enough, and come back for the next time."""
    organization_id, lifetime = lease.organization_id, timedelta(days=settings.DATA_KEY_DAYS)
    now = timezone.now()
    due_at = newest_data_key(organization_id).created_at + lifetime
    if due_at <= now:
        made = rotate_data_key(organization_id=organization_id, by=SYSTEM, now=now)
        due_at = made.created_at + lifetime
    wait = min(due_at - now, LOOK_AGAIN)
    raise Waiting(NOT_DUE, seconds=wait.total_seconds())


def newest_data_key(organization_id: UUID) -> DataKey:
    """The version that seals now, or will within a minute."""
    with tenant(organization_id):
        return DataKey.objects.filter(purpose=Purpose.CONTENT).order_by("-version")[0]


def _keep(made: DataKey) -> tuple[DataKey, bool]:
    """Of two rotations at once the first is kept, and is the rotation of both."""
    return DataKey.objects.get_or_create(
        organization_id=made.organization_id,
        purpose=made.purpose,
        version=made.version,
        defaults={
            "wrapped": made.wrapped,
            "seals_from": made.seals_from,
            "created_at": made.created_at,
        },
    )


def _record(key: DataKey, *, by: Actor, now: datetime) -> None:
    record(
        action="data_key.rotated",
        target=Target(kind="data_key", id=key.pk),
        by=by,
        now=now,
        version=key.version,
    )
