"""The entrance: an archive is given, kept sealed, and brought in by a job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.tenancy.context import require, tenant
from projects.trail.recording import Actor, Target, record

from . import parts
from .models import Import

MAKE_IMPORT: Final = "import.make"
TELL_IMPORT: Final = "import.tell"
# What the web server takes of one request; larger ones come in by the command.
MOST_UPLOAD_BYTES: Final = 100_000_000
TOO_LARGE: Final = (
    "The archive is larger than 100 MB. Have it brought in with the command import_archive, by who"
    " runs this installation."
)
EMPTY: Final = "The file is empty. Choose an archive that an export has made."
RECEIVING: Final = "receiving"
WORDS: Final = {
    RECEIVING: "The archive is being received",
    "": "Waiting",
    "checking": "Looking at the archive",
    "making": "Making projects",
    "done": "Done",
}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import as pages and programs show it. `state` is that of its job."""

    id: UUID
    state: str
    reason: str
    percent: int
    doing: str
    name: str
    size_bytes: int
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    project_ids: Sequence[UUID]
    remarks: Sequence[str]

    @property
    def is_working(self) -> bool:
        return self.state in {State.QUEUED, State.PROCESSING}


def bring_in(
    *,
    content: Iterable[bytes],
    size: int,
    name: str,
    organization_id: UUID,
    by: Actor,
    now: datetime,
    write_id: UUID | None = None,
) -> Import:
    """Keep an archive, sealed, and queue its import. Open no context around it.

    Raises ValidationError for nothing, files.StorageAway, KeyRevoked and KeysAway.
    """
    if not size:
        raise ValidationError(EMPTY)
    keyrings.warm(organization_id)
    key = parts.new_key()
    with tenant(organization_id):
        made = _row(write_id or uuid4(), by=by, now=now, name=name, size=size, key=key)
    if made.stage != RECEIVING:
        return made
    parts.write(parts.name_of(organization_id, made.pk, made.pk), content, key=made.key.open())
    with tenant(organization_id):
        Import.objects.filter(pk=made.pk).update(stage="")
        record(
            action="import.requested",
            target=Target(kind="organization", id=organization_id),
            by=by,
            now=now,
            size_bytes=size,
        )
        enqueue(kind=MAKE_IMPORT, target_id=made.pk, now=now, wake=wake)
    return made


def all_imports() -> "QuerySet[Import]":
    """Those of the open organization."""
    return Import.objects.all()


def get_import(import_id: UUID) -> Import | None:
    """The import of the open organization that has this id, or None."""
    return Import.objects.filter(pk=import_id).first()


def import_rows(imports: Sequence[Import]) -> list[ImportRow]:
    """Imports as they are shown. Two statements. Raises KeyRevoked, KeysAway."""
    jobs = Job.objects.filter(kind=MAKE_IMPORT, target_id__in=[each.pk for each in imports])
    by_target = {job.target_id: job for job in jobs}
    return [_shown(each, by_target.get(each.pk)) for each in imports]


def _row(id_: UUID, *, by: Actor, now: datetime, name: str, size: int, key: bytes) -> Import:
    """The row that a write is about: made once, however often it is repeated."""
    made, _ = Import.objects.get_or_create(
        organization_id=require().organization_id,
        id=id_,
        defaults={
            "asked_by": by.label,
            "name": name[:255],
            "key": key,
            "size_bytes": size,
            "created_at": now,
            "stage": RECEIVING,
        },
    )
    return made


def _shown(row: Import, job: Job | None) -> ImportRow:
    state = State.READY if row.finished_at else (job.state if job else State.FAILED)
    return ImportRow(
        id=row.pk,
        state=state,
        reason=job.reason if job else "The upload broke off.",
        percent=100 if row.finished_at else min(99, 100 * row.done // max(row.total, 1)),
        doing=WORDS.get(row.stage, ""),
        name=row.name.open(),
        size_bytes=row.size_bytes,
        asked_by=row.asked_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        project_ids=tuple(row.project_ids),
        remarks=tuple(row.remarks.open() or ()),
    )
