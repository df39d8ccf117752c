"""The trail as a file goes through it: stretch by stretch, each in a transaction of its own.

Between two of them, or between two statements of one, the trail may be cut. What is gone then was
old, and the statement that is signed about the cut stands in the place of the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from askorac.tenancy.planning import by_index

from ..models import AuditCheckpoint, AuditEvent, AuditLink


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events with their links.

    `cut` is the statement about what stood before them, if that went since the stretch before.
    """

    cut: AuditCheckpoint | None
    rows: Sequence[tuple[AuditLink, AuditEvent]]

    def ends_at(self, after: int) -> int:
        """The place of the last event, or where the stretch was to begin if there is none."""
        return self.rows[-1][0].seq if self.rows else after


def stretch_behind(after: int, *, most: int, up_to: int | None = None) -> Stretch:
    """The next events of the open organization behind a place in its chain."""
    rows: list[tuple[AuditLink, AuditEvent]] = []
    was_cut = True
    while not rows and was_cut:  # all of them, after their links were read: there are others now
        links = _links_behind(after, most=most, up_to=up_to)
        events = AuditEvent.objects.in_bulk([link.pk for link in links])
        rows = [(link, events[link.pk]) for link in links if link.pk in events]
        was_cut = bool(links)
    before = rows[0][0].seq - 1 if rows else after
    if before == after:
        return Stretch(None, rows)
    return Stretch(AuditCheckpoint.objects.filter(kind="cut", seq=before).first(), rows)


def _links_behind(after: int, *, most: int, up_to: int | None) -> list[AuditLink]:
    found = AuditLink.objects.filter(seq__gt=after)
    if up_to is not None:
        found = found.filter(seq__lte=up_to)
    with by_index():
        return list(found.order_by("seq")[:most])
