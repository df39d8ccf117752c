"""What our staff see of their own access to an organization: on their login, metadata alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from askorac.tenancy.router import STAFF

from ..models import Organization, Project, StaffGrant, StaffRule, StaffRules
from .grants import Grant, GrantState, grant_of

MOST_LISTED: Final = 20
MOST_PROJECTS: Final = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """One organization before one of our staff: `own` is their open request or live grant."""

    organization: Organization
    rule: str
    own: Grant | None
    grants: tuple[Grant, ...]
    projects: tuple[Project, ...]

    @property
    def is_let_in(self) -> bool:
        return self.own is not None and self.own.state == GrantState.LIVE


def read_desk(*, organization_id: UUID, user_id: UUID, now: datetime) -> Desk | None:
    """What stands between `user_id` and an organization's content; None if it is not there."""
    organizations = Organization.objects.using(STAFF).only(*Organization.isolation.staff)
    organization = organizations.filter(pk=organization_id).first()
    if organization is None:
        return None
    rule = StaffRule.objects.using(STAFF).filter(organization_id=organization_id).first()
    of_it = StaffGrant.objects.using(STAFF).only(*StaffGrant.isolation.staff)
    rows = of_it.filter(organization_id=organization_id).order_by("-asked_at", "id")[:MOST_LISTED]
    grants = [(row.staff_user_id, grant_of(row, now=now)) for row in rows]
    mine = (each for who, each in grants if who == user_id)
    return Desk(
        organization=organization,
        rule=rule.rule if rule else StaffRules.ASK,
        own=next((each for each in mine if each.state in {"asked", "live"}), None),
        grants=tuple(each for _, each in grants),
        projects=tuple(_projects(organization_id)),
    )


def _projects(organization_id: UUID) -> list[Project]:
    of_it = Project.objects.using(STAFF).only(*Project.isolation.staff)
    return list(
        of_it.filter(organization_id=organization_id).order_by("name", "id")[:MOST_PROJECTS]
    )
