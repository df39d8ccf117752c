"""One import at work, and the ids of what it makes.

All ids are new: each follows from the import's and the archive's own. So links are kept without a
list of them, and what an earlier attempt has made is found again.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from askorac.jobs.leases import Lease
from projects.trail.recording import Actor

from ..archive.reading import Archive
from ..models import Import


@dataclass(frozen=True, slots=True)
class Making:
    """One import at work."""

    lease: Lease
    row: Import
    archive: Archive
    by: Actor

    @property
    def organization_id(self) -> UUID:
        return self.lease.organization_id

    def new_id(self, old: UUID) -> UUID:
        """The id that something of the archive has here."""
        return uuid5(self.row.pk, str(old))
