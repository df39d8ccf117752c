"""The sources of a project as its shelf: a page of them at a time, chosen from, and their sums.

However many there are, a page of the shelf takes the same few statements.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet, Sum

from askorac.jobs.models import Job, State
from askorac.sealing import keyrings
from askorac.tenancy.planning import by_hash
from askorac.web.paging import NEWEST_FIRST, read_page
from projects.models import Project

from . import labels
from .models import Source
from .models.sources import Kind
from .source_rows import SourceRow, source_rows
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
    """Which sources are to be shown: by beginnings of words of name, address or id, by state and
    by kind; empty is any."""

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
class Sums:
    """All sources of a project: how many, in how many chunks, and how many in which state."""

    source_count: int
    chunk_count: int
    working_count: int
    ready_count: int
    failed_count: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of sources, the newest first; `matched_count` counts those that were chosen on all
    pages together, `older` is the cursor of the next one, None on the last."""

    sums: Sums
    rows: tuple[SourceRow, ...]
    matched_count: int
    older: str | None


def read_shelf(*, project: Project, choice: Choice, before: str | None) -> Shelf:
    """A page of a project's sources that match a choice, and the project's sums.

    Raises NoSuchCursor.
    """
    sums = sum_up(project=project)
    chosen = _chosen(project, choice)
    with by_hash():
        page = read_page(chosen, order=NEWEST_FIRST, cursor=before, limit=SOURCES_A_PAGE)
        matched_count = chosen.count() if choice else sums.source_count
    return Shelf(
        sums=sums,
        rows=tuple(source_rows(page.rows)),
        matched_count=matched_count,
        older=page.next,
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
        ring = keyrings.of(project.organization_id)
        sources = sources.filter(labels.called(choice.name, project_id=project.pk, ring=ring))
    if choice.kind:
        sources = sources.filter(kind=choice.kind)
    if choice.state:
        jobs = Job.objects.filter(kind=INGEST_SOURCE, state__in=_STATES[choice.state])
        sources = sources.filter(id__in=jobs.values("target_id"))
    return sources
