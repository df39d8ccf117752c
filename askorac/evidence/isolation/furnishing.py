"""What pages show beside bare rows: a source that was read, and the file that it came from."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.files.storage import default_storage

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from knowledge import files
from knowledge.models import Chunk, Source
from knowledge.tasks import INGEST_SOURCE
from projects.models import Project

from .rows import Rows

TEXT: Final = b"A text of the isolation proof, which is removed with it."


def furnish(rows: Rows, *, organization_id: UUID, now: datetime) -> None:
    """Let the rows look as if an ingestion had made them; no job runs, and no provider is asked."""
    source = rows[Source]
    assert isinstance(source, Source)
    kept = files.write(
        [TEXT],
        organization_id=organization_id,
        project_id=source.project_id,
        file_id=source.file_id,
    )
    with tenant(organization_id):
        Source.objects.filter(pk=source.pk).update(
            file_key_version=kept.key_version, file_purged_at=None, chunk_count=1
        )
        Chunk.objects.update(is_live=True, ordinal=0)
        Job.objects.create(
            kind=INGEST_SOURCE,
            target_id=source.pk,
            state=State.READY,
            due_at=now,
            created_at=now,
            finished_at=now,
        )


def clear(organization_id: UUID) -> None:
    """Remove the organization's files."""
    with tenant(organization_id):
        projects = list(Project.objects.values_list("id", flat=True))
    for project_id in projects:
        files.remove_project(organization_id, project_id)
    default_storage.delete(str(organization_id))
