"""Wraps all data keys anew: for another key service, or under newer wrapping keys.

The keys themselves stay, so that nothing pauses. All of them change in one transaction, so that
whatever dies on the way leaves either all as they were, or all as they are to be.
"""

from typing import Final
from uuid import UUID

from askorac.jobs.leases import Lease, Waiting, hold
from askorac.sealing import Tampered, keyrings
from askorac.tenancy.context import tenant
from keys import layers
from keys.layers import Layers
from keys.models import DataKey, OwnKeyService, Purpose

REWRAP: Final = "keys.rewrap"
AGAIN_SECONDS: Final = 1.0
CHANGED: Final = "The key service was changed again meanwhile; what it says now is done next."


def rewrap(lease: Lease) -> None:
    """The job. Raises KeyRevoked or KeysAway while a service that is needed does not do its part,
    and Waiting if somebody has changed the service or a data key under it."""
    organization_id = lease.organization_id
    rows, around = layers.read(organization_id)
    inner_rows = _access_rows(organization_id)
    wrapped = {row.pk: _wrapped_anew(around, row) for row in rows}
    wrapped |= {row.pk: _wrapped_anew(Layers(organization_id, None), row) for row in inner_rows}
    with tenant(organization_id):
        # Before the job's row, as who changes the service or a key does: else both wait for ever.
        current_id = layers.lock()
        hold(lease)
        if not _is_as_it_was([*rows, *inner_rows], current_id, around):
            raise Waiting(CHANGED, seconds=AGAIN_SECONDS)
        for row in rows:
            _keep(row, wrapped[row.pk], around.own_service_id)
        for row in inner_rows:
            _keep(row, wrapped[row.pk], None)
        left = OwnKeyService.objects.filter(left_at__isnull=False)
        left.update(sealed_access=None)
    keyrings.forget(organization_id)


def _wrapped_anew(around: Layers, row: DataKey) -> bytes:
    """The key, wrapped, after a look whether it opens again and is the same."""
    wrapped = around.rewrap(row)
    again = DataKey(wrapped=wrapped, own_service_id=around.own_service_id)
    if around.open(again) != around.open(row):
        raise Tampered
    return wrapped


def _access_rows(organization_id: UUID) -> list[DataKey]:
    with tenant(organization_id):
        return list(DataKey.objects.filter(purpose=Purpose.ACCESS))


def _is_as_it_was(rows: list[DataKey], current_id: UUID | None, around: Layers) -> bool:
    before = {row.pk: (bytes(row.wrapped), row.own_service_id) for row in rows}
    now = {row.pk: (bytes(row.wrapped), row.own_service_id) for row in DataKey.objects.all()}
    return current_id == around.own_service_id and before == now


def _keep(row: DataKey, wrapped: bytes, own_service_id: UUID | None) -> None:
    kept = DataKey.objects.filter(pk=row.pk)
    kept.update(wrapped=wrapped, own_service_id=own_service_id)
