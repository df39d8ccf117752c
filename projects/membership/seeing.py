"""Which projects each member sees, and where they are something else: what a review of access asks.

Owners and admins see all of them. Who is limited sees those in which they have a role of their own;
everybody else sees all but those that are hidden from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Window
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Lower, RowNumber

from ..models import Project, ProjectMember, ProjectRole
from ..organizations import Fellow
from .members import ABOVE

MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Apart:
    """Some projects in which a member is one thing; `names` are the first of `count`."""

    role: str
    reads_conversations: bool
    names: tuple[str, ...]
    count: int

    @property
    def is_hidden(self) -> bool:
        return self.role == ProjectRole.NONE

    @property
    def further(self) -> int:
        """How many there are beside those that are named."""
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one member sees: `count` of the organization's `total` projects."""

    count: int
    total: int
    apart: tuple[Apart, ...]
    is_limited: bool

    @property
    def is_all(self) -> bool:
        """Whether nothing is kept from them, later projects included."""
        return not self.is_limited and self.count == self.total


def sights_of(fellows: Sequence[Fellow]) -> dict[UUID, Sight]:
    """What each of some members of the open organization sees, by member. Two statements."""
    apart, total = _apart([each.member_id for each in fellows]), Project.objects.count()
    return {
        each.member_id: _sight(each, tuple(apart.get(each.member_id, ())), total)
        for each in fellows
    }


def _sight(fellow: Fellow, apart: tuple[Apart, ...], total: int) -> Sight:
    if fellow.role in ABOVE:
        apart = ()
    hidden = sum(each.count for each in apart if each.is_hidden)
    own = sum(each.count for each in apart) - hidden
    count = own if fellow.is_limited else total - hidden
    return Sight(count=count, total=total, apart=apart, is_limited=fellow.is_limited)


def _apart(member_ids: Sequence[UUID]) -> dict[UUID, list[Apart]]:
    """The roles by project of these members: those alike together, with a few names of each."""
    alike = [F("member_id"), F("role"), F("reads_conversations")]
    by_name: list[BaseExpression | F | str] = [Lower("project__name"), F("project_id")]
    rows = (
        ProjectMember.objects.filter(member_id__in=member_ids)
        .annotate(
            place=Window(RowNumber(), partition_by=alike, order_by=by_name),
            alike=Window(Count("id"), partition_by=alike),
        )
        .filter(place__lte=MOST_NAMED)
        .order_by("member_id", "role", "reads_conversations", "place")
        .values_list("member_id", "role", "reads_conversations", "alike", "project__name")
    )
    found: dict[tuple[UUID, str, bool, int], list[str]] = {}
    for member_id, role, reads, count, name in rows:
        found.setdefault((member_id, role, reads, count), []).append(name)
    of_member: dict[UUID, list[Apart]] = {}
    for (member_id, role, reads, count), names in found.items():
        of_member.setdefault(member_id, []).append(Apart(role, reads, tuple(names), count))
    return of_member
