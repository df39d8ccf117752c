"""What pages show beside bare rows: a source that was read, and the file that it came from."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.files.storage import default_storage

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from askorac.tenancy.models import TenantModel
from conversations.models import Conversation, Message
from knowledge import files
from knowledge.models import Chunk, Document, Source
from knowledge.tasks import INGEST_SOURCE
from projects.models import Hold, Project

from .rows import Rows

# What pages, lists and exports show of these rows, sealed as everything is.
SAYS: Final[dict[type[TenantModel], tuple[str, ...]]] = {
    Project: ("greeting", "instructions"),
    Document: ("title",),
    Chunk: ("text", "heading"),
    Message: ("text",),
    Hold: ("reason",),
}
TEXT: Final = b"A text of the isolation proof, which is removed with it."


def furnish(rows: Rows, *, organization_id: UUID, word: str, now: datetime) -> None:
    """Let the rows look as if an ingestion had made them; no job runs, and no provider is asked.
    What is said and kept says the organization's word."""
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
        Conversation.objects.update(started_at=now, last_message_at=now)
        for model, names in SAYS.items():
            for name in names:
                setattr(rows[model], name, word)
            rows[model].save(update_fields=list(names))
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
