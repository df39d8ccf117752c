"""What lies in the store for exports and imports that no row names any more: looked for each night,
and counted in receipts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from projects.holdings import Swept

from . import parts
from .exporting import sweep_folder
from .importing import remove_made
from .imports import MAKE_IMPORT, RECEIVING
from .models import Export, ExportPart, Import

# An upload that was not received by then has broken off.
LONGEST_UPLOAD: Final = timedelta(days=1)


def count_archives(project_id: UUID | None) -> Mapping[str, int]:
    """How many archives the open organization has; a project has none."""
    if project_id is not None:
        return {}
    return {
        "exports": Export.objects.count(),
        "export_parts": ExportPart.objects.count(),
        "imports": Import.objects.count(),
    }


def sweep_archives(organization_id: UUID, now: datetime) -> Swept:
    """Take away what was written and does not count."""
    with tenant(organization_id):
        broken_off = Import.objects.filter(stage=RECEIVING, created_at__lt=now - LONGEST_UPLOAD)
        broken_off.delete()
        _undo_given_up(now)
        kept = Export.objects.filter(is_expired=False)
        ready = set(kept.filter(ready_at__isnull=False).values_list("id", flat=True))
        awaited = {
            *kept.filter(ready_at=None).values_list("id", flat=True),
            *Import.objects.filter(finished_at=None)
            .exclude(pk__in=_given_up())
            .values_list("id", flat=True),
        }
    looked_at = removed = 0
    for folder_id in parts.folders_of(organization_id):
        folder = parts.folder_of(organization_id, folder_id)
        looked_at += len(parts.names_in(folder))
        if folder_id in ready:
            removed += sweep_folder(organization_id, folder_id)
        elif folder_id not in awaited:
            removed += parts.remove_folder(folder)
    return Swept(looked_at=looked_at, left=removed, removed=removed)


def _given_up() -> list[UUID]:
    """The imports that nobody goes on with, such as those that killed their worker each time."""
    jobs = Job.objects.filter(kind=MAKE_IMPORT, state=State.FAILED)
    return list(jobs.values_list("target_id", flat=True))


def _undo_given_up(now: datetime) -> None:
    for row in Import.objects.filter(pk__in=_given_up(), finished_at=None):
        if row.project_ids:
            remove_made(row.pk, now=now)
