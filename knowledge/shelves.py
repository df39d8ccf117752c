"""The sources of a project as its shelf: a page of them at a time, chosen from, and their sums.

However many there are, a page of the shelf takes the same few statements.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from askorac.jobs.models import Job, State
from projects.models import Project

from .models import Source
from .models.sources import Kind
from .sources import SourceRow, source_rows
from .tasks import INGEST_SOURCE

SOURCES_A_PAGE: Final = 50
MOST_NAME_CHARACTERS: Final = 255
WORKING, FAILED, READY = "working", "failed", "ready"

_STATES: Final[dict[str, tuple[str, ...]]] = {
    WORKING: (State.QUEUED, State.PROCESSING),
    FAILED: (State.FAILED,),
    READY: (State.READY,),
}
_OTHER_THAN_READY: Final = _STATES[WORKING] + _STATES[FAILED]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sources are to be shown: by part of the name, by state and by kind; empty is any."""

    name: str = ""
    state: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.state or self.kind)

    @classmethod
    def of(cls, *, name: str, state: str, kind: str) -> "Choice":
        """The choice that an address names; what is unknown in it counts as any."""
        return cls(
            name=name.replace("\0", "").strip()[:MOST_NAME_CHARACTERS],
            state=state if state in _STATES else "",
            kind=kind if kind in Kind.values else "",
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page of the shelf ends. `parse` reads what `str` writes."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Read what `str` wrote; else ValueError."""
        at, _, source_id = text.rpartition("_")
        mark = cls(datetime.fromisoformat(at), UUID(source_id))
        if mark.at.tzinfo is None:
            raise ValueError("A mark's time has a zone.")
        return mark


@dataclass(frozen=True, slots=True)
class Sums:
    """All sources of a project: how many, in how many chunks, and how many in which state."""

    source_count: int
    chunk_count: int
    working_count: int
    ready_count: int
    failed_count: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of sources, the newest first; `older` is None on the last, `matched_count` counts
    those that were chosen on all pages together."""

    sums: Sums
    rows: tuple[SourceRow, ...]
    matched_count: int
    older: Mark | None


def read_shelf(*, project: Project, choice: Choice, before: Mark | None) -> Shelf:
    """A page of a project's sources that match a choice, and the project's sums."""
    sums = sum_up(project=project)
    chosen = _chosen(project, choice)
    page = chosen.order_by("-created_at", "-id")
    if before is not None:
        page = page.filter(Q(created_at__lt=before.at) | Q(created_at=before.at, id__lt=before.id))
    found = list(page[: SOURCES_A_PAGE + 1])
    shown = found[:SOURCES_A_PAGE]
    return Shelf(
        sums=sums,
        rows=tuple(source_rows(shown)),
        matched_count=chosen.count() if choice else sums.source_count,
        older=Mark(shown[-1].created_at, shown[-1].pk) if len(found) > len(shown) else None,
    )


def sum_up(*, project: Project) -> Sums:
    """The sums of all sources of a project. Two statements."""
    sources = Source.objects.filter(project_id=project.pk)
    totals = sources.aggregate(sources=Count("id"), chunks=Sum("chunk_count"))
    # Those that are ready are nearly all: they are what the others leave over.
    jobs = Job.objects.filter(
        kind=INGEST_SOURCE, target_id__in=sources.values("id"), state__in=_OTHER_THAN_READY
    )
    counts = dict(jobs.values_list("state").annotate(Count("id")))
    working, failed = (sum(counts.get(s, 0) for s in _STATES[name]) for name in (WORKING, FAILED))
    return Sums(
        source_count=totals["sources"],
        chunk_count=totals["chunks"] or 0,
        working_count=working,
        ready_count=totals["sources"] - working - failed,
        failed_count=failed,
    )


def _chosen(project: Project, choice: Choice) -> QuerySet[Source]:
    sources = Source.objects.filter(project_id=project.pk)
    if choice.name:
        sources = sources.filter(
            Q(name__icontains=choice.name)
            | Q(url__icontains=choice.name)
            | Q(external_id=choice.name)
        )
    if choice.kind:
        sources = sources.filter(kind=choice.kind)
    if choice.state:
        jobs = Job.objects.filter(kind=INGEST_SOURCE, state__in=_STATES[choice.state])
        sources = sources.filter(id__in=jobs.values("target_id"))
    return sources
