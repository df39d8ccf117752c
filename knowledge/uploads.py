"""What was uploaded or pasted, as it came: purged by a rule, counted, and looked for where no row
names it any more. The text that was read from it stays with its source."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from projects.holdings import Due, Holding, Strays, Swept
from projects.models import Content

from . import files, keeping
from .keeping import REMOVE_FILE
from .models import Chunk, Document, Posting, Source, SourceWord
from .models.sources import Kind
from .tasks import INGEST_SOURCE

Counts = Mapping[str, int]
_JOBS_KEPT_FOR: Final = timedelta(days=1)


def counts_of(source: Source) -> Counts:
    """How many of what a source has, for the receipt of its removal."""
    has_file = source.kind != Kind.PAGE and source.file_purged_at is None
    return {
        "sources": 1,
        "files": int(has_file),
        "documents": Document.objects.filter(source_id=source.pk).count(),
        "chunks": Chunk.objects.filter(document__source_id=source.pk).count(),
        "postings": Posting.objects.filter(document__source_id=source.pk).count(),
        "source_words": SourceWord.objects.filter(source_id=source.pk).count(),
    }


def count_knowledge_of(project_id: UUID | None) -> Counts:
    """How many of what a project has, or without one the organization."""
    of_project = {} if project_id is None else {"project_id": project_id}
    sources = Source.objects.filter(**of_project)
    return {
        "sources": sources.count(),
        "files": sources.exclude(kind=Kind.PAGE).filter(file_purged_at=None).count(),
        "documents": Document.objects.filter(**of_project).count(),
        "chunks": Chunk.objects.filter(**of_project).count(),
        "postings": Posting.objects.filter(**of_project).count(),
        "source_words": SourceWord.objects.filter(**of_project).count(),
    }


def _files_given_before(project_id: UUID | None, before: datetime) -> QuerySet[Source]:
    """Sources whose file has been read, or could not be, and is older than that."""
    jobs = Job.objects.filter(kind=INGEST_SOURCE, target_id=OuterRef("pk"))
    is_wanted = Exists(jobs.filter(state__in=[State.QUEUED, State.PROCESSING]))
    return (
        Source.objects.exclude(kind=Kind.PAGE)
        .annotate(given_at=Coalesce("file_given_at", "created_at"))
        .filter(~is_wanted, project=project_id, file_purged_at=None, given_at__lt=before)
    )


def _uploads_due(project_id: UUID | None, before: datetime) -> Due:
    found = _files_given_before(project_id, before)
    return Due(found.count(), found.aggregate(oldest=Min("given_at"))["oldest"])


def _purge_uploads(project_id: UUID | None, before: datetime, now: datetime, most: int) -> Counts:
    """The files go by jobs of this transaction."""
    found = _files_given_before(project_id, before).order_by("id")
    due = list(found.select_for_update(of=("self",)).only("file_id", "size_bytes")[:most])
    Source.objects.filter(pk__in=[source.pk for source in due]).update(file_purged_at=now)
    for source in due:
        keeping.discard(source.file_id, now=now)
    size = sum(source.size_bytes for source in due)
    return {"files": len(due), "file_bytes": size} if due else {}


UPLOADS: Final = Holding(Content.UPLOADS, _uploads_due, _purge_uploads)


def sweep_files(organization_id: UUID, now: datetime) -> Swept:
    """Look for files that no source names and no job is about to remove, and take them away."""
    looked_at = removed = 0
    for project_id in files.projects_of(organization_id):
        there = files.list_project(organization_id, project_id)
        with tenant(organization_id):
            kept = Source.objects.filter(project_id=project_id, file_purged_at=None)
            awaited = Job.objects.filter(
                kind=REMOVE_FILE, state__in=[State.QUEUED, State.PROCESSING]
            )
            named = {
                *kept.values_list("file_id", flat=True),
                *awaited.values_list("target_id", flat=True),
            }
        for name in (name for name, file_id in there.items() if file_id not in named):
            files.remove_named(organization_id, project_id, name)
            removed += 1
        looked_at += len(there)
    return Swept(looked_at=looked_at, left=removed, removed=removed)


def _remove_organization(organization_id: UUID) -> int:
    """Delete all files of an organization that is gone."""
    count = 0
    for project_id in files.projects_of(organization_id):
        count += len(files.list_project(organization_id, project_id))
        files.remove_project(organization_id, project_id)
    files.remove_folder(organization_id)
    return count


STRAY_FILES: Final = Strays(files.organizations, _remove_organization)


def sweep_jobs(organization_id: UUID, now: datetime) -> Swept:
    """Take away the jobs of sources that are gone, and of files that were removed a day ago."""
    with tenant(organization_id):
        reading = Job.objects.filter(kind=INGEST_SOURCE)
        removals = Job.objects.filter(kind=REMOVE_FILE)
        looked_at = reading.count() + removals.count()
        gone = reading.exclude(target_id__in=Source.objects.values("pk"))
        left, _ = gone.exclude(state=State.PROCESSING).delete()
        removals.filter(state=State.READY, finished_at__lt=now - _JOBS_KEPT_FOR).delete()
    return Swept(looked_at=looked_at, left=left, removed=left)
