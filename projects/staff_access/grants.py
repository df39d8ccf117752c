"""Our staff's access to content, as the organization's people decide on it.

Our staff's own side, asking and viewing, is the database's (`askorac.tenancy.access_deeds`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from askorac.tenancy.context import require

from ..models import Decision, StaffGrant, StaffRule, StaffRules
from ..trail.recording import Actor, Target, record

MOST_LISTED: Final = 50


class GrantState(StrEnum):
    """What became of a request. A grant is over without anybody's doing when its time is."""

    ASKED = "asked"
    LIVE = "live"
    REFUSED = "refused"
    ENDED = "ended"
    EXPIRED = "expired"
    LAPSED = "lapsed"


class NotAsked(Exception):
    """The request was decided on, taken back, or has lapsed."""


class NotLive(Exception):
    """There is nothing to end: the access was never given, or is over."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A request of our staff and what became of it. `minutes` is how long they would look."""

    id: UUID
    staff_name: str
    reason: str
    minutes: int
    asked_at: datetime
    lapses_at: datetime
    decided_at: datetime | None
    decided_by: str
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    view_count: int
    last_viewed_at: datetime | None
    state: GrantState


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens when our staff asks; `changed_at` is None as long as nobody has chosen."""

    rule: str
    changed_at: datetime | None


def read_rule() -> Rule:
    """The open organization's rule. One statement."""
    row = StaffRule.objects.first()
    return Rule(row.rule, row.changed_at) if row else Rule(StaffRules.ASK, None)


def set_rule(*, rule: StaffRules, by: Actor, now: datetime) -> Rule:
    """Choose what happens when our staff asks. To bar them ends what they have, too."""
    before = read_rule()
    if before.rule == rule:
        return before
    organization_id = require().organization_id
    StaffRule.objects.update_or_create(
        organization_id=organization_id, defaults={"rule": rule, "changed_at": now}
    )
    record(
        action="staff_access.rule_changed",
        target=Target(kind="organization", id=organization_id),
        by=by,
        now=now,
        before=before.rule,
        after=str(rule),
    )
    if rule == StaffRules.NEVER:
        for row in _open(now).select_for_update():
            _end(row, by=by, now=now)
    return Rule(rule, now)


def decide(*, grant_id: UUID, is_allowed: bool, by: Actor, now: datetime) -> Grant:
    """Let the one in who asked, for as long as they asked for, or refuse.

    Raises StaffGrant.DoesNotExist, and NotAsked if there is nothing to decide any more.
    """
    row = StaffGrant.objects.select_for_update().get(pk=grant_id)
    if _state(row, now) != GrantState.ASKED:
        raise NotAsked
    row.decision = Decision.ALLOWED if is_allowed else Decision.REFUSED
    row.decided_at, row.decided_by = now, by.label
    row.expires_at = now + timedelta(minutes=row.minutes) if is_allowed else None
    row.save(update_fields=["decision", "decided_at", "decided_by", "expires_at"])
    action = "staff_access.allowed" if is_allowed else "staff_access.refused"
    _record(action, row, by=by, now=now)
    return grant_of(row, now=now)


def end_access(*, grant_id: UUID, by: Actor, now: datetime) -> Grant:
    """End what was given, before its time: the next request of our staff is refused.

    Raises StaffGrant.DoesNotExist, and NotLive if it is over already.
    """
    row = StaffGrant.objects.select_for_update().get(pk=grant_id)
    if _state(row, now) != GrantState.LIVE:
        raise NotLive
    _end(row, by=by, now=now)
    return grant_of(row, now=now)


def get_grant(grant_id: UUID, *, now: datetime) -> Grant | None:
    """One request of the open organization, or None for any other id."""
    row = StaffGrant.objects.filter(pk=grant_id).first()
    return grant_of(row, now=now) if row else None


def open_grants(*, now: datetime) -> list[Grant]:
    """What asks for a decision, and what lives; the newest first. One statement."""
    return [grant_of(row, now=now) for row in _open(now).order_by("-asked_at", "id")]


def list_grants(*, now: datetime) -> list[Grant]:
    """The latest requests, whatever became of them. One statement."""
    rows = StaffGrant.objects.order_by("-asked_at", "id")[:MOST_LISTED]
    return [grant_of(row, now=now) for row in rows]


def grant_of(row: StaffGrant, *, now: datetime) -> Grant:
    """A row as people read it."""
    return Grant(
        id=row.pk,
        staff_name=row.staff_name,
        reason=row.reason,
        minutes=row.minutes,
        asked_at=row.asked_at,
        lapses_at=row.lapses_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        view_count=row.view_count,
        last_viewed_at=row.last_viewed_at,
        state=_state(row, now),
    )


def _open(now: datetime) -> QuerySet[StaffGrant]:
    undecided_or_live = Q(decision="") | Q(decision=Decision.ALLOWED)
    until = Coalesce("expires_at", "lapses_at")
    rows = StaffGrant.objects.filter(undecided_or_live, ended_at__isnull=True)
    return rows.annotate(until=until).filter(until__gt=now)


def _end(row: StaffGrant, *, by: Actor, now: datetime) -> None:
    row.ended_at, row.ended_by = now, by.label
    row.save(update_fields=["ended_at", "ended_by"])
    _record("staff_access.ended", row, by=by, now=now)


def _record(action: str, row: StaffGrant, *, by: Actor, now: datetime) -> None:
    target = Target(kind="staff_grant", id=row.pk, label=row.staff_name)
    record(action=action, target=target, by=by, now=now, reason=row.reason, minutes=row.minutes)


def _state(row: StaffGrant, now: datetime) -> GrantState:
    if row.decision == Decision.REFUSED:
        return GrantState.REFUSED
    if row.ended_at is not None:
        return GrantState.ENDED
    if row.expires_at is not None:
        return GrantState.LIVE if row.expires_at > now else GrantState.EXPIRED
    return GrantState.ASKED if row.lapses_at > now else GrantState.LAPSED
