"""Sources as lists show them, opened, with how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import Http404

from askorac.jobs.models import Job, State
from projects.trail.places import PlaceKind

from .models import Document, Source
from .models.sources import Kind
from .tasks import INGEST_SOURCE

PLACE: Final = PlaceKind(
    Source.objects.all,
    "project.view",
    "knowledge:source",
    ("project", "page"),
    project="project_id",
)
PLACE_OF_DOCUMENT: Final = PlaceKind(
    Document.objects.all,
    "project.view",
    "knowledge:source",
    ("project", "page"),
    page="source_id",
    project="project_id",
)


class SourceGone(Http404):
    """The source, or its project, was removed while something was done with it."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as lists show it; `done` of `total` chunks are stored while it is processing.

    `url` and `fetched_at` are those of a page. A source that failed while it was read again still
    has the chunks of its earlier text: `chunk_count` tells.
    """

    id: UUID
    name: str
    kind: str
    url: str
    external_id: str
    size_bytes: int
    chunk_count: int
    state: str
    reason: str
    done: int
    total: int
    created_at: datetime
    fetched_at: datetime | None
    file_purged_at: datetime | None

    @property
    def has_file(self) -> bool:
        """Whether it can be given back as it came: a page has no file, and a rule may take one."""
        return self.kind != Kind.PAGE and self.file_purged_at is None

    @property
    def is_working(self) -> bool:
        return self.state in {State.QUEUED, State.PROCESSING}

    @property
    def percent(self) -> int:
        """How much of the work is done, 0 to 100; reading the file is the first tenth."""
        if self.state == State.READY:
            return 100
        return 10 + 90 * self.done // self.total if self.total else 0


def source_rows(sources: Sequence[Source]) -> list[SourceRow]:
    """Sources as lists show them. One statement. Raises KeyRevoked, KeysAway.

    One that was removed after it was read has no job any more, and is left out.
    """
    jobs = {
        job.target_id: job
        for job in Job.objects.filter(
            kind=INGEST_SOURCE, target_id__in=[source.pk for source in sources]
        )
    }
    return [_row(source, jobs[source.pk]) for source in sources if source.pk in jobs]


def source_row(source: Source) -> SourceRow:
    """One source as lists show it. Raises SourceGone, KeyRevoked, KeysAway."""
    rows = source_rows([source])
    if not rows:
        raise SourceGone
    return rows[0]


def _row(source: Source, job: Job) -> SourceRow:
    return SourceRow(
        id=source.pk,
        name=source.name.open(),
        kind=source.kind,
        url=source.url.open(),
        external_id=source.external_id.open(),
        size_bytes=source.size_bytes,
        chunk_count=source.chunk_count,
        state=job.state,
        reason=job.reason,
        done=job.done,
        total=job.total,
        created_at=source.created_at,
        fetched_at=source.fetched_at,
        file_purged_at=source.file_purged_at,
    )
