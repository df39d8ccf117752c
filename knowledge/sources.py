"""The entrance: what a customer gives becomes a source, and a job that makes it findable."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from projects.audit import Actor, Target, record
from projects.models import Project

from . import files
from .models import Source
from .models.sources import Kind
from .tasks import INGEST_SOURCE, REMOVE_FILE

MOST_TEXT_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as lists show it; `done` of `total` chunks are stored while it is processing."""

    id: UUID
    name: str
    kind: str
    size_bytes: int
    chunk_count: int
    state: str
    reason: str
    done: int
    total: int
    created_at: datetime

    @property
    def is_working(self) -> bool:
        return self.state in {State.QUEUED, State.PROCESSING}

    @property
    def percent(self) -> int:
        """How much of the work is done, 0 to 100; reading the file is the first tenth."""
        if self.state == State.READY:
            return 100
        return 10 + 90 * self.done // self.total if self.total else 0


def add_file(*, project: Project, upload: "UploadedFile[Any]", by: Actor, now: datetime) -> Source:
    """Keep an uploaded file and queue its ingestion.

    Raises ValidationError for a file that is empty, too large or nameless; nothing is kept then.
    """
    name = _file_name(upload.name or "")
    size = upload.size or 0
    if not size:
        raise ValidationError(f"“{name}” is empty. Choose a file with text in it.")
    if size > settings.UPLOAD_MAX_BYTES:
        megabytes = settings.UPLOAD_MAX_BYTES // 1_000_000
        raise ValidationError(
            f"“{name}” is larger than {megabytes} MB. Split it, and upload the parts."
        )
    return _add(project, Kind.FILE, name, upload.chunks(), by, now)


def add_text(*, project: Project, title: str, text: str, by: Actor, now: datetime) -> Source:
    """Keep a pasted text and queue its ingestion. Raises ValidationError if it can't be used."""
    title = " ".join(title.replace("\0", "").split())[:255]
    text = text.replace("\0", "").strip()
    if not title:
        raise ValidationError("Give the text a title: answers cite it by that.")
    if not text:
        raise ValidationError("Paste some text.")
    if len(text) > MOST_TEXT_CHARACTERS:
        raise ValidationError("This text is longer than a million characters. Upload it as a file.")
    return _add(project, Kind.TEXT, title, [text.encode("utf-8", "replace")], by, now)


def remove(*, source: Source, by: Actor, now: datetime) -> None:
    """Remove a source with its documents and chunks at once; its file by a job."""
    record(action="source.removed", target=_target(source), by=by, now=now)
    source_id = source.pk
    Job.objects.filter(kind=INGEST_SOURCE, target_id=source_id).delete()
    source.delete()
    enqueue(kind=REMOVE_FILE, target_id=source_id, now=now, wake=wake)


def retry(*, source: Source, by: Actor, now: datetime) -> None:
    """Queue the ingestion of a source again, from where it stopped."""
    enqueue(kind=INGEST_SOURCE, target_id=source.pk, now=now, wake=wake)
    record(action="source.retried", target=_target(source), by=by, now=now)


def list_sources(*, project: Project) -> list[SourceRow]:
    """All sources of a project, the newest first, with how far each is. Two statements."""
    sources = list(Source.objects.filter(project_id=project.pk).order_by("-created_at", "id"))
    return _rows(sources)


def source_row(source: Source) -> SourceRow:
    """One source as lists show it."""
    return _rows([source])[0]


def get_source(*, project: Project, source_id: UUID) -> Source | None:
    """The project's source, or None for any other id."""
    return Source.objects.filter(project_id=project.pk, pk=source_id).first()


def has_ready_source(*, project: Project) -> bool:
    """Whether there is anything to answer from."""
    return Source.objects.filter(project_id=project.pk, chunk_count__gt=0).exists()


def _add(
    project: Project, kind: Kind, name: str, parts: Iterable[bytes], by: Actor, now: datetime
) -> Source:
    """The file lies on disk before its row is committed, so that no job misses it."""
    source_id = uuid4()
    path = files.path_of(project.organization_id, project.pk, source_id)
    size = files.write(path, parts)
    with ExitStack() as undo:
        undo.callback(path.unlink, missing_ok=True)
        with transaction.atomic():
            source = Source.objects.create(
                id=source_id,
                project_id=project.pk,
                kind=kind,
                name=name,
                size_bytes=size,
                created_at=now,
            )
            record(
                action="source.added",
                target=_target(source),
                by=by,
                now=now,
                kind=kind.value,
                size_bytes=size,
            )
            enqueue(kind=INGEST_SOURCE, target_id=source.pk, now=now, wake=wake)
        undo.pop_all()
    return source


def _rows(sources: Sequence[Source]) -> list[SourceRow]:
    jobs = {
        job.target_id: job
        for job in Job.objects.filter(
            kind=INGEST_SOURCE, target_id__in=[source.pk for source in sources]
        )
    }
    return [_row(source, jobs[source.pk]) for source in sources]


def _row(source: Source, job: Job) -> SourceRow:
    return SourceRow(
        id=source.pk,
        name=source.name,
        kind=source.kind,
        size_bytes=source.size_bytes,
        chunk_count=source.chunk_count,
        state=job.state,
        reason=job.reason,
        done=job.done,
        total=job.total,
        created_at=source.created_at,
    )


def _file_name(name: str) -> str:
    """The last part of a path, without control characters, with its ending kept when shortened."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(character for character in name if character.isprintable()).strip()
    if not name:
        raise ValidationError("The file has no name. Give it one, and upload it again.")
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 255 else f"{stem[: 254 - len(ending)]}{dot}{ending}"[:255]


def _target(source: Source) -> Target:
    return Target(kind="source", id=source.pk, label=source.name)
