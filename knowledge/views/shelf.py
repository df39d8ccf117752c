"""The list of a project's sources as its page and its poll show it."""

import hashlib
from dataclasses import dataclass

from knowledge.sources import SourceRow, list_sources
from projects.models import Project


@dataclass(frozen=True, slots=True)
class Shelf:
    """All sources of a project, the newest first, with their sums."""

    rows: tuple[SourceRow, ...]

    @property
    def working_count(self) -> int:
        return sum(row.is_working for row in self.rows)

    @property
    def failed_count(self) -> int:
        return sum(row.state == "failed" for row in self.rows)

    @property
    def ready_count(self) -> int:
        return sum(row.state == "ready" for row in self.rows)

    @property
    def chunk_count(self) -> int:
        return sum(row.chunk_count for row in self.rows)

    @property
    def version(self) -> str:
        """The same as long as nothing that is shown has changed."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()[:12]


def shelf_of(project: Project) -> Shelf:
    """The project's shelf as it is now."""
    return Shelf(rows=tuple(list_sources(project=project)))
