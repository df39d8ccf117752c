"""Holds: while one stands, nothing is purged or erased by a rule or at a visitor's request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from askorac.jobs.models import Job
from askorac.tenancy.context import require
from projects.models import Hold, Project
from projects.trail.recording import Actor, Target, record
from projects.wording import usable_line

from .rules import PURGE, plan_purge

MOST_REASON: Final = 300
NO_REASON: Final = "Say why everything has to stay: those who come later read it."
STANDS: Final = "A hold keeps this from being erased. Lift the hold first, or wait until it is."


class Held(Exception):
    """A hold stands: nothing was erased."""


@dataclass(frozen=True, slots=True)
class StandingHold:
    """A hold, as pages and programs show it. Without a project it is the organization's."""

    id: UUID
    project_id: UUID | None
    project: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str
    lifted_at: datetime | None


def place_hold(*, project: Project | None, reason: str, by: Actor, now: datetime) -> Hold:
    """Stop all purging, of one project or of the whole organization, from this transaction on.

    A batch of a purge that is under way is waited for. Raises ValidationError without a reason.
    """
    reason = usable_line(reason, most=MOST_REASON, missing=NO_REASON)
    _wait_for_batch()
    made = Hold.objects.create(
        project_id=None if project is None else project.pk,
        reason=reason,
        placed_by=by.label,
        placed_at=now,
    )
    record(action="hold.placed", target=_target(project), by=by, now=now)
    return made


def lift_hold(*, hold: Hold, by: Actor, now: datetime) -> bool:
    """Let rules hold again; False if it was lifted before."""
    standing = Hold.objects.filter(pk=hold.pk, lifted_at=None)
    if not standing.update(lifted_at=now, lifted_by=by.label):
        return False
    project = Project.objects.filter(pk=hold.project_id).first() if hold.project_id else None
    record(action="hold.lifted", target=_target(project), by=by, now=now)
    plan_purge(now=now)
    return True


def is_held(project_id: UUID | None) -> bool:
    """Whether a hold stands on a project or on all; without a project, whether any stands.

    What is the whole organization's, such as its trail, is kept by each of them.
    """
    standing = Hold.objects.filter(lifted_at=None)
    if project_id is not None:
        standing = standing.filter(Q(project_id=None) | Q(project_id=project_id))
    return standing.exists()


def lock_holds() -> bool:
    """Let none that stands be lifted until this transaction ends; whether any does."""
    return bool(list(Hold.objects.select_for_update().filter(lifted_at=None)))


def require_no_hold(project_id: UUID | None) -> None:
    """Raises Held if one stands. One that is being placed waits until this transaction ends."""
    _wait_for_batch()
    if is_held(project_id):
        raise Held(STANDS)


def with_holds(projects: QuerySet[Project]) -> QuerySet[Project]:
    """The same projects, each with `is_kept_by_hold`: whether a hold stands on it or on all."""
    standing = Hold.objects.filter(
        Q(project_id=None) | Q(project_id=OuterRef("pk")), lifted_at=None
    )
    return projects.annotate(is_kept_by_hold=Exists(standing))


def get_hold(hold_id: UUID) -> Hold | None:
    """A hold of the open organization, lifted ones included; None for any other id."""
    return Hold.objects.filter(pk=hold_id).first()


def list_holds(*, project_id: UUID | None = None) -> Sequence[StandingHold]:
    """The holds that stand, opened: of a project with those of all, or all. Raises KeyRevoked."""
    standing = Hold.objects.filter(lifted_at=None).select_related("project").order_by("placed_at")
    if project_id is not None:
        standing = standing.filter(Q(project_id=None) | Q(project_id=project_id))
    return [standing_hold(each) for each in standing]


def standing_hold(row: Hold) -> StandingHold:
    """A row, opened. Raises KeyRevoked or KeysAway."""
    return StandingHold(
        id=row.pk,
        project_id=row.project_id,
        project=row.project.name if row.project is not None else "",
        reason=row.reason.open(),
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
    )


def _wait_for_batch() -> None:
    """Each batch of a purge locks the purge's job until it is committed."""
    organization_id = require().organization_id
    list(Job.objects.select_for_update().filter(kind=PURGE, target_id=organization_id))


def _target(project: Project | None) -> Target:
    if project is None:
        return Target(kind="organization", id=require().organization_id)
    return Target(kind="project", id=project.pk, label=project.name)
