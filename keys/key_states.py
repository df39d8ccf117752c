"""Whether an organization's keys open, kept for who asks while they do not."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from askorac.sealing import KeyRevoked, SealFault
from askorac.tenancy.context import require, tenant
from keys.models import Availability, KeyState
from projects.trail.recording import SYSTEM, Target, record

CLOSED: Final = "encryption.closed"
OPENED: Final = "encryption.opened"


def note_opened(organization_id: UUID) -> None:
    """The keys opened. No context is open."""
    with tenant(organization_id):
        closed = KeyState.objects.exclude(state=Availability.AVAILABLE).first()
        if closed is None:
            return
        is_changed = _change(closed.state, Availability.AVAILABLE, now=timezone.now())
        if is_changed and closed.state == Availability.REVOKED:
            _record(OPENED, now=timezone.now())


def note_closed(organization_id: UUID, fault: SealFault) -> None:
    """The keys did not open. No context is open.

    A service that can't be reached after it has refused says nothing new.
    """
    now = timezone.now()
    with tenant(organization_id):
        state, _ = KeyState.objects.get_or_create(
            organization_id=organization_id,
            defaults={"state": Availability.AVAILABLE, "since": now},
        )
        if not isinstance(fault, KeyRevoked):
            _change(Availability.AVAILABLE, Availability.AWAY, now=now)
            return
        is_new = state.state != Availability.REVOKED
        if is_new and _change(state.state, Availability.REVOKED, now=now):
            _record(CLOSED, now=now)


def _change(before: str, after: Availability, *, now: datetime) -> bool:
    """Of several processes that notice at once, one changes the row."""
    return bool(KeyState.objects.filter(state=before).update(state=after, since=now))


def _record(action: str, *, now: datetime) -> None:
    # Without a label and details: both are sealed, and the key may be away.
    target = Target(kind="organization", id=require().organization_id)
    record(action=action, target=target, by=SYSTEM, now=now)
