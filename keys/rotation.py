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
from keys import layers, vault
from keys.models import DataKey, OwnKeyService, Purpose
from keys.resealing import RESEAL
from keys.rewrapping import REWRAP
from projects.trail.recording import SYSTEM, Actor, Target, record

# Until then every process has asked for the keys anew, and knows the new one.
SEALS_AFTER: Final = timedelta(seconds=60)
LOOK_AGAIN: Final = timedelta(days=7)
LATER: Final = "A new data key follows, which the key service wraps from the beginning."
NOT_DUE: Final = "The data key is not old enough yet."


def rotate_data_key(*, organization_id: UUID, by: Actor, now: datetime) -> DataKey:
    """Make a new version of the data key, and have everything sealed anew under it.

    It seals from a minute later on; asked again before that, it is the same rotation. Call it
    with no context open. Raises KeyRevoked or KeysAway.
    """
    keyrings.of(organization_id)  # the first version is made there
    newest = newest_data_key(organization_id)
    if newest.version > layers.FIRST_VERSION and newest.seals_from > now:
        return newest
    _, around = layers.read(organization_id)
    made = vault.new_key(
        around,
        Purpose.CONTENT,
        version=newest.version + 1,
        seals_from=now + SEALS_AFTER,
        now=now,
    )
    with tenant(organization_id):
        if layers.lock() == around.own_service_id:
            return _keep(made, by=by, now=now)
    return rotate_data_key(organization_id=organization_id, by=by, now=now)


def rotate_wrapping_key(*, organization_id: UUID, by: Actor, now: datetime) -> None:
    """Make a new version of the wrapping key, and have the data keys wrapped anew under it.

    A customer's own service rotates its key by itself: its newest version is taken. Call it with
    no context open. Raises KeyRevoked or KeysAway.
    """
    keyrings.of(organization_id)
    layers.installation_service().rotate(organization_id)
    with tenant(organization_id):
        enqueue(kind=REWRAP, target_id=organization_id, now=now, wake=wake)
        target = Target(kind="organization", id=organization_id)
        record(action="wrapping_key.rotated", target=target, by=by, now=now)


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


def rotate_behind_new_service(lease: Lease) -> None:
    """After a key service was chosen: have data keys that it has wrapped from the beginning.

    What an older backup holds is wrapped without it.
    """
    organization_id = lease.organization_id
    with tenant(organization_id):
        chosen = OwnKeyService.objects.filter(left_at=None).first()
    if chosen is None or newest_data_key(organization_id).created_at >= chosen.chosen_at:
        return
    now = timezone.now()
    made = rotate_data_key(organization_id=organization_id, by=SYSTEM, now=now)
    if made.created_at < chosen.chosen_at:
        wait = (made.seals_from - now).total_seconds()
        raise Waiting(LATER, seconds=max(wait, 1.0))


def newest_data_key(organization_id: UUID) -> DataKey:
    """The version that seals now, or will within a minute."""
    with tenant(organization_id):
        return DataKey.objects.filter(purpose=Purpose.CONTENT).order_by("-version")[0]


def _keep(made: DataKey, *, by: Actor, now: datetime) -> DataKey:
    """Save a new version. Of two rotations at once the first is kept, and is that of both."""
    organization_id = made.organization_id
    of_version = DataKey.objects.filter(purpose=made.purpose, version=made.version)
    if kept := of_version.first():
        return kept
    made.save()
    enqueue(kind=RESEAL, target_id=organization_id, now=now, wake=wake)
    vault.plan_rotation(organization_id, now=now)
    target = Target(kind="data_key", id=made.pk)
    record(action="data_key.rotated", target=target, by=by, now=now, version=made.version)
    transaction.on_commit(lambda: keyrings.forget(organization_id))
    return made
