"""The entrance: an export is asked for, looked at, and goes again after a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from askorac.jobs.leases import enqueue, plan
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.tenancy.context import require
from projects.models import Organization, Project
from projects.trail.recording import Actor, Target, record

from .models import Export, ExportPart

MAKE_EXPORT: Final = "export.make"
TELL_EXPORT: Final = "export.tell"
EXPIRE_EXPORT: Final = "export.expire"
KEPT_FOR: Final = timedelta(days=7)

# What is being written, in words, by the stage that an export is at.
WORDS: Final = {
    "": "Counting what there is",
    "organization": "The organization and its members",
    "project": "Settings of",
    "sources": "Sources of",
    "conversations": "Conversations of",
    "audit": "The audit trail",
    "ending": "Checksums",
}
OF_PROJECT: Final = ("project", "sources", "conversations")


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as pages and programs show it. `state` is that of its job, or `expired`."""

    id: UUID
    state: str
    reason: str
    percent: int
    doing: str
    size_bytes: int
    asked_by: str
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None

    @property
    def is_working(self) -> bool:
        return self.state in {State.QUEUED, State.PROCESSING}


def ask_for_export(*, by: Actor, now: datetime, write_id: UUID | None = None) -> Export:
    """Have an archive of everything made, in the open context. One at a time: while one is being
    made, that is returned."""
    organization = Organization.objects.get()
    working = Job.objects.filter(kind=MAKE_EXPORT, state__in=[State.QUEUED, State.PROCESSING])
    going_on = Export.objects.filter(pk__in=working.values("target_id"), is_expired=False).first()
    if going_on is not None:
        return going_on
    made = Export(asked_by=by.label, created_at=now)
    if write_id is not None:
        made.pk = write_id
    made.save(force_insert=True)
    record(
        action="export.requested",
        target=Target(kind="organization", id=organization.pk, label=organization.name),
        by=by,
        now=now,
    )
    enqueue(kind=MAKE_EXPORT, target_id=made.pk, now=now, wake=wake)
    plan(kind=EXPIRE_EXPORT, target_id=made.pk, now=now, due_at=now + KEPT_FOR)
    return made


def retry_export(*, export: Export, now: datetime) -> None:
    """Go on with one that has failed, from where it stopped."""
    enqueue(kind=MAKE_EXPORT, target_id=export.pk, now=now, wake=wake)


def end_archives(now: datetime) -> Mapping[str, int]:
    """End all archives of the open organization, those that are being made included, with their
    keys at once; a job takes their files. For who erases what may be in them."""
    there = Export.objects.select_for_update().filter(is_expired=False).order_by("id")
    ids = list(there.values_list("pk", flat=True))
    if not ids:
        return {}
    ExportPart.objects.filter(export_id__in=ids).delete()
    Export.objects.filter(pk__in=ids).update(is_expired=True)
    for export_id in ids:
        plan(kind=EXPIRE_EXPORT, target_id=export_id, now=now, due_at=now)
    planned = Job.objects.filter(kind=EXPIRE_EXPORT, target_id__in=ids, state=State.QUEUED)
    planned.update(due_at=now)
    return {"archives": len(ids)}


def all_exports() -> "QuerySet[Export]":
    """Those of the open organization."""
    return Export.objects.all()


def get_export(export_id: UUID) -> Export | None:
    """The export of the open organization that has this id, or None."""
    return Export.objects.filter(pk=export_id).first()


def is_there(export: Export, *, now: datetime) -> bool:
    """Whether it can be downloaded."""
    if export.ready_at is None or export.is_expired or export.expires_at is None:
        return False
    return now < export.expires_at


def export_rows(exports: Sequence[Export]) -> list[ExportRow]:
    """Exports as they are shown. Two statements."""
    jobs = Job.objects.filter(kind=MAKE_EXPORT, target_id__in=[each.pk for each in exports])
    by_target = {job.target_id: job for job in jobs}
    named = [each.project_at for each in exports if each.project_at and each.ready_at is None]
    names = dict(Project.objects.filter(pk__in=named).values_list("id", "name")) if named else {}
    return [_row(each, by_target.get(each.pk), names) for each in exports]


def _row(export: Export, job: Job | None, names: dict[UUID, str]) -> ExportRow:
    if export.is_expired:
        state = "expired"
    else:
        state = State.READY if export.ready_at else (job.state if job else State.FAILED)
    doing = WORDS.get(export.stage, "")
    if export.stage in OF_PROJECT and export.project_at in names:
        doing = f"{doing} “{names[export.project_at]}”"
    return ExportRow(
        id=export.pk,
        state=state,
        reason=job.reason if job else "",
        percent=100 if export.ready_at else min(99, 100 * export.done // max(export.total, 1)),
        doing=doing,
        size_bytes=export.size_bytes,
        asked_by=export.asked_by,
        created_at=export.created_at,
        ready_at=export.ready_at,
        expires_at=export.expires_at,
    )


def target_of_export() -> Target:
    """What audit events about exports are about: the open organization."""
    return Target(kind="organization", id=require().organization_id)
